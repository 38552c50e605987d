/** A job as a process of its own: the same command line that continuous integration calls. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { catalogue } from '../../diagnostics/catalogue.ts';
import { argumentsOf, type Job } from '../job.ts';
import type { Work } from './runner.ts';

export interface Place {
  /** The program that a job calls, absolute. */
  readonly program: string;
  /** Folder of all jobs' output, absolute; each has one of its own in it. */
  readonly out: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const answerSchema = z.object({
  exit_code: z.number(),
  diagnostics: z.array(z.object({ code: z.string(), severity: z.string(), message: z.string() })),
});

export const processWork =
  ({ program, out, cwd, env }: Place): Work =>
  async (job, stop) => {
    const folder = path.join(out, job.id);
    const { stdout, stderr, how } = await call([program, ...argumentsOf(job, folder), '--json'], cwd, env, stop);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'log.txt'), `${stderr}${stdout}`);
    return judge(job, stdout, how);
  };

interface Called {
  readonly stdout: string;
  readonly stderr: string;
  /** Signal or exit status. */
  readonly how: string;
}

/** An abort is passed on as SIGINT: the command takes down what it made. */
function call(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<Called> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        texts[name] += chunk;
      });
    const interrupt = () => void child.kill('SIGINT');
    stop.addEventListener('abort', interrupt);
    const ended = (how: string) => {
      stop.removeEventListener('abort', interrupt);
      resolve({ ...texts, how });
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', (code, signal) => ended(signal ?? `exit status ${code}`));
  });
}

/** A config that this machine cannot verify is skipped; everything else that is not a success is a failure. */
function judge(job: Job, stdout: string, how: string): Awaited<ReturnType<Work>> {
  const answer = answerSchema.safeParse(parseJson(stdout)).data;
  if (!answer) return { status: 'failed', note: `${how}: see ${job.id}/log.txt` };
  if (answer.exit_code === 0) return { status: 'passed', note: job.reason && `built only: ${job.reason}` };
  const first = answer.diagnostics.find(({ severity }) => severity === 'error');
  const status = first?.code === catalogue.notVerifiable.code ? 'skipped' : 'failed';
  return { status, note: first ? `${first.code} ${first.message}` : `see ${job.id}/log.txt` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
