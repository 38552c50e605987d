import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StackFigures } from '../../gen/control/api.ts';
import { tcpTroublesOf, troubleRows, troubles, troublesOf } from '../../gen/seen/tcp-trouble.ts';

const runtime = path.resolve(import.meta.dirname, '../../runtime-c/net');
const names = (file: string, pattern: RegExp): string[] =>
  [...fs.readFileSync(path.join(runtime, file), 'utf8').matchAll(pattern)].map(([, name = '']) => name);

/** What the runtime counts. */
const counted = {
  tcp: names('tcp_stats.def', /BP_TCP_STAT\((\w+)\)/g),
  drops: names('drop.def', /BP_DROP\(\w+, "(\w+)"/g),
};

/** Name and value lines of the kernel, as nstat joins them. */
const linux = new Set(
  ['/proc/net/snmp', '/proc/net/netstat'].flatMap((file) =>
    fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .filter((_, line) => line % 2 === 0)
      .flatMap((line) => {
        const [prefix = '', ...rest] = line.split(' ');
        return rest.map((name) => prefix.replace(':', '') + name);
      }),
  ),
);

const stack = (worker: number, tcp: StackFigures['tcp'], drops: StackFigures['drops']): StackFigures => ({
  worker,
  connections: 0,
  tcp,
  drops,
});

describe('troubles', () => {
  it.each(troubles.map((trouble) => [trouble.name, trouble] as const))('%s is counted by the runtime', (_, trouble) => {
    expect(trouble.counters.filter((name) => !counted[trouble.of].includes(name))).toEqual([]);
  });

  it('have the names of Linux, or those of the reasons for drops', () => {
    expect(
      troubles.map(({ name }) => name).filter((name) => !linux.has(name) && !counted.drops.includes(name)),
    ).toEqual([]);
  });

  it('are summed up over workers and reasons', () => {
    const stacks = [
      stack(0, { RetransSegs: 3, InSegs: 9 }, { fragment_timeout: 1, fragment_tiny: 2, udp_port: 4 }),
      stack(1, { RetransSegs: 4 }, {}),
    ];
    const row = troublesOf(stacks);
    expect(troubleRows(row).map(([name, count]) => [name, count])).toEqual([
      ['TcpRetransSegs', '7'],
      ['UdpNoPorts', '4'],
      ['IpReasmTimeout', '1'],
      ['IpReasmFails', '3'],
    ]);
    expect(Object.keys(row)).toEqual(troubles.map(({ name }) => name));
    expect(tcpTroublesOf(stacks[0] as StackFigures)).toMatchObject({ TcpRetransSegs: 3, TcpExtTCPTimeouts: 0 });
    expect(tcpTroublesOf(stacks[0] as StackFigures)).not.toHaveProperty('UdpNoPorts');
  });
});
