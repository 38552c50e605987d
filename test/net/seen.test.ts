/** What people see of a runtime's network while it runs: sockets, packets, figures. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { askNetwork } from '../../gen/control/network.ts';
import { surveySockets } from '../../gen/seen/sockets.ts';
import { bin, bypassgen } from '../gen/helpers/cli.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { Bed, buildConfig, compile, linux, ours, unable } from './bed.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** `bypassgen dump`, when it captures. */
async function dumping(...args: string[]): Promise<{ child: ChildProcess; ended: Promise<number>; said(): string }> {
  const child = spawn(process.execPath, [bin, 'dump', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const ended = once(child, 'close').then(([status]) => status as number);
  child.stderr.on('data', (data) => {
    said += data;
  });
  while (!said.includes('Ctrl-C ends it')) await Promise.race([once(child.stderr, 'data'), once(child, 'close')]);
  return { child, ended, said: () => said };
}

const tshark = (file: string, ...args: string[]): string => {
  const { stdout, status, stderr } = spawnSync('tshark', ['-r', file, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
};

describe.skipIf(unable)(`a network in use over TAP${unable ? `: ${unable}` : ''}`, () => {
  let binary: string, peer: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
    peer = compile('peer');
  }, 120_000);

  const serve = async (bed: Bed) => {
    const directory = temporaryFolder();
    const server = await bed.fused([peer, 'serve', '::', '7000'], [`--run-dir=${directory}`]);
    await server.says('ready');
    return directory;
  };

  it.skipIf(!hasTshark)('is captured both ways, filtered, and readable by tshark', { timeout: 60_000 }, async () => {
    await using bed = new Bed(binary);
    const directory = await serve(bed);
    const [file, udp] = ['a.pcapng', 'b.pcapng'].map((name) => path.join(temporaryFolder(), name)) as [string, string];
    const first = await dumping(directory, 'net0', '-w', file, '-s', '200', '-f', `tcp port 7000 and host ${linux.v4}`);
    const second = bypassgen('/', ['dump', directory, '-w', udp]);
    expect([second.status, second.stderr]).toEqual([1, expect.stringContaining('the NIC is captured already')]);
    expect(await bed.native(peer, 'talk', ours.v4, '7000').ended).toBe(0);
    first.child.kill('SIGINT');
    expect([await first.ended, first.said()]).toEqual([0, expect.stringMatching(/\d+ packets captured, .* 0 lost/)]);

    expect(tshark(file, '-Y', 'tcp.flags.syn == 1 && ip.src == 10.77.0.1')).not.toBe('');
    expect(tshark(file, '-Y', 'tcp.flags.syn == 1 && ip.src == 10.77.0.2')).not.toBe('');
    expect(tshark(file, '-Y', 'frame.packet_flags_direction == 1 && ip.src == 10.77.0.2')).toBe('');
    expect(tshark(file, '-Y', '!tcp || frame.cap_len > 200')).toBe('');
    expect(tshark(file, '-Y', 'frame.cap_len < frame.len')).not.toBe('');
    // The next one gets the NIC, and ends by itself.
    const third = await dumping(directory, '-w', udp, '-c', '2', '-f', 'udp');
    expect(await bed.native(peer, 'datagrams', ours.v6, '7000').ended).toBe(0);
    expect(await third.ended).toBe(0);
    expect(tshark(udp, '-T', 'fields', '-e', 'ipv6.src', '-e', 'udp.length').trim().split('\n')).toEqual([
      `${linux.v6}\t9`,
      `${ours.v6}\t9`,
    ]);
  });

  it('is captured until the runtime ends', { timeout: 60_000 }, async () => {
    const file = path.join(temporaryFolder(), 'a.pcapng');
    let capture: Awaited<ReturnType<typeof dumping>>;
    {
      await using bed = new Bed(binary);
      capture = await dumping(await serve(bed), '-w', file);
    }
    expect(await capture.ended).toBe(0);
    const bytes = fs.readFileSync(file);
    expect(bytes.readUInt32LE(bytes.length - bytes.readUInt32LE(bytes.length - 4))).toBe(5); // statistics end it
  });

  it('is not captured at a NIC that is not there', async () => {
    await using bed = new Bed(binary);
    const { status, stderr } = bypassgen('/', ['dump', await serve(bed), 'net7', '-w', '/dev/full']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('no such NIC')]);
  });

  it('says when the file takes no more', async () => {
    await using bed = new Bed(binary);
    const { status, stderr } = bypassgen('/', ['dump', await serve(bed), '-w', '/dev/full']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('ENOSPC')]);
  });

  it('is shown: connections, datagrams, figures', { timeout: 60_000 }, async () => {
    await using bed = new Bed(binary);
    const directory = await serve(bed);
    const client = `import socket; s = socket.create_connection(('${ours.v6}', 7000)); s.send(b'e'); s.recv(1)`;
    bed.native('python3', '-c', client);
    let flow: Awaited<ReturnType<typeof surveySockets>>['sockets'][number] | undefined;
    while (!flow?.info?.bytesReceived) {
      const { sockets } = await surveySockets(directory);
      flow = sockets.find((row) => row.state === 'ESTAB');
    }
    expect(flow).toMatchObject({
      protocol: 'tcp',
      family: 'ipv6',
      place: 'nic',
      worker: 0,
      congestion: 'cubic',
      local: { address: ours.v6, port: 7000 },
      remote: { address: linux.v6 },
      info: { congestionState: 'open', options: ['timestamps', 'sack', 'windowScaling'], bytesReceived: 1 },
    });
    const text = bypassgen('/', ['ss', directory, '-tai', '--sport', '7000']).stdout;
    expect(text).toMatch(/LISTEN .* \*:7000 /);
    expect(text).toMatch(
      /ESTAB .* \[fd77::2\]:7000 +\[fd77::1\]:\d+ +nic .*\n\t .*cubic .* cwnd:\d+ .*bytes_received:1/,
    );
    expect(bypassgen('/', ['ss', directory, '-ua']).stdout).toMatch(/udp +UNCONN .* \*:7000 +\*:\* +nic/);

    const { nics, workers } = await askNetwork(directory);
    expect(nics).toMatchObject([{ name: 'net0', model: 'tap', link: true, queues: [{ queue: 0, worker: 0 }] }]);
    expect(nics[0]?.queues[0]?.rxPackets).toBeGreaterThan(3);
    expect(nics[0]?.queues[0]?.txBytes).toBeGreaterThan(100);
    expect(workers).toMatchObject([{ worker: 0, connections: 1, tcp: { PassiveOpens: 1 } }]);
  });
});
