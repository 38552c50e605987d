import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { refusal } from '../build/disk.ts';
import type { Compiler } from '../build/toolchain.ts';
import { type Diagnostic, diagnose, isError } from '../diagnostics/diagnostic.ts';
import type { March } from '../hardware/cpus.ts';
import type { Job } from '../matrix/job.ts';
import type { Source } from '../matrix/jobs.ts';
import type { Row } from '../matrix/run/runner.ts';
import { type Command, exitCodes, type Invocation, type Outcome, outOption } from './command.ts';
import { knownOrRefused, openProject } from './project.ts';

export const matrix: Command = {
  name: 'matrix',
  summary: 'print the jobs of continuous integration that configs make, or do them here',
  examples: [
    ['bypassgen matrix configs/*.ts', 'for fromJSON() in a GitHub workflow, as strategy.matrix'],
    ['bypassgen matrix configs/*.ts --march x86-64-v2,x86-64-v3 --cc gcc,clang', 'each config four times'],
    ['bypassgen matrix configs/*.ts --gitlab > jobs.yml', 'a pipeline for trigger: include: artifact'],
    ['bypassgen matrix configs/*.ts --run --jobs 2', 'the same jobs on this machine, and a table'],
  ],
  arguments: [
    { name: 'configs', summary: 'configs, TypeScript files', required: true, variadic: true, complete: 'file' },
  ],
  options: [
    { flags: '--march <names>', summary: "instruction sets, separated by commas (default: each config's own)" },
    { flags: '--cc <names>', summary: 'compilers, separated by commas: gcc (default), clang' },
    { flags: '--gitlab', summary: 'print a GitLab pipeline' },
    { flags: '--run', summary: 'do the jobs here; what was done before and did not fail is not done again' },
    { flags: '--fresh', summary: 'with --run: do all of them again' },
    { flags: '-j, --jobs <n>', summary: 'with --run: jobs at the same time (default: 1)' },
    { ...outOption, summary: 'folder of all output (default: out, with --run out/matrix)' },
  ],
  async run(invocation) {
    const asked = await readOptions(invocation);
    if ('severity' in asked) return { diagnostics: [asked] };
    const opened = await openAll(invocation);
    if (!('sources' in opened)) return opened;
    const { sources, diagnostics } = opened;
    const { jobsOf } = await import('../matrix/jobs.ts');
    const choices = { ...asked, cpuFlags: invocation.options['run'] ? await ownCpuFlags() : undefined };
    const jobs = jobsOf(sources, choices);
    if (invocation.options['run']) return runHere(jobs, asked.width, diagnostics, invocation);
    return printed(jobs, diagnostics, invocation);
  },
};

interface Asked {
  readonly marches: readonly March[] | undefined;
  readonly compilers: readonly Compiler[];
  readonly width: number;
}

async function readOptions({ options }: Invocation): Promise<Asked | Diagnostic> {
  const { compilerNames } = await import('../build/toolchain.ts');
  const { marchNames } = await import('../hardware/cpus.ts');
  const list = (name: string) => (options[name] === undefined ? undefined : String(options[name]).split(','));
  const marches = list('march');
  const compilers = list('cc') ?? ['gcc'];
  const refused = knownOrRefused('march', marches ?? [], marchNames) ?? knownOrRefused('cc', compilers, compilerNames);
  if (refused) return refused;
  const jobs = String(options['jobs'] ?? '1');
  if (!/^[1-9]\d{0,2}$/.test(jobs))
    return diagnose('usage', { reason: `--jobs: '${jobs}' is not a number from 1 to 999`, hint: undefined });
  const unique = <T>(names: readonly string[]) => [...new Set(names)] as T[];
  return { marches: marches && unique<March>(marches), compilers: unique<Compiler>(compilers), width: Number(jobs) };
}

