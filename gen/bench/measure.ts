/** Runs a pair: chooses each side's variant, then takes turns. What a run is, is given: nothing here starts a process. */
import type { Pair, Variant } from './pair.ts';
import { isBetter, median, ratio, type Summary, summarise } from './statistics.ts';

/** Makes one run and gives its figure. @throws when the run fails or is given up. */
export type Run = (pair: Pair, variant: Variant) => Promise<number>;

export interface SideResult extends Summary {
  readonly variant: string;
  readonly samples: readonly number[];
}

export interface PairResult {
  readonly pair: Pair;
  readonly linux: SideResult;
  readonly ours: SideResult;
  /** Above 1: ours is better. */
  readonly ratio: number;
  /** The other side against itself, measured in the same turns: how far from 1 chance alone leads. */
  readonly selfControl: number;
}

/** Runs of a variant that decide whether it is its side's best. */
const TRIALS = 3;

/** The variant with the best median of a few runs; a side with one variant has nothing to choose. */
async function bestVariant(pair: Pair, variants: readonly Variant[], run: Run): Promise<Variant> {
  const [first, ...others] = variants;
  if (first === undefined) throw new Error(`${pair.id} has a side without variants`);
  if (others.length === 0) return first;
  const trials = await takeTurns(variants, TRIALS, (variant) => run(pair, variant));
  const medians = trials.map(median);
  const best = medians.reduce((a, b) => (isBetter(pair.better, b, a) ? b : a));
  return variants[medians.indexOf(best)] ?? first;
}

/**
 * `rounds` rounds of one run of each side: A B C, C B A, A B C, so that a drift of the machine meets all alike.
 * @returns the samples of each side.
 */
export async function takeTurns<T>(
  sides: readonly T[],
  rounds: number,
  run: (side: T) => Promise<number>,
): Promise<number[][]> {
  const samples: number[][] = sides.map(() => []);
  const order = [...sides.keys()];
  for (let round = 0; round < rounds; round++) {
    for (const index of order) samples[index]?.push(await run(sides[index] as T));
    order.reverse();
  }
  return samples;
}

/** Measures a pair over an odd number of rounds. */
export async function measurePair(pair: Pair, rounds: number, run: Run): Promise<PairResult> {
  const linux = await bestVariant(pair, pair.linux, run);
  const ours = await bestVariant(pair, pair.ours, run);
  const [first = [], second = [], control = []] = await takeTurns([linux, ours, linux], rounds, (v) => run(pair, v));
  const linuxResult = { variant: linux.name, samples: first, ...summarise(first) };
  const oursResult = { variant: ours.name, samples: second, ...summarise(second) };
  return {
    pair,
    linux: linuxResult,
    ours: oursResult,
    ratio: ratio(pair.better, linuxResult.median, oursResult.median),
    selfControl: ratio(pair.better, linuxResult.median, median(control)),
  };
}
