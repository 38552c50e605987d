import { afterAll, describe, expect, it } from 'vitest';
import { allCases } from './cases.ts';
import { killAll } from './execute.ts';
import gaps from './known-gaps.json' with { type: 'json' };
import { defaultOptions, limiter, runCase } from './run.ts';
import { genericBinary } from './runtime.ts';

/**
 * Cases in which the runtime is known to differ from Linux, with what is missing. One that passes must leave the list,
 * unless it is said to vary.
 */
const knownGaps: Record<string, string | undefined> = gaps;

/** Each run has a time limit of its own; this one only has to outlast the queue, and the build before it. */
const timeout = 30 * 60_000;

const queue = limiter(2);
const cases = allCases();
const runtime = genericBinary();

afterAll(killAll);

for (const family of new Set(cases.map((test) => test.family))) {
  describe.concurrent(family, () => {
    for (const test of cases.filter((c) => c.family === family))
      it(test.id.slice(family.length + 1), { timeout }, async (context) => {
        const options = { ...defaultOptions, runtime: await runtime };
        const { verdict, faults } = await queue(() => runCase(test, options));
        if (verdict === 'skipped') context.skip(faults.join());
        const gap = knownGaps[test.id];
        if (gap?.startsWith('varies')) return;
        if (gap) expect(faults, `closed: take it off known-gaps.json (${gap})`).not.toEqual([]);
        else expect(faults.join('\n')).toBe('');
      });
  });
}
