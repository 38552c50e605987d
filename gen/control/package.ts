/** What a generated package does: start or find its runtime, and speak to it. */
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App, AppStatus, ConnectOptions, Runtime, RuntimeStatus, StartOptions, StopOptions } from './api.ts';
import { ask } from './ask.ts';
import { launch } from './launch.ts';
import { checkMachine, type Machine, type Requirements } from './requirements.ts';
import { defaultRunDirectory } from './run-directory.ts';
import { RuntimeError } from './runtime-error.ts';
import { openStatistics, type Row, type Statistics } from './statistics.ts';
import { askStatus } from './status.ts';
import { waitFor } from './wait.ts';

/** What the generator tells a package about itself. */
export interface PackageDescription extends Requirements {
  /** URL of the package's index.js. */
  readonly url: string;
  /** SHA-256 of the config. */
  readonly build: string;
  /** Names of the programs, sorted. */
  readonly apps: readonly string[];
}

type AnyRuntime = Runtime<string, Row, Row>;

export interface Package {
  start(options?: StartOptions<string>): Promise<AnyRuntime>;
  connect(options?: ConnectOptions): Promise<AnyRuntime>;
}

/** The two functions of a package. machine: tests give another. */
export function definePackage(description: PackageDescription, machine?: Machine): Package {
  const { name, march, apps, url } = description;
  const file = (relative: string) => fileURLToPath(new URL(relative, url));

  async function attach(status: RuntimeStatus<string>, runDirectory: string): Promise<AnyRuntime> {
    checkIdentity(description, status, runDirectory);
    const statistics = await openStatistics(file(`prebuilds/linux-x64/${name}.node`), runDirectory);
    if (statistics.appRows !== apps.length)
      throw new RuntimeError(
        'bad-statistics',
        `the runtime in ${runDirectory} counts for ${statistics.appRows} programs, not for ${apps.length}`,
      );
    return makeRuntime(apps, status.pid, runDirectory, statistics);
  }

  return {
    async start(options = {}) {
      checkMachine(description, machine);
      const runDirectory = chooseRunDirectory(name, options);
      for (const app of options.only ?? []) {
        if (!apps.includes(app)) throw new RangeError(`only: ${name} has no program '${app}', but ${apps.join(', ')}`);
      }
      const { status, child } = await launch({ ...options, name, march, binary: file(`bin/${name}`), runDirectory });
      try {
        return await attach(status, runDirectory);
      } catch (error) {
        child.kill('SIGKILL');
        throw error;
      }
    },
    async connect(options = {}) {
      checkMachine(description, machine);
      const runDirectory = chooseRunDirectory(name, options);
      return attach(await askStatus(runDirectory), runDirectory);
    },
  };
}

const chooseRunDirectory = (name: string, { runDirectory }: ConnectOptions): string =>
  runDirectory === undefined ? defaultRunDirectory(name) : path.resolve(runDirectory);

function checkIdentity({ name, build }: PackageDescription, status: RuntimeStatus<string>, runDirectory: string): void {
  if (status.name === name && status.build === build) return;
  const what = status.name === name ? `${name}, but built from another config,` : `${status.name}, not ${name},`;
  throw new RuntimeError(
    'other-runtime',
    `${what} runs in ${runDirectory} as process ${status.pid}; stop it, or give the runDirectory of the one that is meant`,
  );
}

const defaultStopMilliseconds = 10_000;

function makeRuntime(names: readonly string[], pid: number, runDirectory: string, statistics: Statistics): AnyRuntime {
  const apps = names.map((name, index): [string, App<Row>] => [name, makeApp(name, index, runDirectory, statistics)]);
  return Object.freeze({
    pid,
    runDirectory,
    apps: Object.freeze(Object.fromEntries(apps)),
    status: () => askStatus(runDirectory),
    counters: () => ({
      workers: Array.from({ length: statistics.workerRows }, (_, index) => statistics.worker(index)),
      apps: Object.fromEntries(names.map((name, index) => [name, statistics.app(index)])),
    }),
    async stop({ timeout = defaultStopMilliseconds }: StopOptions = {}) {
      try {
        await ask(runDirectory, 'shutdown', { untilClosed: timeout });
      } catch (error) {
        if (!(error instanceof RuntimeError && error.code === 'not-running')) throw error;
      }
    },
  });
}

function makeApp(name: string, index: number, runDirectory: string, statistics: Statistics): App<Row> {
  const status = async (): Promise<AppStatus> => {
    const found = (await askStatus(runDirectory)).apps[name];
    if (found) return found;
    throw new RuntimeError('other-runtime', `the runtime in ${runDirectory} has no program '${name}' any more`);
  };
  return Object.freeze({
    status,
    async start() {
      await ask(runDirectory, `start ${name}`);
    },
    async stop({ timeout = defaultStopMilliseconds }: StopOptions = {}) {
      const stopped = async () => {
        const now = await status();
        return now.state === 'stopped' ? now : undefined;
      };
      await ask(runDirectory, `stop ${name}`).catch(async (error) => {
        if (!(await stopped())) throw error;
      });
      const complaint = `${name} has not ended ${timeout} ms after SIGTERM; signal('SIGKILL') ends it for certain`;
      return waitFor(stopped, timeout, complaint);
    },
    async signal(signal: string | number) {
      await ask(runDirectory, `signal ${name} ${signalNumber(signal)}`);
    },
    counters: () => statistics.app(index),
  });
}

const signalMax = 64;

function signalNumber(signal: string | number): number {
  const number = typeof signal === 'number' ? signal : constants.signals[signal as NodeJS.Signals];
  if (Number.isInteger(number) && number >= 1 && number <= signalMax) return number;
  throw new RangeError(`there is no signal ${signal}`);
}
