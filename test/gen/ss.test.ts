import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../gen/control/wait.ts';
import { addressText } from '../../gen/seen/addresses.ts';
import { type Selection, selects, stateWords } from '../../gen/seen/select.ts';
import { socketPage, summaryOf } from '../../gen/seen/socket-page.ts';
import { surveyOf } from '../../gen/seen/sockets.ts';
import { tcpInfoOf } from '../../gen/seen/tcp-info.ts';
import { genericBinary } from '../compat/runtime.ts';
import { bypassgen } from './helpers/cli.ts';
import { temporaryFolder } from './helpers/folders.ts';

const HEADER = 32;
const RECORD = 312;
const INFO = 232;

interface Shape {
  readonly udp?: boolean;
  readonly state: number;
  readonly place?: number;
  readonly local?: readonly [string, number];
  readonly remote?: readonly [string, number];
  readonly queues?: readonly [number, number];
  readonly pid?: number;
  readonly congestion?: string;
}

function addressBytes(text: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.fill(0xff, 10, 12);
  text.split('.').forEach((part, i) => {
    bytes[12 + i] = Number(part);
  });
  return bytes;
}

/** A record as runtime-c/socket/survey.h lays it out. */
function record(shape: Shape): Buffer {
  const bytes = Buffer.alloc(RECORD);
  const [local, localPort] = shape.local ?? ['127.0.0.1', 80];
  const [remote, remotePort] = shape.remote ?? ['0.0.0.0', 0];
  bytes.set([0, shape.udp ? 17 : 6, shape.state, shape.place ?? 0]);
  bytes.writeUInt16LE(localPort, 4);
  bytes.writeUInt16LE(remotePort, 6);
  addressBytes(local).copy(bytes, 8);
  addressBytes(remote).copy(bytes, 24);
  bytes.writeUInt32LE(shape.queues?.[0] ?? 0, 40);
  bytes.writeUInt32LE(shape.queues?.[1] ?? 0, 44);
  bytes.writeUInt32LE(shape.pid ?? 0, 56);
  if (shape.congestion) {
    bytes.write(shape.congestion, 64, 'latin1');
    bytes.set([shape.state, 0, 0, 0, 0, 1 | 2 | 4, 0x7a, 1], 80);
    bytes.writeUInt32LE(1448, 80 + 16);
    bytes.writeUInt32LE(1500, 80 + 68);
    bytes.writeUInt32LE(10, 80 + 80);
    bytes.writeBigUInt64LE(2n ** 64n - 1n, 80 + 104);
  }
  return bytes;
}

function survey(shapes: readonly Shape[], says: Partial<Record<number, number>> = {}): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write('bpsocks\x01', 'latin1');
  [HEADER, RECORD, INFO, 16, shapes.length, 0].forEach((value, i) => {
    header.writeUInt32LE(says[8 + i * 4] ?? value, 8 + i * 4);
  });
  return Buffer.concat([header, ...shapes.map(record)]);
}

const shapes: readonly Shape[] = [
  { state: 10, local: ['0.0.0.0', 6379], queues: [1, 511], pid: 10 },
  { state: 1, local: ['127.0.0.1', 6379], remote: ['127.0.0.1', 40000], queues: [5, 0], pid: 10 },
  {
    state: 1,
    place: 1,
    local: ['10.77.0.2', 6379],
    remote: ['10.77.0.1', 50000],
    queues: [0, 99],
    pid: 11,
    congestion: 'cubic',
  },
  { state: 6, place: 1, local: ['10.77.0.2', 6379], remote: ['10.77.0.1', 50001] },
  { udp: true, state: 7, place: 1, local: ['0.0.0.0', 53] },
];
const { sockets } = surveyOf(survey(shapes));

