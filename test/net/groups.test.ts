/** Multicast of unmodified programs over a NIC: membership is told to routers, and datagrams come and leave. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { Bed, buildConfig, compile, ours, unable } from './bed.ts';

const groups = { v4: '239.1.2.3', v6: 'ff12::1:2:3' } as const;
const families = ['v4', 'v6'] as const;
const ways = families.flatMap((family) => (['classic', 'mcast'] as const).map((way) => [family, way] as const));

/** Record types of RFC 3376, 4.2.12 and RFC 3810, 5.2.12. */
const isExclude = 'report 2';
const toInclude = 'report 3';
const toExclude = 'report 4';

/** A command that waits until it is let go. */
function gated(command: string): { command: string[]; open(): Promise<void> } {
  const gate = path.join(temporaryFolder(), 'gate');
  execFileSync('mkfifo', [gate]);
  return {
    command: ['/bin/sh', '-c', `read _ <${gate}; exec ${command}`],
    open: () => fs.promises.writeFile(gate, '\n'),
  };
}

describe.skipIf(unable)(`groups over TAP${unable ? `: ${unable}` : ''}`, () => {
  let binary: string, program: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
    program = compile('group');
  }, 120_000);

  it.each(ways)('are joined, heard and left by a program (%s, %s)', async (family, way) => {
    await using bed = new Bed(binary);
    const group = groups[family];
    const joining = gated(`${program} member ${way} ${group} 7000`);
    const member = await bed.fused(joining.command);
    const router = bed.native(program, 'router', group);
    await router.says('listening');
    await joining.open();
    await member.says('joined');
    await router.says(isExclude);
    const send = (to: string, ...words: string[]) => bed.native(program, 'send', to, '7000', ...words).ended;
    await send(group, 'one', 'two');
    await member.says('got two');
    await send(group, 'leave');
    await member.says('left');
    await send(group, 'unheard');
    await send(ours[family], 'end');
    expect([await member.ended, member.output.match(/^(joined|left|got .*)$/gm)]).toEqual([
      0,
      ['joined', 'got one', 'got two', 'got leave', 'left', 'got end'],
    ]);
    expect(await router.ended).toBe(0);
    expect(new Set(router.output.match(/^report .*$/gm))).toEqual(new Set([toExclude, isExclude, toInclude]));
  });

  it.each(families)('on Linux hear a program (%s)', async (family) => {
    await using bed = new Bed(binary);
    const sending = gated(`${program} send ${groups[family]} 7000 one end`);
    const sender = await bed.fused(sending.command);
    const member = bed.native(program, 'member', 'classic', groups[family], '7000', 'bp0');
    await member.says('joined');
    await sending.open();
    await member.says('got end');
    expect([await sender.ended, await member.ended, member.output]).toEqual([0, 0, 'joined\ngot one\ngot end\n']);
  });
});
