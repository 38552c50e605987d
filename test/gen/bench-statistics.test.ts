/** The numbers of a report, and the order of the runs that they come from. */
import { describe, expect, it } from 'vitest';
import { measurePair, takeTurns } from '../../gen/bench/measure.ts';
import type { Pair, Variant } from '../../gen/bench/pair.ts';
import { isBetter, median, ratio, summarise } from '../../gen/bench/statistics.ts';

describe('statistics', () => {
  it('takes the middle value, or the mean of the two middle ones', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(() => median([])).toThrow('median of nothing');
  });

  it('does not reorder what it is given', () => {
    const samples = [3, 1, 2];
    expect(summarise(samples)).toEqual({ median: 2, min: 1, max: 3 });
    expect(samples).toEqual([3, 1, 2]);
  });

  it('has ratios above 1 where ours is better, whatever better means', () => {
    expect(ratio('higher', 100, 400)).toBe(4);
    expect(ratio('lower', 100, 400)).toBe(0.25);
    expect(isBetter('lower', 1, 2)).toBe(true);
    expect(isBetter('higher', 1, 2)).toBe(false);
  });
});

const variant = (name: string): Variant => ({ name, runner: 'linux', cores: 1 });

const pairOf = (linux: string[], ours: string[]): Pair => ({
  id: 'x',
  title: 'x',
  unit: 'ns',
  better: 'lower',
  workload: { programs: () => [], figure: () => undefined, needs: {} },
  linux: linux.map(variant),
  ours: ours.map(variant),
});

describe('a pair', () => {
  it('takes turns, in an order that is turned round each time', async () => {
    const order: string[] = [];
    const samples = await takeTurns(['a', 'b', 'c'], 3, async (side) => {
      order.push(side);
      return order.length;
    });
    expect(order.join('')).toBe('abccbaabc');
    expect(samples).toEqual([
      [1, 6, 7],
      [2, 5, 8],
      [3, 4, 9],
    ]);
  });

  it('compares medians, and the other side with itself', async () => {
    const figures: Record<string, number[]> = { linux: [100, 90, 110, 100, 100, 90], ours: [10, 20, 10] };
    const result = await measurePair(
      pairOf(['linux'], ['ours']),
      3,
      async (_, { name }) => figures[name]?.shift() ?? 0,
    );
    expect(result.ratio).toBe(10);
    expect(result.linux).toMatchObject({ variant: 'linux', median: 100, min: 100, max: 100 });
    expect(result.ours.samples).toEqual([10, 20, 10]);
    expect(result.selfControl).toBeCloseTo(100 / 90);
  });

  it('uses the best variant of each side', async () => {
    const speed: Record<string, number> = { slow: 9, fast: 5, good: 2, bad: 3 };
    const result = await measurePair(pairOf(['slow', 'fast'], ['good', 'bad']), 3, async (_, v) => speed[v.name] ?? 0);
    expect(result).toMatchObject({ linux: { variant: 'fast' }, ours: { variant: 'good' }, ratio: 2.5 });
  });

  it('is given up when a run fails', async () => {
    const failing = measurePair(pairOf(['linux'], ['ours']), 3, async () => {
      throw new Error('no figure');
    });
    await expect(failing).rejects.toThrow('no figure');
  });
});
