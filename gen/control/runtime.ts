/** A runtime that runs, as its owner steers it: every question is one request to its control socket. */
import { constants } from 'node:os';
import type { App, AppStatus, Runtime, StopOptions } from './api.ts';
import { ask } from './ask.ts';
import { askNetwork } from './network.ts';
import { RuntimeError } from './runtime-error.ts';
import type { Row, Statistics } from './statistics.ts';
import { askStatus } from './status.ts';
import { waitFor } from './wait.ts';

export type AnyRuntime = Runtime<string, Row, Row>;

const defaultStopMilliseconds = 10_000;

/** names: of its programs, in the order of its statistics. */
export function makeRuntime(
  names: readonly string[],
  pid: number,
  runDirectory: string,
  statistics: Statistics,
): AnyRuntime {
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
    network: () => askNetwork(runDirectory),
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
