/** Runs with real processes; the binary is a stand-in that runs its programs on Linux. Figures are never looked at. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Pair, Program, Variant } from '../../gen/bench/pair.ts';
import { PairRunner } from '../../gen/bench/runner.ts';
import { RunFailed } from '../../gen/bench/waiting.ts';
import { readMachine } from '../../gen/machine/machine.ts';
import { temporaryFolder } from './helpers/folders.ts';

/** Takes the command line of the generic binary. */
const standIn = `#!/bin/bash
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
while [ $# -gt 0 ]; do
  shift
  program=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do program+=("$1"); shift; done
  "\${program[@]}" &
done
wait -n $!
`;

const core = readMachine().allowedCores[0] ?? 0;
const linux: Variant = { name: 'one core', runner: 'linux', cores: 1 };
const generic: Variant = { name: 'fused', runner: 'generic', cores: 1 };

const pairOf = (programs: (folder: string) => readonly Program[]): Pair => ({
  id: 'x',
  title: 'x',
  unit: 'x',
  better: 'higher',
  workload: {
    programs: ({ folder }) => programs(folder),
    figure: (output) => {
      const value = /figure (\d+)/.exec(output)?.[1];
      return value === undefined ? undefined : Number(value);
    },
    needs: {},
  },
  linux: [linux],
  ours: [generic],
});

/** Ended; perhaps not yet collected by whoever inherited it. */
function isGone(pid: string): boolean {
  try {
    return /\) Z /.test(fs.readFileSync(`/proc/${pid.trim()}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

const shell = (script: string): Program => ({ command: ['sh', '-c', script] });

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync('/tmp/bypassgen-test-');
  fs.writeFileSync(path.join(folder, 'generic'), standIn, { mode: 0o755 });
  return () => fs.rmSync(folder, { recursive: true, force: true });
});

function makeRunner(): PairRunner {
  const runner = new PairRunner({
    cores: [core],
    programs: folder,
    stacks: {},
    binaries: { generic: path.join(folder, 'generic') },
    ends: {},
    memifSocket: '',
    milliseconds: 10,
    requests: 10,
    env: process.env,
  });
  onTestFinished(() => runner.abandon());
  return runner;
}

describe('a run', () => {
  const pair = pairOf((cwd) => [
    { ...shell(`echo $$ > ${cwd}/server; exec sleep 1000`), endless: true },
    shell(`while ! [ -s ${cwd}/server ]; do :; done; cp ${cwd}/server ${folder}/pid; echo figure 42`),
  ]);

  it.each([linux, generic])('gives the figure, and ends what does not end by itself ($runner)', async (variant) => {
    expect(await makeRunner().run(pair, variant)).toBe(42);
    expect(isGone(fs.readFileSync(path.join(folder, 'pid'), 'utf8'))).toBe(true);
  });

  it('is pinned to the core', async () => {
    const pinned = pairOf(() => [shell('echo figure $(taskset -cp $$ | sed "s/.*: //")')]);
    for (const variant of [linux, generic]) expect(await makeRunner().run(pinned, variant)).toBe(core);
  });

  it('leaves no folder behind', async () => {
    const where = temporaryFolder();
    const tells = pairOf((cwd) => [shell(`echo ${cwd} > ${where}/folder; echo figure 1`)]);
    await makeRunner().run(tells, linux);
    expect(fs.existsSync(fs.readFileSync(path.join(where, 'folder'), 'utf8').trim())).toBe(false);
  });

  it.each([linux, generic])('fails with what was printed when a program does ($runner)', async (variant) => {
    const failing = pairOf(() => [shell('echo sorry >&2; exit 3')]);
    await expect(makeRunner().run(failing, variant)).rejects.toThrow(/ended with 3: sorry/);
  });

  it('fails without a figure', async () => {
    const silent = pairOf(() => [shell('echo nothing to tell')]);
    await expect(makeRunner().run(silent, linux)).rejects.toThrow(RunFailed);
  });

  it('fails when nobody listens in the end', async () => {
    const dead = pairOf(() => [
      { ...shell('echo cannot listen >&2; exit 1'), readyAt: 1, endless: true },
      shell('true'),
    ]);
    await expect(makeRunner().run(dead, linux)).rejects.toThrow('nobody listens on port 1: cannot listen');
  });

  it('fails when the program does not exist', async () => {
    const missing = pairOf(() => [{ command: ['no-such-program'] }]);
    await expect(makeRunner().run(missing, linux)).rejects.toThrow(/ended with 127/);
  });
});

describe('a benchmark that is given up', () => {
  it('ends its processes and their children, and starts no more', async () => {
    const runner = makeRunner();
    const marker = path.join(folder, 'started');
    const endless = pairOf(() => [shell(`sleep 987654 & echo $! > ${marker}; wait`)]);
    const run = runner.run(endless, linux);
    const failed = expect(run).rejects.toThrow(RunFailed);
    while (!fs.existsSync(marker) || fs.readFileSync(marker, 'utf8') === '') await sleep(5);
    runner.abandon();
    await failed;
    expect(isGone(fs.readFileSync(marker, 'utf8'))).toBe(true);
    await expect(runner.run(endless, linux)).rejects.toThrow('given up');
  });
});