describe('a survey of sockets', () => {
  it('is printed as ss prints it', () => {
    const names = new Map([
      [10, 'redis'],
      [11, 'sh'],
    ]);
    expect(socketPage(sockets, names, true).join('\n')).toMatchInlineSnapshot(`
      "Netid  State      Recv-Q  Send-Q  Local           Peer             Path   Program
      tcp    LISTEN     1       511     *:6379          *:*              -      redis,pid=10
      tcp    ESTAB      5       0       127.0.0.1:6379  127.0.0.1:40000  fused  redis,pid=10
      tcp    ESTAB      0       99      10.77.0.2:6379  10.77.0.1:50000  nic    sh,pid=11
      	 ts sack cubic wscale:10,7 rto:0 rtt:1.5/0 ato:0 mss:1448 pmtu:0 rcvmss:0 advmss:0 cwnd:10 ssthresh:0 send 77226667bps app_limited
      tcp    TIME-WAIT  0       0       10.77.0.2:6379  10.77.0.1:50001  nic    -
      udp    UNCONN     0       0       *:53            *:*              nic    -"
    `);
  });

  it('is summed up by state', () => {
    expect(summaryOf({ sockets, leftOut: 0 })).toEqual([
      { state: 'ESTAB', tcp: 2, udp: 0 },
      { state: 'LISTEN', tcp: 1, udp: 0 },
      { state: 'TIME-WAIT', tcp: 1, udp: 0 },
      { state: 'UNCONN', tcp: 0, udp: 1 },
    ]);
  });

  it('says how many did not fit', () => {
    const bytes = survey(
      Array.from({ length: 16 }, () => ({ state: 1 })),
      { 24: 20 },
    );
    expect(surveyOf(bytes)).toMatchObject({ leftOut: 4, sockets: { length: 16 } });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'another version'],
    ['other bytes', Buffer.alloc(400, 1), 'another version'],
    ['a piece', survey(shapes).subarray(0, 400), 'fewer records'],
    ['records too small for what they hold', survey(shapes, { 12: 100 }), 'impossible sizes'],
    ['huge records', survey(shapes, { 12: 2 ** 31 }), 'impossible sizes'],
    ['a huge header', survey(shapes, { 8: 2 ** 31 }), 'impossible sizes'],
    ['records without end', survey(shapes, { 20: 2 ** 32 - 1, 24: 2 ** 32 - 1 }), 'impossible sizes'],
  ])('of %s is refused', (_, bytes, reason) => {
    expect(() => surveyOf(bytes)).toThrow(reason);
  });

  it('shows no control characters of a name', () => {
    const [row] = surveyOf(survey([{ state: 1, congestion: '\x1b[2J' }])).sockets;
    expect(row).not.toHaveProperty('congestion');
  });

  it('takes the fields of tcp_info that there are', () => {
    expect(tcpInfoOf(Buffer.alloc(8))).toMatchObject({ rtt: 0, sendWindow: 0, options: [] });
    expect(sockets[2]?.info).toMatchObject({ rtt: 1500, congestionWindow: 10, sendScale: 10, receiveScale: 7 });
  });
});

