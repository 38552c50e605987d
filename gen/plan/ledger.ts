/** Collects decisions while they are made. */
import type { Decision, DecisionValue, Source } from './plan.ts';

/** What holds where the config says nothing. */
export interface Otherwise<T> {
  readonly value: T;
  readonly reason: string;
  readonly source: Exclude<Source, 'user'>;
}

export class Ledger {
  readonly #decisions: Decision[] = [];

  /** The config's own value if it has one, otherwise the other one. */
  choose<T extends DecisionValue>(key: string, said: T | undefined, otherwise: Otherwise<T>): T {
    if (said === undefined) return this.derive(key, otherwise.value, otherwise.reason, otherwise.source);
    this.#decisions.push({ key, value: said, reason: 'the config says so', source: 'user' });
    return said;
  }

  /** Something that follows from other decisions. */
  derive<T extends DecisionValue>(
    key: string,
    value: T,
    reason: string,
    source: Otherwise<T>['source'] = 'derived',
  ): T {
    this.#decisions.push({ key, value, reason, source });
    return value;
  }

  /** Sorted by key. */
  decisions(): Decision[] {
    return [...this.#decisions].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
