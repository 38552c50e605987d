/** A whole benchmark: prepares what the pairs need, measures them one after the other, and gathers the report. */
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import type { Talk } from '../terminal/talk.ts';
import { readFacts, type Settings } from './facts.ts';
import { measurePair, type Run } from './measure.ts';
import type { Pair } from './pair.ts';
import type { PairFailure, Report } from './report.ts';
import { RunFailed } from './waiting.ts';

/** What full and quick runs differ in. Rounds are odd, so that the median is a run that was made. */
export const settingsOf = (quick: boolean, benchCores: readonly number[]): Settings =>
  quick
    ? { quick, rounds: 7, milliseconds: 200, requests: 60_000, benchCores }
    : { quick, rounds: 9, milliseconds: 1000, requests: 300_000, benchCores };

/** Measures pair by pair; one that fails does not keep the others from being measured. */
export async function measureAll(
  pairs: readonly Pair[],
  { config, settings, run, env, talk }: BenchOptions,
): Promise<{ report: Report; diagnostics: Diagnostic[] }> {
  const facts = readFacts(settings, env);
  const results = [];
  const failures: PairFailure[] = [];
  for (const [index, pair] of pairs.entries()) {
    talk.progress(pair.id, index + 1, pairs.length);
    try {
      results.push(await measurePair(pair, settings.rounds, run));
    } catch (error) {
      if (!(error instanceof RunFailed)) throw error;
      failures.push({ pair, reason: error.message });
    }
  }
  talk.finish();
  const diagnostics = failures.map(({ pair, reason }) => diagnose('benchFailed', { id: pair.id, reason }));
  return { report: { config, facts, results, failures }, diagnostics };
}

export interface BenchOptions {
  /** As the user named it. */
  readonly config: string;
  readonly settings: Settings;
  readonly run: Run;
  readonly env: NodeJS.ProcessEnv;
  readonly talk: Talk;
}
