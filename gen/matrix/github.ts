/** For `strategy.matrix: ${{ fromJSON(...) }}` of a GitHub workflow. */
import { argumentsOf, type Job } from './job.ts';

/** A workflow's matrix makes no more jobs than that (docs.github.com, "Running variations of jobs in a workflow"). */
export const githubLimit = 256;

/** On one line: it goes through a file of `name=value` lines. */
export const githubMatrix = (jobs: readonly Job[], out: string): string =>
  JSON.stringify({ include: entries(jobs, out) });

const entries = (jobs: readonly Job[], out: string) =>
  jobs.map((job) => ({
    ...{ id: job.id, config: job.config, name: job.name, march: job.march, cc: job.cc },
    ...{ target: job.target ?? '', reason: job.reason },
    command: argumentsOf(job, out).join(' '),
  }));
