import { join } from 'node:path';
import type { Case } from './cases.ts';
import { compatDir } from './cases.ts';
import { differences, isSkipped, nativeFaults } from './compare.ts';
import { compile } from './compile.ts';
import { runFused, runNative } from './execute.ts';

/** Verdict on one case; `faults` is empty unless it failed. */
export interface Verdict {
  readonly test: Case;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  readonly faults: readonly string[];
}

/** How a suite is run. */
export interface Options {
  /** The generic binary; undefined: the programs are only run on Linux. */
  readonly runtime: string | undefined;
  readonly buildDir: string;
  /** Time limit of one run, in milliseconds. */
  readonly limitMs: number;
}

export const defaultOptions: Options = {
  runtime: undefined,
  buildDir: join(compatDir, '..', '..', 'out', 'test', 'compat'),
  limitMs: 30_000,
};

/** Compiles one case and runs it on Linux and under the runtime. */
export async function runCase(test: Case, options: Options = defaultOptions): Promise<Verdict> {
  const program = await compile(test, options.buildDir);
  const setting = {
    cwd: join(options.buildDir, 'run', test.id.replace('/', '-')),
    limitMs: options.limitMs,
  };
  const native = await runNative(test, program, setting);
  if (isSkipped(native)) return { test, verdict: 'skipped', faults: [native.stdout.trim()] };
  const faults = nativeFaults(test, native);
  if (faults.length === 0 && options.runtime !== undefined)
    faults.push(...differences(test, native, await runFused(options.runtime, test, program, setting)));
  return { test, verdict: faults.length === 0 ? 'passed' : 'failed', faults };
}

/** Lets at most `limit` of the functions given to it run at a time. */
export function limiter(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let active = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (active >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else active++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else active--;
    }
  };
}
