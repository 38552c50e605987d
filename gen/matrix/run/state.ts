/** What is known of jobs of earlier runs, so that an interrupted run goes on where it was. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { realDisk } from '../../build/disk.ts';
import type { Job } from '../job.ts';

const statuses = ['passed', 'failed', 'skipped'] as const;

const resultSchema = z.object({
  /** What the job was made of: another key, another job. */
  key: z.string(),
  status: z.enum(statuses),
  /** Of wall-clock time. */
  seconds: z.number(),
  /** Why it was skipped, or how it failed; '' otherwise. */
  note: z.string(),
});

export type Result = z.infer<typeof resultSchema>;

const fileSchema = z.object({ format_version: z.literal(1), results: z.record(z.string(), resultSchema) });

/** By id of job. A file that is not ours, or of another version, tells nothing. */
export class State {
  readonly #file: string;
  readonly #results: Map<string, Result>;

  constructor(file: string) {
    this.#file = file;
    this.#results = new Map(Object.entries(read(file)));
  }

  /** What became of the job, unless it is to be done again: it failed, or something that it is made of has changed. */
  settled(job: Job, key: string): Result | undefined {
    const result = this.#results.get(job.id);
    return result?.key === key && result.status !== 'failed' ? result : undefined;
  }

  /** @throws as fs does */
  record(job: Job, result: Result): void {
    this.#results.set(job.id, result);
    const content = { format_version: 1, results: Object.fromEntries(this.#results) };
    realDisk.write(this.#file, `${JSON.stringify(content, null, 2)}\n`);
  }
}

function read(file: string): Record<string, Result> {
  try {
    return fileSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8'))).results;
  } catch {
    return {};
  }
}

/** The files that all jobs depend on, as one hash: generator, runtime, bindings. */
export function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of entries.map((entry) => path.join(entry.parentPath, entry.name)).sort())
      hash
        .update(`${path.relative(folder, file)}\0`)
        .update(fs.readFileSync(file))
        .update('\0');
  }
  return hash.digest('hex');
}

export const keyOf = (job: Job, configText: string, sources: string): string =>
  createHash('sha256')
    .update(JSON.stringify([job, configText, sources]))
    .digest('hex');
