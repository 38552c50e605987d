/** What a verification says: a row for each thing that was looked at. */
import type { Ending } from './guest/guest.ts';

export type Status = 'passed' | 'failed' | 'skipped';

export interface Row {
  /** 'net0: receive function' */
  readonly what: string;
  readonly status: Status;
  /** Absent where nothing is planned: the thing has to work. */
  readonly planned?: string;
  /** What was read back, or why nothing was. */
  readonly found: string;
}

/** What a target brought home, before anybody has judged it. */
export interface Evidence {
  readonly ending: Ending;
  /** Why it ended, in words. */
  readonly reason: string;
  /** What the dialog told, by name. */
  readonly found: ReadonlyMap<string, string>;
  /** The last lines that were printed. */
  readonly console: readonly string[];
  readonly seconds: number;
  /** Where it ran, for people. */
  readonly place: string;
}

export interface Verdict {
  readonly name: string;
  readonly config: string;
  readonly target: string;
  readonly place: string;
  readonly status: Status;
  readonly seconds: number;
  readonly rows: readonly Row[];
  /** Only of a verdict that is not passed. */
  readonly console: readonly string[];
}

/** All rows passed, or were skipped; with none that passed, the whole is skipped. */
export function statusOf(rows: readonly Row[]): Status {
  if (rows.some(({ status }) => status === 'failed')) return 'failed';
  return rows.some(({ status }) => status === 'passed') ? 'passed' : 'skipped';
}
