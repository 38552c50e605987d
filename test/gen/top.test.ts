import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../gen/control/api.ts';
import { networkOf } from '../../gen/control/network.ts';
import { askStatus } from '../../gen/control/status.ts';
import { waitFor } from '../../gen/control/wait.ts';
import { pageOf, ratesBetween, short } from '../../gen/top/page.ts';
import { openRegion, snapshotOf } from '../../gen/top/region.ts';
import { genericBinary } from '../compat/runtime.ts';
import { bypassgen } from './helpers/cli.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';

interface Shape {
  readonly workers: readonly (readonly number[])[];
  readonly apps: readonly (readonly number[])[];
  readonly names?: readonly string[];
}

/** A region as runtime-c/base/stats.h lays it out: two counters for each worker, one for each program. */
function region({ workers, apps, names = ['switches', 'tcp_bytes', 'calls'] }: Shape): Buffer {
  const header = Buffer.alloc(32);
  header.write('bpstats\x01', 'latin1');
  [32, workers.length, 2, apps.length, 1, 4711].forEach((value, i) => {
    header.writeUInt32LE(value, 8 + i * 4);
  });
  const text = [...names, ...apps.map((_, i) => `app${i}`)].map((name) =>
    Buffer.alloc(32).fill(`${name}\0`, 0, name.length + 1),
  );
  const counters = [...workers.flat(), ...apps.flat()].map((value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  });
  return Buffer.concat([header, ...text, ...counters]);
}

const one = region({
  workers: [
    [10, 2 ** 40],
    [0, 0],
  ],
  apps: [[100]],
});

describe('a snapshot', () => {
  it('has every counter by its name', () => {
    expect(snapshotOf(one, 5)).toEqual({
      at: 5,
      workers: [
        { switches: 10, tcpBytes: 2 ** 40 },
        { switches: 0, tcpBytes: 0 },
      ],
      apps: [{ calls: 100 }],
    });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'another version'],
    ['other bytes', Buffer.alloc(400, 1), 'another version'],
    ['a piece', one.subarray(0, one.length - 1), 'shorter than their header says'],
    ['rows without end', Buffer.concat([one.subarray(0, 12), Buffer.alloc(20, 0xff), one]), 'shorter'],
    ['a name of control characters', region({ workers: [], apps: [], names: ['\x1b[2J', 'b', 'c'] }), 'malformed'],
  ])('of %s is refused', (_, bytes, reason) => {
    expect(() => snapshotOf(bytes, 0)).toThrow(reason);
  });
});

describe('a page', () => {
  const later = region({
    workers: [
      [30, 2 ** 40 + 3e6],
      [0, 0],
    ],
    apps: [[2600]],
  });
  const apps = { redis: { state: 'stopped', starts: 1, signal: 9 } } as const;
  const status = { name: 'x', build: '', pid: 4711, apps };
  const network = { nics: [], workers: [] };
  const before = { ...snapshotOf(one, 1000), network };
  const after = { ...snapshotOf(later, 3000), network };
  const rates = ratesBetween(status, before, after);

  it('shows NICs by queue, and drops with their reasons', () => {
    const figures = (factor: number): Network => ({
      nics: [
        {
          name: 'net0',
          model: 'tap',
          link: true,
          linkLosses: 2,
          drops: { rxMissed: 3 * factor, rxNoBuffer: 0, rxErrors: 0, txErrors: 0, txRefused: 0 },
          queues: [0, 1].map((queue) => ({
            queue,
            worker: queue,
            rxPackets: 2e6 * factor,
            rxBytes: 3e9 * factor,
            txPackets: 100 * factor,
            txBytes: 6400 * factor,
            txFull: 0,
          })),
        },
      ],
      workers: [
        {
          worker: 0,
          connections: 5,
          drops: { udp_port: 4 * factor, ip_checksum: factor - 1 },
          tcp: { RetransSegs: factor, TCPTimeouts: 7, InSegs: 9 * factor },
        },
      ],
    });
    const shown = ratesBetween(status, { ...before, network: figures(1) }, { ...after, network: figures(3) });
    expect(pageOf(shown).slice(-7).join('\n')).toMatchInlineSnapshot(`
      "nic   queue  worker  rx     rx B   tx   tx B   tx full  link  lost
      net0  0      0       2.00M  3.00G  100  6.40k  0        up    2
      net0  1      1       2.00M  3.00G  100  6.40k  0        up    2

      dropped in net0: rxMissed 3
      dropped by worker 0: udp_port 4, ip_checksum 1
      TCP of worker 0: TcpRetransSegs 1"
    `);
    expect(shown.drops).toEqual([{ worker: 0, rates: { udp_port: 4, ip_checksum: 1 } }]);
  });

  it('shows rates, and leaves out workers that never ran', () => {
    expect(rates.workers).toEqual([{ index: 0, rates: { switches: 10, tcpBytes: 1.5e6 } }]);
    expect(pageOf(rates).join('\n')).toMatchInlineSnapshot(`
      "x (process 4711), per second over 2.0 s

      worker  switches  preempted  sleeps  patched  trapped  host  connects  tcp B  unix B  pipe B
      0       10        0          0       0        0        0     0         1.50M  0       0

      program  pid  calls  read B  written B  threads  signals  state
      redis    -    1.25k  0       0          0        0        stopped, signal 9"
    `);
  });

  it.each([
    [0, '0'],
    [0.5, '0.5'],
    [17, '17'],
    [999, '999'],
    [1000, '1.00k'],
    [12_345, '12.3k'],
    [999_999, '1.00M'],
    [123_456_789, '123M'],
    [5e9, '5.00G'],
  ])('writes %d as %s', (value, text) => {
    expect(short(value)).toBe(text);
  });
});

