import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { defaultRunDirectory } from '../control/run-directory.ts';
import { type Diagnostic, diagnose, isError } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Plan } from '../plan/plan.ts';
import { type Command, configArgument, exitCodes, type Invocation, type OptionValues, outOption } from './command.ts';
import { buildProject, openProject } from './project.ts';

export const run: Command = {
  name: 'run',
  summary: 'build if needed, then run the programs of a config',
  examples: [
    ['bypassgen run configs/embedded.ts', 'starts every program that starts by itself; Ctrl-C stops them'],
    ['bypassgen run configs/embedded.ts --only redis', 'starts redis alone'],
    ['bypassgen run configs/embedded.ts --only redis,bench --until bench', 'ends when the client has ended'],
    ['bypassgen run configs/embedded.ts --trace=redis', "prints redis's system calls as strace does"],
    ['bypassgen run nic.ts -- redis-server --port 6379', 'the programs of a config that has none, each behind a --'],
  ],
  arguments: [
    configArgument,
    {
      name: 'programs',
      summary: 'programs of a config without any, with their arguments',
      required: false,
      variadic: true,
    },
  ],
  options: [
    { flags: '--only <apps>', summary: 'start these programs only, separated by commas' },
    { flags: '--until <app>', summary: "end when this program has ended ('last': the last one)" },
    { flags: '--trace [apps]', summary: 'print system calls, of these programs or of all' },
    { flags: '--run-dir <dir>', summary: 'where logs and the control socket go' },
    { flags: '--force', summary: 'overwrite files that were edited by hand' },
    outOption,
  ],
  async run(invocation) {
    const project = await openProject(invocation);
    if (!('plan' in project)) return project;
    const given = invocation.arguments.slice(1).filter((word) => word !== undefined);
    const mistaken = [...checkNames(project.plan, invocation.options), ...checkPrograms(project.plan, given)];
    if (mistaken.length > 0) return { diagnostics: [...project.diagnostics, ...mistaken] };
    const built = await buildProject(project, 'specialised', invocation);
    if (!built.binary || built.diagnostics.some(isError)) return { diagnostics: built.diagnostics };
    invocation.talk.say(announcement(project.plan, given, invocation.options));
    const args = [...runtimeArguments(invocation.options), ...(given.length > 0 ? ['--', ...given] : [])];
    const ended = await execute(built.binary, args, invocation);
    if ('diagnostic' in ended) return { diagnostics: [...built.diagnostics, ended.diagnostic] };
    return {
      diagnostics: built.diagnostics,
      exit: ended.status,
      data: { binary: path.relative(invocation.cwd, built.binary), status: ended.status },
    };
  },
};

/** Options that the binary takes too, in its order; `words` are allowed beside names of programs. */
const passedOn = [
  { option: 'only', key: 'only', named: true, words: [] },
  { option: 'until', key: 'until', named: true, words: ['last'] },
  { option: 'trace', key: 'trace', named: true, words: [] },
  { option: 'run-dir', key: 'runDir', named: false, words: [] },
] as const;

/** Programs are named in one place: in the config, or here. */
function checkPrograms({ apps, name }: Plan, given: readonly string[]): Diagnostic[] {
  if (apps.length > 0 && given.length > 0)
    return [diagnose('programsTwice', { name, known: apps.map((app) => app.name), given: given[0] ?? '' })];
  return apps.length === 0 && given.length === 0 ? [diagnose('programsMissing', { name })] : [];
}

function checkNames(plan: Plan, options: OptionValues): Diagnostic[] {
  if (plan.apps.length === 0) return []; // the binary knows, when it has its programs
  const known = plan.apps.map((app) => app.name);
  return passedOn.flatMap(({ option, key, named, words }) => {
    const value = options[key];
    const names = named && typeof value === 'string' ? value.split(',') : [];
    return names
      .filter((name) => !known.includes(name) && !(words as readonly string[]).includes(name))
      .map((name) =>
        diagnose('noSuchProgram', { option: `--${option}`, name, known, suggestion: suggest(name, known) }),
      );
  });
}

/** What will run and where to look, for somebody who sees an empty terminal. */
function announcement(plan: Plan, given: readonly string[], { only, runDir }: OptionValues): string {
  if (given.length > 0) return `running ${given.join(' ')}; Ctrl-C ends it`;
  const wanted = typeof only === 'string' ? only.split(',') : undefined;
  const apps = plan.apps.filter((app) => wanted?.includes(app.name) ?? app.autostart);
  const names = apps.map((app) => app.name).join(', ') || 'no program yet';
  const folder = typeof runDir === 'string' ? runDir : defaultRunDirectory(plan.name);
  const logs = apps.some((app) => app.log !== undefined) ? `; logs are in ${folder}` : '';
  return `running ${names}${logs}; Ctrl-C ends it`;
}

const runtimeArguments = (options: OptionValues): string[] =>
  passedOn.flatMap(({ option, key }) => {
    const value = options[key];
    if (value === undefined || value === false) return [];
    return [value === true ? `--${option}` : `--${option}=${value}`];
  });

/**
 * Runs the binary on our own terminal and gives back its status, as a shell counts it; 130 after Ctrl-C. With --json stdout is ours, so
 * what the programs print goes to stderr. A signal for us is one for the binary; that of a terminal reaches it anyway.
 */
export function execute(
  binary: string,
  args: readonly string[],
  { env, cwd, json, takeSignals }: Pick<Invocation, 'env' | 'cwd' | 'json' | 'takeSignals'>,
): Promise<{ status: number } | { diagnostic: Diagnostic }> {
  takeSignals();
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
    let interrupted = false;
    const forward = (signal: NodeJS.Signals) => {
      interrupted ||= signal === 'SIGINT';
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    // Before the start: a signal in between is forwarded once the start is over.
    for (const signal of signals) process.on(signal, forward);
    const child = spawn(binary, args, { cwd, env, stdio: ['inherit', json ? 2 : 'inherit', 'inherit'] });
    const done = (result: { status: number } | { diagnostic: Diagnostic }) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(result);
    };
    child.on('error', (error) => done({ diagnostic: diagnose('cannotStart', { binary, reason: error.message }) }));
    child.on('exit', (code, signal) => {
      if (interrupted) done({ status: exitCodes.interrupted });
      else done({ status: code ?? 128 + (signal ? constants.signals[signal] : 0) });
    });
  });
}
