/** Runs of two hosts with real processes in network namespaces; ours is a stand-in. Figures are never looked at. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Pair, Program, Remote } from '../../gen/bench/pair.ts';
import { compilePrograms } from '../../gen/bench/programs.ts';
import { PairRunner } from '../../gen/bench/runner.ts';
import { readMachine } from '../../gen/machine/machine.ts';
import { temporaryFolder } from './helpers/folders.ts';

const core = readMachine().allowedCores[0] ?? 0;
const namespaces = () => execFileSync('ip', ['netns']).toString();
const shell = (script: string): Program => ({ command: ['sh', '-c', script] });
const figure = (output: string) => (/figure/.test(output) ? 1 : undefined);

function pairOf(remote: Remote, programs: readonly Program[]): Pair {
  const variant = { name: 'x', runner: 'linux', cores: 2, remote } as const;
  const workload = { programs: () => programs, figure, needs: {} };
  return { id: 'x', title: 'x', unit: 'x', better: 'higher', workload, linux: [variant], ours: [variant] };
}

/** @param ends what stands in for binaries, by end: shell scripts */
function makeRunner(ends: Readonly<Record<string, string>> = {}, folder = temporaryFolder()): PairRunner {
  const files = Object.entries(ends).map(([name, script]) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return [name, file] as const;
  });
  const runner = new PairRunner({
    cores: [core, core],
    programs: folder,
    stacks: {},
    binaries: {},
    ends: Object.fromEntries(files),
    memifSocket: path.join(folder, 'memif.sock'),
    milliseconds: 10,
    requests: 10,
    env: process.env,
  });
  onTestFinished(() => runner.abandon());
  return runner;
}

const run = (runner: PairRunner, pair: Pair) => runner.run(pair, pair.linux[0] as Pair['linux'][number]);

describe.skipIf(process.geteuid?.() !== 0)('a run of two hosts', () => {
  const veth: Remote = { wire: 'veth', hosts: ['linux', 'linux'] };

  it('has a wire of its own, starts the client when the server answers, and takes the wire down', async () => {
    const before = namespaces();
    const folder = temporaryFolder();
    const runner = makeRunner({}, folder);
    expect(await compilePrograms(['when-answered'], folder, process.env)).toBeUndefined();
    const listen = "require('node:net').createServer((s) => s.end('figure')).listen(20001)";
    const programs = [
      { command: [process.execPath, '-e', `setTimeout(() => ${listen}, 200)`], readyAt: 20_001, endless: true },
      { command: [process.execPath, '-e', "require('node:net').connect(20001, '10.77.0.2').pipe(process.stdout)"] },
    ];
    expect(await run(runner, pairOf(veth, programs))).toBe(1);
    expect(namespaces()).toBe(before);
  });

  it('runs several programs on a host, and weighs what they take between two lines', async () => {
    const take = "const kept = Buffer.alloc(64 << 20, 1); setTimeout(() => console.log('two', kept.length), 50)";
    const programs = [
      { ...shell('exec sleep 1000'), endless: true },
      { ...shell('exec sleep 1001'), endless: true },
      {
        command: [
          process.execPath,
          '-e',
          `console.log('one'); setTimeout(() => { ${take} }, 300); setTimeout(() => 0, 900)`,
        ],
      },
    ];
    const pair = pairOf(veth, programs);
    const value = (output: string) => Number(/"value":(\d+)/.exec(output)?.[1]);
    const weighed: Pair = { ...pair, workload: { ...pair.workload, weighs: true, figure: value } };
    expect(await run(makeRunner(), weighed)).toBeGreaterThan(50 << 20);
  });

  it('fails when one of the programs does, and takes the wire down', async () => {
    const before = namespaces();
    const dead = pairOf(veth, [shell('exec sleep 1000'), shell('echo sorry >&2; exit 3')]);
    await expect(run(makeRunner(), dead)).rejects.toThrow('ended with 3: sorry');
    expect(namespaces()).toBe(before);
  });

  it('fails when the server ends before the client', async () => {
    const dead = pairOf(veth, [{ ...shell('echo sorry >&2; exit 3'), endless: true }, shell('exec sleep 1000')]);
    await expect(run(makeRunner(), dead)).rejects.toThrow('ended with 3: sorry');
  });

  it('fails when a runtime does not bring its NIC up', async () => {
    const before = namespaces();
    const ours = pairOf({ wire: 'tap', hosts: ['ours', 'linux'] }, [shell('true'), shell('true')]);
    const runner = makeRunner({ 'tap-0': 'echo no such device >&2; exit 1' });
    await expect(run(runner, ours)).rejects.toThrow('the runtime does not come up: no such device');
    expect(namespaces()).toBe(before);
  });

  it('gives our ends the interfaces of a veth pair, up and without addresses of the kernel', async () => {
    const shown = 'test "$(ip -o link show bp0 up)" && test -z "$(ip -o -4 addr show bp0)" && echo figure';
    const ours = pairOf({ wire: 'afxdp', hosts: ['ours', 'ours'] }, [shell('true'), shell('true')]);
    const runner = makeRunner({ 'afxdp-0': shown, 'afxdp-1': shown });
    expect(await run(runner, ours)).toBe(1);
  });

  it('takes the wire down when it is given up', async () => {
    const before = namespaces();
    const runner = makeRunner();
    const marker = path.join(temporaryFolder(), 'started');
    const endless = pairOf(veth, [shell(`touch ${marker}; exec sleep 1000`), shell('exec sleep 1000')]);
    const failed = expect(run(runner, endless)).rejects.toThrow();
    while (!fs.existsSync(marker)) await new Promise((resolve) => setTimeout(resolve, 5));
    runner.abandon();
    await failed;
    expect(namespaces()).toBe(before);
  });
});