describe('figures of the network', () => {
  const queue = { queue: 0, worker: 0, rxPackets: 1, rxBytes: 2, txPackets: 3, txBytes: 4, txFull: 5 };
  const drops = { rxMissed: 0, rxNoBuffer: 0, rxErrors: 0, txErrors: 0, txRefused: 0 };
  const nic = { name: 'net0', model: 'tap', link: true, linkLosses: 0, drops, queues: [queue] };
  const stack = { worker: 0, connections: 1, drops: { udp_port: 1 }, tcp: { InSegs: 2 } };

  it('are taken as they are', () => {
    expect(networkOf({ nics: [nic], workers: [stack] })).toEqual({ nics: [nic], workers: [stack] });
  });

  it.each([
    ['nothing', {}],
    ['a list of something else', { nics: [1], workers: [] }],
    ['no workers', { nics: [] }],
    ['a name of control characters', { nics: [{ ...nic, name: '\x1b[2J' }], workers: [] }],
    ['a reason of control characters', { nics: [], workers: [{ ...stack, drops: { '\x1b': 1 } }] }],
    ['no count of link losses', { nics: [{ ...nic, linkLosses: undefined }], workers: [] }],
    ['a negative count', { nics: [{ ...nic, drops: { ...drops, rxMissed: -1 } }], workers: [] }],
    ['a missing count', { nics: [{ ...nic, queues: [{ ...queue, txFull: undefined }] }], workers: [] }],
    ['a count of text', { nics: [], workers: [{ ...stack, tcp: { InSegs: '1' } }] }],
    ['counts in a list', { nics: [], workers: [{ ...stack, tcp: [] }] }],
  ])('of %s are refused', (_, answer) => {
    expect(networkOf(answer)).toBeUndefined();
  });
});

describe('a running binary', () => {
  it('is watched until it ends', { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    writeFiles(folder, {
      'x.ts': `import { defineConfig } from 'bypassgen';\nexport default defineConfig({ name: 'x', hardware: { cpu: {} }, workload: { apps: { cat: { command: ['cat'] } } } });\n`,
    });
    const runtime = spawn(await genericBinary(), [`--run-dir=${folder}`, '--', 'cat'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(runtime, 'exit');
    await waitFor(async () => fs.existsSync(`${folder}/control.sock`) || undefined, 20_000, 'no control socket');
    const found = openRegion((await askStatus(folder)).pid);
    expect(found.read().apps[0]?.['starts']).toBe(1);
    found.close();

    const { stderr, stdout } = bypassgen(folder, ['top', 'x.ts', '--run-dir', folder, '--once', '--interval', '0.1']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^cat +\d+ .* running$/m);
    runtime.stdin?.end();
    await ended;
    expect(() => openRegion(runtime.pid as number)).toThrow();
  });

  it('is asked for in time', () => {
    const { status, stderr } = bypassgen('/', ['top', 'x.ts', '--interval', 'soon']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('--interval: soon is not from 0.1 to 60')]);
  });
});
