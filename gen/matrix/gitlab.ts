/**
 * A GitLab pipeline with a job for each of ours. GitLab's `parallel: matrix` cannot be computed, but a pipeline can be made
 * by a job and started by `trigger: include: artifact` (docs.gitlab.com, "Downstream pipelines"). It is YAML, of which JSON
 * is a part.
 */
import { argumentsOf, type Job } from './job.ts';

export const gitlabPipeline = (jobs: readonly Job[], out: string): string =>
  JSON.stringify({ stages: ['verify'], ...Object.fromEntries(jobs.map((job) => [job.id, entry(job, out)])) }, null, 2);

function entry(job: Job, out: string): Record<string, unknown> {
  const folder = `${out}/${job.name}`;
  return {
    stage: 'verify',
    script: ['npm ci', `npx bypassgen ${argumentsOf(job, out).join(' ')}`],
    artifacts: {
      when: 'always',
      paths: [`${folder}/*.tgz`, `${folder}/verify/`],
      ...(job.target && { reports: { junit: `${folder}/verify/junit.xml` } }),
    },
  };
}
