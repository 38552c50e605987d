/** The few numbers that a report is made of. */
import type { Better } from './pair.ts';

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value; the mean of the two middle ones of an even count. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 ? middle : middle - 1];
  if (upper === undefined || lower === undefined) throw new Error('median of nothing');
  return (lower + upper) / 2;
}

export const summarise = (samples: readonly number[]): Summary => ({
  median: median(samples),
  min: Math.min(...samples),
  max: Math.max(...samples),
});

/** How much better `ours` is than `other`: above 1 when it is. */
export const ratio = (better: Better, other: number, ours: number): number =>
  better === 'higher' ? ours / other : other / ours;

/** The better of two figures. */
export const isBetter = (better: Better, a: number, b: number): boolean => ratio(better, b, a) > 1;
