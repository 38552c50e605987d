/** The jobs that configs make, how they are printed, and how they are done here. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Compiler } from '../../gen/build/toolchain.ts';
import { type March, marches } from '../../gen/hardware/cpus.ts';
import { githubLimit, githubMatrix } from '../../gen/matrix/github.ts';
import { gitlabPipeline } from '../../gen/matrix/gitlab.ts';
import { argumentsOf, type Job } from '../../gen/matrix/job.ts';
import { jobsOf, type Source } from '../../gen/matrix/jobs.ts';
import { type MatrixRun, runMatrix, type Work } from '../../gen/matrix/run/runner.ts';
import { digestOf, keyOf, State } from '../../gen/matrix/run/state.ts';
import { matrixTable } from '../../gen/matrix/run/table.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { coloursFor } from '../../gen/terminal/colours.ts';
import { silent } from '../../gen/terminal/talk.ts';
import { bypassgen } from './helpers/cli.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';

const source = (model: string, attach: Record<string, string> = {}): Source => ({
  config: `configs/${model}.ts`,
  plan: makePlan({
    name: model.replaceAll('_', '-'),
    hardware: {
      cpu: { cores: [0] },
      nics: model === 'none' ? [] : [{ name: 'net0', model: model as 'tap', ...attach }],
    },
    workload: { apps: { redis: { command: ['redis-server'], listens: [6379] } } },
  }),
});

const all: Source[] = [
  source('none'),
  source('tap', { device: 'bp0' }),
  source('vmxnet3', { pci: '0000:00:04.0' }),
  source('mlx5', { pci: '0000:03:00.0' }),
  source('memif', { device: '/run/bypassgen/memif.sock' }),
];

const choices = (
  names: readonly March[] | undefined,
  cpuFlags?: readonly string[],
  compilers: Compiler[] = ['gcc'],
) => ({
  marches: names,
  compilers,
  cpuFlags,
});

describe('the jobs of configs', () => {
  it('are config × instruction set × compiler, with ids of their own', () => {
    const jobs = jobsOf(all, choices(['x86-64-v2', 'x86-64-v3'], undefined, ['gcc', 'clang']));
    expect(jobs).toHaveLength(all.length * 4);
    expect(new Set(jobs.map((job) => job.id)).size).toBe(jobs.length);
    expect(jobs[0]?.id).toBe('none.x86-64-v2.gcc');
  });

  it("take each config's own instruction set unless told otherwise", () => {
    expect(jobsOf(all, choices(undefined)).map((job) => job.march)).toEqual(all.map(({ plan }) => plan.march));
  });

  it('are verified where the NICs can be had, else built, with the reason', () => {
    const jobs = jobsOf(all, choices(['x86-64-v3']));
    expect(jobs.map((job) => job.target)).toEqual([undefined, 'netns', 'qemu', undefined, 'runtime']);
    expect(jobs.map((job) => job.reason)).toEqual([
      'it has no NIC',
      '',
      '',
      expect.stringContaining("QEMU emulates no 'mlx5'"),
      '',
    ]);
  });

  it.each<[March, readonly string[] | undefined, (string | undefined)[]]>([
    ['x86-64-v4', undefined, [undefined, undefined]],
    ['x86-64-v4', marches['x86-64-v4'], ['netns', undefined]],
    ['x86-64-v4', marches['x86-64-v3'], [undefined, undefined]],
    ['native', undefined, ['netns', undefined]],
    ['x86-64-v2', undefined, ['netns', 'qemu']],
  ])('%s is verified only on processors that have it', (march, cpuFlags, targets) => {
    const jobs = jobsOf(all.slice(1, 3), choices([march], cpuFlags));
    expect(jobs.map((job) => job.target)).toEqual(targets);
    for (const job of jobs) expect(job.reason === '').toBe(job.target !== undefined);
  });

  it('call the command line as a user would', () => {
    const [, tap, , mlx5] = jobsOf(all, choices(['x86-64-v2'])) as [Job, Job, Job, Job];
    expect(argumentsOf(tap, 'out').join(' ')).toBe(
      'verify configs/tap.ts --target netns --march x86-64-v2 --cc gcc --out out',
    );
    expect(argumentsOf(mlx5, 'o').join(' ')).toBe('build configs/mlx5.ts --march x86-64-v2 --cc gcc --out o');
  });
});

describe('printed', () => {
  const jobs = jobsOf(all, choices(['x86-64-v2']));

  it('for GitHub: one line, an entry for each job', () => {
    const text = githubMatrix(jobs, 'out');
    expect(text).not.toContain('\n');
    expect(JSON.parse(text).include.map((entry: { id: string }) => entry.id)).toEqual(jobs.map((job) => job.id));
    expect(JSON.parse(text).include[1]).toMatchObject({
      target: 'netns',
      command: argumentsOf(jobs[1] as Job, 'out').join(' '),
    });
  });

  it('for GitLab: a pipeline with a script for each job, and the report of those that are verified', () => {
    const pipeline = JSON.parse(gitlabPipeline(jobs, 'out'));
    expect(Object.keys(pipeline)).toEqual(['stages', ...jobs.map((job) => job.id)]);
    for (const job of jobs) {
      expect(pipeline[job.id].script).toContain(`npx bypassgen ${argumentsOf(job, 'out').join(' ')}`);
      expect(pipeline.stages).toContain(pipeline[job.id].stage);
      expect('reports' in pipeline[job.id].artifacts).toBe(job.target !== undefined);
    }
  });
});

/** A run of three jobs whose outcomes are given by id. */
function run(
  folder: string,
  work: Work,
  more: Partial<MatrixRun> = {},
): Promise<Awaited<ReturnType<typeof runMatrix>>> {
  return runMatrix({
    jobs: jobsOf(all.slice(0, 3), choices(['x86-64-v2'])),
    keyOf: (job) => keyOf(job, 'config', 'sources'),
    state: new State(path.join(folder, 'state.json')),
    work,
    width: 1,
    talk: silent,
    stop: new AbortController().signal,
    ...more,
  });
}

