/** The runtime's own list of counters (runtime-c/base/stats.def), for those who print it in another language. */
import { readFileSync } from 'node:fs';

export interface Counter {
  /** As the statistics region names it. */
  readonly name: string;
  readonly help: string;
}

export interface CounterTables {
  readonly worker: readonly Counter[];
  readonly app: readonly Counter[];
}

const list = new URL('../../../runtime-c/base/stats.def', import.meta.url);

export function readCounters(): CounterTables {
  const entries = [...readFileSync(list, 'utf8').matchAll(/^BP_(WORKER|APP)_STAT\(\w+, "(\w+)", "(.+)"\)$/gm)];
  const of = (kind: string): Counter[] =>
    entries.filter((entry) => entry[1] === kind).map(([, , name = '', help = '']) => ({ name, help }));
  return { worker: of('WORKER'), app: of('APP') };
}
