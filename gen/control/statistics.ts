/** Counters in shared memory, read through the addon. */
import { createRequire } from 'node:module';
import { controlSocket } from './run-directory.ts';
import { RuntimeError } from './runtime-error.ts';

/** What the addon gives: binding/addon/addon.cc. */
interface Addon {
  open(socketPath: string): Promise<NativeStatistics>;
}

interface NativeStatistics {
  readonly layout: {
    readonly pid: number;
    readonly workerRows: number;
    readonly appRows: number;
    readonly workerCounters: readonly string[];
    readonly appCounters: readonly string[];
  };
  /** Copies counters, workers' rows first, from number `first` on until target is full. */
  read(first: number, target: Float64Array): void;
}

/** One row, by the names of its counters. Exact up to 2^53, rounded to the nearest double beyond. */
export type Row = Readonly<Record<string, number>>;

export interface Statistics {
  readonly workerRows: number;
  readonly appRows: number;
  /** index < workerRows. */
  worker(index: number): Row;
  /** index < appRows; programs have the order that `status` names them in. */
  app(index: number): Row;
}

/** From the names of stats.def to those of JavaScript: patched_calls is patchedCalls. */
export const counterName = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const require = createRequire(import.meta.url);

/** @param addonFile path of the compiled addon. @throws RuntimeError bad-statistics. */
export async function openStatistics(addonFile: string, runDirectory: string): Promise<Statistics> {
  let native: NativeStatistics;
  try {
    native = await (require(addonFile) as Addon).open(controlSocket(runDirectory));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RuntimeError('bad-statistics', `no statistics from the runtime in ${runDirectory}: ${reason}`, {
      cause: error,
    });
  }
  const { workerRows, appRows, workerCounters, appCounters } = native.layout;
  const read = (names: readonly string[], rowsAt: number) => {
    const columns = names.map(counterName);
    const values = new Float64Array(columns.length);
    return (index: number): Row => {
      native.read(rowsAt + index * columns.length, values);
      return Object.fromEntries(columns.map((column, i) => [column, values[i] as number]));
    };
  };
  return {
    workerRows,
    appRows,
    worker: read(workerCounters, 0),
    app: read(appCounters, workerRows * workerCounters.length),
  };
}