const passing: Work = async () => ({ status: 'passed', note: '' });

describe('done here', () => {
  it('gives a row for each, in their order, however many run at a time', async () => {
    const started: string[] = [];
    const ends = new Map<string, () => void>();
    const rows = run(
      temporaryFolder(),
      async (job) => {
        started.push(job.id);
        await new Promise<void>((resolve) => void ends.set(job.id, resolve));
        return { status: 'passed', note: '' };
      },
      { width: 2 },
    );
    await vi.waitFor(() => expect(ends.size).toBe(2));
    expect(started).toEqual(['none.x86-64-v2.gcc', 'tap.x86-64-v2.gcc']);
    ends.get('tap.x86-64-v2.gcc')?.();
    await vi.waitFor(() => expect(ends.size).toBe(3));
    for (const end of ends.values()) end();
    expect((await rows).map((row) => row.job.name)).toEqual(['none', 'tap', 'vmxnet3']);
  });

  it('goes on after an interruption with what is not settled', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const first = await run(
      folder,
      async (job) => {
        if (job.name === 'tap') controller.abort();
        return { status: 'passed', note: '' };
      },
      { stop: controller.signal },
    );
    expect(first.map((row) => row.job.name)).toEqual(['none']);
    const done: string[] = [];
    const second = await run(folder, async (job) => {
      done.push(job.name);
      return { status: 'passed', note: '' };
    });
    expect(done).toEqual(['tap', 'vmxnet3']);
    expect(second.map((row) => row.earlier)).toEqual([true, false, false]);
  });

  it('does again what failed, and what is made of something else now', async () => {
    const folder = temporaryFolder();
    await run(folder, async ({ name }) => ({ status: name === 'tap' ? 'failed' : 'skipped', note: 'why' }));
    const again: string[] = [];
    const note: Work = async (job) => {
      again.push(job.name);
      return { status: 'passed', note: '' };
    };
    await run(folder, note);
    expect(again).toEqual(['tap']);
    await run(folder, note, { keyOf: (job) => keyOf(job, job.name === 'none' ? 'edited' : 'config', 'sources') });
    expect(again).toEqual(['tap', 'none']);
  });

  it.each(['', '{', '{"format_version":2,"results":{}}', '[]'])(
    'begins anew beside a state that is not ours: %j',
    async (text) => {
      const folder = temporaryFolder();
      writeFiles(folder, { 'state.json': text });
      expect(await run(folder, passing)).toHaveLength(3);
    },
  );

  it('counts in its table', async () => {
    const rows = await run(temporaryFolder(), async ({ name }) => ({
      status: name === 'tap' ? 'failed' : 'passed',
      note: '',
    }));
    const table = matrixTable(rows, 4, coloursFor({}, { NO_COLOR: '1' }));
    expect(table.split('\n').at(-1)).toBe('2 passed, 1 failed, 0 skipped, 1 not done');
    expect(table).toMatch(/^fail {2}tap\.x86-64-v2\.gcc/m);
  });

  it('knows sources by their content and names', () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'a/x.c': 'int x;', 'b/y.c': '' });
    const digest = () => digestOf([path.join(folder, 'a'), path.join(folder, 'b')]);
    const before = digest();
    expect(digest()).toBe(before);
    fs.renameSync(path.join(folder, 'b/y.c'), path.join(folder, 'b/z.c'));
    expect(digest()).not.toBe(before);
  });
});

