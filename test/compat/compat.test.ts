import { afterAll, describe, expect, it } from 'vitest'
import { allCases } from './cases.ts'
import { killAll } from './execute.ts'
import { limiter, runCase } from './run.ts'

/** Each run has a time limit of its own; this one only has to outlast the queue. */
const QUEUE_MS = 30 * 60_000

const queue = limiter(2)
const cases = allCases()

afterAll(killAll)

for (const family of new Set(cases.map((test) => test.family))) {
  describe.concurrent(family, () => {
    for (const test of cases.filter((c) => c.family === family))
      it(test.name + (test.variant === 'glibc' ? '' : ` (${test.variant})`), QUEUE_MS, async (context) => {
        const { verdict, faults } = await queue(() => runCase(test))
        if (verdict === 'skipped') context.skip(faults.join())
        expect(faults.join('\n')).toBe('')
      })
  })
}
