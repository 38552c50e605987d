/**
 * Runs compat cases from a terminal:
 *   npm run compat -- [--native] [--repeat N] [--jobs N] [pattern...]
 * A pattern is a part of a case's id. Exit status 1 when a case failed.
 */
import { parseArgs } from 'node:util';
import { allCases } from './cases.ts';
import { killAll } from './execute.ts';
import { defaultOptions, limiter, runCase } from './run.ts';
import { genericBinary } from './runtime.ts';

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: {
    native: { type: 'boolean', default: false },
    repeat: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
});

process.on('SIGINT', () => {
  killAll();
  process.exit(130);
});

const options = values.native ? defaultOptions : { ...defaultOptions, runtime: await genericBinary() };
const cases = allCases().filter((c) => positionals.length === 0 || positionals.some((p) => c.id.includes(p)));
const queue = limiter(Number(values.jobs));
const count = { passed: 0, failed: 0, skipped: 0 };

for (let round = 0; round < Number(values.repeat); round++)
  await Promise.all(
    cases.map((test) =>
      queue(async () => {
        const { verdict, faults } = await runCase(test, options).catch((error: Error) => ({
          verdict: 'failed' as const,
          faults: [error.message],
        }));
        count[verdict]++;
        if (verdict !== 'passed') console.log([`${verdict}: ${test.id}`, ...faults].join('\n    '));
      }),
    ),
  );

console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 ? 1 : 0;
