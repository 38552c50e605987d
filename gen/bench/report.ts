/** What was measured, as one object; and as JSON, whose format is a promise. */
import type { Facts } from './facts.ts';
import type { PairResult, SideResult } from './measure.ts';
import { nameOfOtherSide, type Pair } from './pair.ts';

/** A pair without result: one of its runs failed. */
export interface PairFailure {
  readonly pair: Pair;
  readonly reason: string;
}

export interface Report {
  readonly config: string;
  readonly facts: Facts;
  readonly results: readonly PairResult[];
  readonly failures: readonly PairFailure[];
}

/** About three significant digits: no figure here is worth more. */
export function formatFigure(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)}k`;
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** What the project has set itself for the pair, and whether it was reached. */
export function verdict({ pair, ours, ratio }: PairResult): { target: string; reached: boolean } | undefined {
  const { target } = pair;
  if (target === undefined) return undefined;
  if ('ratio' in target) return { target: `≥ ${target.ratio}×`, reached: ratio >= target.ratio };
  return { target: `≤ ${target.median} ${pair.unit}`, reached: ours.median <= target.median };
}

/** One line for the reader: who was compared, where. */
export const describeSides = ({ pair, linux, ours }: PairResult): string =>
  `${nameOfOtherSide(pair)}: ${linux.variant}; ours: ${ours.variant}`;

const sideJson = ({ variant, median, min, max }: SideResult) => ({ variant, median, min, max });

export interface ReportJson {
  readonly format_version: 1;
  readonly machine: Facts;
  readonly pairs: readonly {
    readonly id: string;
    readonly unit: string;
    readonly better: 'higher' | 'lower';
    readonly linux: ReturnType<typeof sideJson>;
    readonly ours: ReturnType<typeof sideJson>;
    readonly ratio: number;
    readonly selfControl: number;
  }[];
}

export const reportJson = ({ facts, results }: Report): ReportJson => ({
  format_version: 1,
  machine: facts,
  pairs: results.map(({ pair, linux, ours, ratio, selfControl }) => ({
    id: pair.id,
    unit: pair.unit,
    better: pair.better,
    linux: sideJson(linux),
    ours: sideJson(ours),
    ratio,
    selfControl,
  })),
});
