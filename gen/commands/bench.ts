import path from 'node:path';
import type { BenchOptions } from '../bench/bench.ts';
import type { Pair } from '../bench/pair.ts';
import type { PairRunner } from '../bench/runner.ts';
import { isErrno, realDisk } from '../build/disk.ts';
import { diagnose, isError } from '../diagnostics/diagnostic.ts';
import { type Command, configArgument, exitCodes, type Invocation, type Outcome, outOption } from './command.ts';
import { openProject, type Project } from './project.ts';

export const bench: Command = {
  name: 'bench',
  summary: 'compare with Linux, pair by pair on the same cores, and write a report',
  examples: [
    ['bypassgen bench configs/embedded.ts', 'all pairs; takes some minutes, on a machine that does nothing else'],
    ['bypassgen bench configs/embedded.ts --only local.tcp-echo --quick', 'one pair, in seconds'],
    ['bypassgen bench configs/embedded.ts --json', 'the same for a program'],
  ],
  arguments: [configArgument],
  options: [
    { flags: '--only <ids>', summary: 'measure these pairs only, separated by commas' },
    { flags: '--quick', summary: 'shorter runs: an answer in seconds, with more noise' },
    { flags: '--force', summary: 'overwrite generated files that were edited by hand' },
    outOption,
  ],
  async run(invocation) {
    const { choosePairs, chooseCores } = await import('../bench/choose.ts');
    const { only, quick } = invocation.options;
    const chosen = choosePairs(typeof only === 'string' ? only : undefined, process.geteuid?.() === 0);
    if (chosen.diagnostics.some(isError)) return { diagnostics: chosen.diagnostics };
    const project = await openProject(invocation);
    if (!('plan' in project)) return project;
    const { readMachine } = await import('../machine/machine.ts');
    const found = [...chosen.diagnostics, ...project.diagnostics];
    const configured = project.plan.workers.map((worker) => worker.core);
    const cores = chooseCores(chosen.pairs, configured, readMachine().allowedCores);
    if ('code' in cores) return { diagnostics: [...found, cores] };
    return measure(chosen.pairs, { ...project, diagnostics: found }, cores, quick === true, invocation);
  },
};

async function measure(
  pairs: readonly Pair[],
  project: Project,
  cores: readonly number[],
  quick: boolean,
  invocation: Invocation,
): Promise<Outcome> {
  const { settingsOf } = await import('../bench/bench.ts');
  const { prepare } = await import('../bench/prepare.ts');
  const { PairRunner } = await import('../bench/runner.ts');
  const settings = settingsOf(quick, cores);
  const prepared = await prepare(pairs, project, settings, invocation);
  if (!('binaries' in prepared)) return { diagnostics: prepared };
  const runner = new PairRunner(prepared);
  const { config } = project;
  const { env, talk } = invocation;
  const options: BenchOptions = { config, settings, run: (pair, variant) => runner.run(pair, variant), env, talk };
  return untilInterrupted(runner, invocation, () => finish(pairs, options, project, invocation));
}

async function finish(
  pairs: readonly Pair[],
  options: BenchOptions,
  project: Project,
  { cwd, colours, talk }: Invocation,
): Promise<Outcome> {
  const { measureAll } = await import('../bench/bench.ts');
  const { reportJson } = await import('../bench/report.ts');
  const { reportTable } = await import('../bench/table.ts');
  const { reportHtml } = await import('../bench/html.ts');
  const { report, diagnostics } = await measureAll(pairs, options);
  const page = path.join(project.directory, 'bench', 'report.html');
  const json = reportJson(report);
  try {
    realDisk.write(page, reportHtml(report));
    realDisk.write(path.join(path.dirname(page), 'report.json'), `${JSON.stringify(json, null, 2)}\n`);
    talk.say(`wrote ${path.relative(cwd, page)}`);
  } catch (error) {
    if (!isErrno(error, 'ENOSPC', 'EDQUOT')) throw error;
    diagnostics.push(diagnose('diskFull', { what: 'writing the report' }));
  }
  return {
    diagnostics: [...project.diagnostics, ...diagnostics],
    exit: diagnostics.some(isError) ? exitCodes.buildFailed : exitCodes.ok,
    text: reportTable(report, colours),
    data: { machine: json.machine, pairs: json.pairs },
  };
}

/** Ctrl-C and SIGTERM end the benchmark with everything that it started. */
async function untilInterrupted(
  runner: PairRunner,
  { takeSignals }: Invocation,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  takeSignals();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let interrupt: () => void = () => {};
  const interrupted = new Promise<Outcome>((resolve) => {
    interrupt = () => {
      runner.abandon();
      resolve({ exit: exitCodes.interrupted });
    };
  });
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    runner.abandon();
    for (const signal of signals) process.off(signal, interrupt);
  }
}
