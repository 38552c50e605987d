/** The runtime's own list of counters (runtime-c/base/stats.def and what that includes), for those who print it in another language. */
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

const read = (file: string): string => readFileSync(new URL(`../../../runtime-c/${file}`, import.meta.url), 'utf8');

export function readCounters(): CounterTables {
  const entries = [...read('base/stats.def').matchAll(/^BP_(WORKER|APP)_STAT\(\w+, "(\w+)", "(.+)"\)$/gm)];
  const drops = [...read('net/drop.def').matchAll(/^BP_DROP\(\w+, "(\w+)", "(.+)"\)$/gm)];
  const of = (kind: string): Counter[] =>
    entries.filter((entry) => entry[1] === kind).map(([, , name = '', help = '']) => ({ name, help }));
  const dropped = drops.map(([, name = '', help = '']) => ({ name: `drop_${name}`, help: `packets dropped: ${help}` }));
  return { worker: [...of('WORKER'), ...dropped], app: of('APP') };
}
