/** Does the jobs of a matrix here, some at a time. */
import type { Talk } from '../../terminal/talk.ts';
import type { Job } from '../job.ts';
import type { Result, State } from './state.ts';

/** How a job is done; given, so that tests can do without a build. */
export type Work = (job: Job, stop: AbortSignal) => Promise<Omit<Result, 'key' | 'seconds'>>;

export interface MatrixRun {
  readonly jobs: readonly Job[];
  readonly keyOf: (job: Job) => string;
  readonly state: State;
  readonly work: Work;
  /** Jobs at the same time. */
  readonly width: number;
  readonly talk: Talk;
  /** Aborted: what runs is to end, and nothing new begins. */
  readonly stop: AbortSignal;
}

export interface Row extends Result {
  readonly job: Job;
  /** It was done by an earlier run. */
  readonly earlier: boolean;
}

/** @returns a row for each job that is settled, in the order of the jobs; fewer after an interruption. */
export async function runMatrix(run: MatrixRun): Promise<Row[]> {
  const rows = new Map<string, Row>();
  const open: Job[] = [];
  for (const job of run.jobs) {
    const earlier = run.state.settled(job, run.keyOf(job));
    if (earlier) rows.set(job.id, { ...earlier, job, earlier: true });
    else open.push(job);
  }
  if (rows.size > 0) run.talk.say(`${rows.size} of ${run.jobs.length} jobs were done before; --fresh does them again`);
  const queue = open.values();
  const lane = async () => {
    for (const job of queue) {
      const row = run.stop.aborted ? undefined : await doJob(run, job);
      if (!row) return;
      rows.set(job.id, row);
      run.talk.progress(`${row.status}  ${job.id}`, rows.size, run.jobs.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(run.width, open.length) }, lane));
  run.talk.finish();
  return run.jobs.flatMap((job) => rows.get(job.id) ?? []);
}

/** undefined: it was interrupted, and is as good as not begun. */
async function doJob({ work, state, keyOf, stop }: MatrixRun, job: Job): Promise<Row | undefined> {
  const started = process.hrtime.bigint();
  const outcome = await work(job, stop);
  if (stop.aborted) return undefined;
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const result: Result = { ...outcome, key: keyOf(job), seconds: Math.round(seconds * 10) / 10 };
  state.record(job, result);
  return { ...result, job, earlier: false };
}