describe('bypassgen matrix', () => {
  const config = (name: string) => `import { defineConfig } from 'bypassgen';
export default defineConfig({ name: '${name}', hardware: { cpu: {} }, workload: { apps: { x: { command: ['true'] } } } });
`;

  function configs(...names: string[]): string {
    const cwd = temporaryFolder();
    writeFiles(cwd, Object.fromEntries(names.map((name, i) => [`${i}.ts`, config(name)])));
    return cwd;
  }

  it('takes several configs and prints what fromJSON() takes', () => {
    const { status, stdout } = bypassgen(configs('a', 'b'), ['matrix', '0.ts', '1.ts', '--cc', 'gcc,clang,gcc']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).include).toHaveLength(4);
  });

  it.each([
    [['--march', 'x86-64-v9'], "--march: there is no 'x86-64-v9'"],
    [['--cc', 'gcc,tcc'], "--cc: there is no 'tcc'"],
    [['--run', '--jobs', '0'], "--jobs: '0' is not a number from 1 to 999"],
  ])('refuses %j', (options, reason) => {
    const { status, stderr } = bypassgen(configs('a'), ['matrix', '0.ts', ...options]);
    expect(status).toBe(1);
    expect(stderr).toContain(reason);
  });

  it('refuses two configs of one name', () => {
    const { status, stderr } = bypassgen(configs('a', 'a'), ['matrix', '0.ts', '1.ts']);
    expect(status).toBe(1);
    expect(stderr).toContain("1.ts: another config is named 'a', too");
  });

  it('refuses more jobs than a GitHub workflow takes', () => {
    const count = Math.floor(githubLimit / Object.keys(marches).length) + 1;
    const names = Array.from({ length: count }, (_, i) => `c${i}`);
    const files = names.map((_, i) => `${i}.ts`);
    const { status, stderr } = bypassgen(configs(...names), [
      'matrix',
      ...files,
      '--march',
      Object.keys(marches).join(),
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain(`a GitHub workflow takes ${githubLimit}`);
  });

  it('does the jobs with --run, once, and says with --json what became of them', () => {
    const cwd = configs('a', 'b');
    fs.writeFileSync(path.join(cwd, 'out'), ''); // no folder: every build fails at once
    const first = bypassgen(
      cwd,
      ['matrix', '0.ts', '1.ts', '--run', '--out', 'jobs/matrix', '--json', '--march', 'native'],
      {
        PATH: '/nonexistent',
      },
    );
    expect(first.status).toBe(4);
    const { results } = JSON.parse(first.stdout);
    expect(results.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      ['a.native.gcc', 'failed'],
      ['b.native.gcc', 'failed'],
    ]);
    expect(results[0].note).toContain('gcc');
    expect(fs.existsSync(path.join(cwd, 'jobs/matrix/a.native.gcc/log.txt'))).toBe(true);
  });
});
