/** The two ways to run a scenario: as processes of Linux, or fused under the runtime. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../gen/control/ask.ts';
import { openStatistics } from '../../gen/control/statistics.ts';
import { askStatus } from '../../gen/control/status.ts';
import { waitFor } from '../../gen/control/wait.ts';
import { environment, type Started, start } from './processes.ts';
import type { Command, Ended, Place, Scenario, Server } from './program.ts';

/** No task and no start of a server takes longer. */
const LIMIT_MS = 40_000;
const PAUSE_MS = 5;

/** Both sides run on one core: the first. */
const pinned = (command: Command): Command => ['taskset', '-c', '0', ...command];

/** The runtime's counters of a whole run. */
export interface Calls {
  readonly patched: number;
  readonly trapped: number;
}

/** What the two ways differ in. */
export interface Ground {
  /** Starts a server; it need not be ready yet. */
  serve(name: string): Promise<void>;
  /** Starts a task and waits for its end. @returns its status. */
  finish(name: string): Promise<number>;
  pid(server: string): Promise<number>;
  /** Why nothing can become ready any more; undefined when all is well. */
  failure(): string | undefined;
  /** What servers printed. */
  output(): string;
  calls(): Promise<Calls | undefined>;
  /** Asks everything to end. */
  stop(): Promise<void>;
}

/** A task's output goes to files named after it. */
const captured = (folder: string, name: string, command: Command): Command => [
  'sh',
  '-c',
  'exec "$@" >"$0.stdout" 2>"$0.stderr" </dev/null',
  path.join(folder, `task-${name}`),
  ...command,
];

export function readEnded(folder: string, name: string, status: number, milliseconds: number): Ended {
  const read = (stream: string) => fs.readFileSync(path.join(folder, `task-${name}.${stream}`), 'utf8');
  return { status, stdout: read('stdout'), stderr: read('stderr'), milliseconds };
}

const inTime = <T>(what: string, work: Promise<T>): Promise<T> => {
  const over = new AbortController();
  const late = sleep(LIMIT_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${what} did not end in ${LIMIT_MS} ms`);
  });
  late.catch(() => {});
  return Promise.race([work, late]).finally(() => over.abort());
};

const command = <T>(table: Readonly<Record<string, T>> | undefined, name: string): T => {
  const found = table?.[name];
  if (found === undefined) throw new Error(`the scenario has no '${name}'`);
  return found;
};

/** Each program is a process. */
export function nativeGround({ servers, tasks }: Scenario, { folder }: Place, mark: string): Ground {
  const env = environment(folder, mark);
  const running = new Map<string, Started>();
  return {
    async serve(name) {
      running.set(name, start(pinned(command<Server>(servers, name).command), folder, env));
    },
    finish: (name) =>
      inTime(name, start(pinned(captured(folder, name, command<Command>(tasks, name))), folder, env).ended),
    async pid(name) {
      return command(Object.fromEntries(running), name).pid;
    },
    failure: () => [...running].find(([, server]) => server.hasEnded())?.[0].concat(' has ended'),
    output: () => [...running.values()].map((server) => server.output()).join(''),
    calls: async () => undefined,
    async stop() {
      for (const server of running.values()) server.child.kill('SIGTERM');
      await inTime('a server', Promise.all([...running.values()].map((server) => server.ended)));
    },
  };
}

/** Names that the runtime gives to the programs of its command line: the file's, numbered from the second on. */
function appNames(commands: readonly Command[]): string[] {
  const seen = new Map<string, number>();
  return commands.map(([file = '']) => {
    const name = path.basename(file);
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return number === 1 ? name : `${name}-${number}`;
  });
}

const SEPARATOR = '::';

/** Keeps the runtime up until its standard input, our end of a pipe, is closed: also by our death. */
const anchor: Command = ['cat'];

/** @param addon reads the statistics (binding/addon). */
export async function fusedGround(
  { servers = {}, tasks }: Scenario,
  { folder }: Place,
  mark: string,
  runtime: string,
  addon: string | undefined,
): Promise<Ground> {
  const entries = [
    ...Object.entries(servers).map(([name, server]) => [name, server.command] as const),
    ...Object.entries(tasks).map(([name, task]) => [name, captured(folder, name, task)] as const),
  ];
  const commands = [anchor, ...entries.map(([, command]) => command)];
  const names = appNames(commands);
  const apps = Object.fromEntries(entries.map(([name], index) => [name, names[index + 1] ?? '']));
  const runDirectory = path.join(folder, '.runtime');
  fs.mkdirSync(runDirectory, { mode: 0o700 });
  const args = [`--run-dir=${runDirectory}`, `--only=${anchor[0]}`, `--until=${anchor[0]}`, `--separator=${SEPARATOR}`];
  const programs = commands.flatMap((command, index) => [index === 0 ? '--' : SEPARATOR, ...command]);
  const process = start(pinned([runtime, ...args, ...programs]), folder, environment(folder, mark));
  const failure = () => (process.hasEnded() ? 'the runtime has ended' : undefined);
  const state = async (name: string) => command((await askStatus(runDirectory)).apps, command(apps, name));
  await waitFor(
    async () => failure() !== undefined || (await askStatus(runDirectory).catch(() => undefined)),
    10_000,
    'the runtime opens no control socket',
  );
  const statistics = addon === undefined ? undefined : await openStatistics(addon, runDirectory);
  return {
    serve: async (name) => void (await ask(runDirectory, `start ${command(apps, name)}`)),
    async finish(name) {
      await ask(runDirectory, `start ${command(apps, name)}`);
      for (const end = performance.now() + LIMIT_MS; performance.now() < end; await sleep(PAUSE_MS)) {
        const now = await state(name);
        if (now.state === 'stopped') return now.signal === undefined ? (now.exitStatus ?? -1) : 128 + now.signal;
      }
      throw new Error(`${name} did not end in ${LIMIT_MS} ms`);
    },
    async pid(name) {
      const now = await state(name);
      if (now.state !== 'running') throw new Error(`${name} does not run`);
      return now.pid;
    },
    failure,
    output: process.output,
    async calls() {
      if (statistics === undefined) return undefined;
      const rows = Array.from({ length: statistics.workerRows }, (_, index) => statistics.worker(index));
      const sum = (counter: string) => rows.reduce((total, row) => total + (row[counter] ?? 0), 0);
      return { patched: sum('patchedCalls'), trapped: sum('trappedCalls') };
    },
    async stop() {
      process.child.stdin?.end();
      await inTime('the runtime', process.ended);
    },
  };
}
