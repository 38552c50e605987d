import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Spec } from '../types.ts';

/** Something that must hold between several keys of a config whose shape is right. */
export interface Rule {
  /** Keys that it looks at, with * for any name or index. */
  readonly reads: readonly string[];
  check(spec: Spec): Iterable<Diagnostic>;
}

/** Calls seen for each value that was there before. */
export function* repeated<T, R>(values: Iterable<T>, key: (value: T) => unknown, seen: (value: T) => R): Generator<R> {
  const keys = new Set<unknown>();
  for (const value of values) {
    const k = key(value);
    if (k === undefined) continue;
    if (keys.has(k)) yield seen(value);
    keys.add(k);
  }
}