describe('addresses', () => {
  it.each([
    ['00000000000000000000ffff0a4d0001', '10.77.0.1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fd770000000000000000000000000002', 'fd77::2'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['20010db8000100010001000100010001', '2001:db8:1:1:1:1:1:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ])('%s is %s', (hex, text) => {
    expect(addressText(Buffer.from(hex, 'hex'))).toBe(text);
  });
});

describe('the sockets shown', () => {
  const none: Selection = {
    tcp: false,
    udp: false,
    listening: false,
    all: false,
    ipv4: false,
    ipv6: false,
    state: undefined,
    ports: [],
    localPorts: [],
    remotePorts: [],
    host: undefined,
  };
  it.each<[string, Partial<Selection>, number[]]>([
    ['by default are connections', {}, [1, 2]],
    ['of -l are listeners', { listening: true }, [0, 4]],
    ['of -a are all', { all: true }, [0, 1, 2, 3, 4]],
    ['of -ta are those of TCP', { all: true, tcp: true }, [0, 1, 2, 3]],
    ['of -ua are those of UDP', { all: true, udp: true }, [4]],
    ['of -tua are all', { all: true, tcp: true, udp: true }, [0, 1, 2, 3, 4]],
    ['of -6 are none here', { all: true, ipv6: true }, []],
    ['have the state asked for', { state: 'time-wait' }, [3]],
    ['have the port asked for', { all: true, ports: [40000, 53] }, [1, 4]],
    ['have the local port asked for', { localPorts: [6379] }, [1, 2]],
    ['have the remote port asked for', { remotePorts: [6379] }, []],
    ['have the address asked for', { host: '10.77.0.1' }, [2]],
  ])('%s', (_, some, expected) => {
    const shown = sockets.filter(selects({ ...none, ...some }));
    expect(shown.map((row) => sockets.indexOf(row))).toEqual(expected);
  });
});

describe('bypassgen ss', () => {
  it.each([
    [['--state', 'happy'], '--state: happy is none of established,'],
    [['--port', '0'], 'ports are numbers from 1 to 65535'],
    [['--sport', '80,x'], 'ports are numbers from 1 to 65535'],
    [['--host', 'example.org'], '--host: example.org is no IP address'],
  ])('refuses %j', (args, reason) => {
    const { status, stderr } = bypassgen('/', ['ss', 'x', ...args]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(reason)]);
  });

  it('says when nothing runs', () => {
    const { status, stderr } = bypassgen('/', ['ss', 'x', '--run-dir', '/nonexistent']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('there is no control socket')]);
  });

  it('takes the words of ss for states', () => {
    expect(Object.keys(stateWords)).toContain('connected');
  });

  it('does not believe what only looks like a runtime', async () => {
    const folder = temporaryFolder();
    const answers = [
      '{"ok":true}',
      '{"ok":true,"pid":1,"descriptor":-1}',
      'x'.repeat(5000),
      `{"ok":true,"pid":${process.pid},"descriptor":0}`,
    ];
    for (const answer of answers) {
      const server = net.createServer((socket) => socket.resume().end(`${answer}\n`)).listen(`${folder}/control.sock`);
      await once(server, 'listening');
      const child = spawn(process.execPath, [
        new URL('../../bin/bypassgen.js', import.meta.url).pathname,
        'ss',
        folder,
      ]);
      let said = '';
      child.stderr.on('data', (data) => {
        said += data;
      });
      const [status] = await once(child, 'close');
      expect([status, said]).toEqual([1, expect.stringMatching(/no runtime of this version|closed without/)]);
      server.close();
      await once(server, 'close');
    }
  });

  it('shows the connections of a running binary', { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    const server = `
      import socket, time
      s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname()); a, _ = s.accept()
      c.sendall(b'x' * 1000); print('up', flush=True); input()`.replaceAll(/^ {6}/gm, '');
    const runtime = spawn(await genericBinary(), [`--run-dir=${folder}`, '--', 'python3', '-c', server.trim()], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = once(runtime, 'exit');
    await once(runtime.stdout as NodeJS.ReadableStream, 'data');
    await waitFor(async () => fs.existsSync(`${folder}/control.sock`) || undefined, 20_000, 'no control socket');
    const { stdout, stderr } = bypassgen(folder, ['ss', folder, '-a', '--json']);
    expect(stderr).toBe('');
    const rows = JSON.parse(stdout).sockets.map((row: { state: string; receiveQueue: number; program?: string }) => [
      row.state,
      row.receiveQueue,
      row.program,
    ]);
    expect(rows.sort()).toEqual([
      ['ESTAB', 0, 'python3'],
      ['ESTAB', 1000, 'python3'],
      ['LISTEN', 0, 'python3'],
    ]);
    expect(bypassgen(folder, ['ss', folder]).stdout).toMatch(/^tcp +ESTAB +1000 .* fused +python3,pid=\d+$/m);
    runtime.stdin?.end('\n');
    await ended;
  });
});