/** All configs' errors are told, not only the first's. */
async function openAll(
  invocation: Invocation,
): Promise<{ sources: Source[]; diagnostics: Diagnostic[] } | { diagnostics: readonly Diagnostic[] }> {
  const sources: Source[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const config of invocation.arguments) {
    const project = await openProject({ ...invocation, arguments: [config], options: {} });
    diagnostics.push(...project.diagnostics);
    if ('plan' in project) sources.push({ config: config ?? '', plan: project.plan });
  }
  const names = sources.map(({ plan }) => plan.name);
  const twice = sources.find(({ plan }, i) => names.indexOf(plan.name) !== i);
  if (twice) {
    const reason = `${twice.config}: another config is named '${twice.plan.name}', too`;
    diagnostics.push(diagnose('usage', { reason, hint: 'names of configs tell their jobs apart' }));
  }
  return diagnostics.some(isError) ? { diagnostics } : { sources, diagnostics };
}

async function ownCpuFlags(): Promise<readonly string[]> {
  const { readMachine } = await import('../machine/machine.ts');
  return readMachine().cpuFlags;
}

async function printed(
  jobs: readonly Job[],
  diagnostics: readonly Diagnostic[],
  { options }: Invocation,
): Promise<Outcome> {
  const out = String(options['out'] ?? 'out');
  if (options['gitlab']) {
    const { gitlabPipeline } = await import('../matrix/gitlab.ts');
    return { text: gitlabPipeline(jobs, out), data: { jobs }, diagnostics };
  }
  const { githubLimit, githubMatrix } = await import('../matrix/github.ts');
  if (jobs.length > githubLimit) {
    const reason = `${jobs.length} jobs: a GitHub workflow takes ${githubLimit} from one matrix`;
    const hint = 'name fewer configs, or fewer --march and --cc';
    return { diagnostics: [...diagnostics, diagnose('usage', { reason, hint })] };
  }
  return { text: githubMatrix(jobs, out), data: { jobs }, diagnostics };
}

async function runHere(
  jobs: readonly Job[],
  width: number,
  diagnostics: readonly Diagnostic[],
  invocation: Invocation,
): Promise<Outcome> {
  const { runMatrix } = await import('../matrix/run/runner.ts');
  const { digestOf, keyOf, State } = await import('../matrix/run/state.ts');
  const { processWork } = await import('../matrix/run/work.ts');
  const { matrixTable } = await import('../matrix/run/table.ts');
  const { cwd, env, talk, options, colours } = invocation;
  const out = path.resolve(cwd, String(options['out'] ?? 'out/matrix'));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const sources = digestOf(['gen', 'runtime-c', 'binding'].map((folder) => path.join(root, folder)));
  const stateFile = path.join(out, 'state.json');
  try {
    if (options['fresh']) fs.rmSync(stateFile, { force: true });
    const rows = await untilInterrupted(invocation, (stop) =>
      runMatrix({
        ...{ jobs, width, talk, stop },
        keyOf: (job) => keyOf(job, fs.readFileSync(path.resolve(cwd, job.config), 'utf8'), sources),
        state: new State(stateFile),
        work: processWork({ program: path.join(root, 'bin/bypassgen.js'), out, cwd, env }),
      }),
    );
    return { ...outcomeOf(rows, jobs.length), text: matrixTable(rows, jobs.length, colours), diagnostics };
  } catch (error) {
    return { diagnostics: [...diagnostics, refusal(error, out)] };
  }
}

function outcomeOf(rows: readonly Row[], planned: number): Outcome {
  const interrupted = rows.length < planned;
  const failed = rows.some(({ status }) => status === 'failed');
  return {
    exit: interrupted ? exitCodes.interrupted : failed ? exitCodes.buildFailed : exitCodes.ok,
    data: { results: rows.map(({ job, key: _, ...result }) => ({ ...job, ...result })) },
  };
}

/** Jobs that run at an interruption take down what they made; their ends are waited for. */
async function untilInterrupted<T>({ takeSignals }: Invocation, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  takeSignals();
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = () => controller.abort();
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}
