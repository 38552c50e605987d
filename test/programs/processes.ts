/** Processes that a run starts: marked by a variable in their environment, so that none is left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import type { Command } from './program.ts';

const MARK = 'PROGRAMS_RUN';

/** The environment of all programs of a run; `mark` is unique. */
export const environment = (folder: string, mark: string): NodeJS.ProcessEnv => ({
  PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  HOME: folder,
  TMPDIR: folder,
  [MARK]: mark,
});

export interface Started {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it wrote to stdout and stderr so far, the last part. */
  output(): string;
  /** Exit status; 128 + n for death by signal n. */
  readonly ended: Promise<number>;
  hasEnded(): boolean;
}

const KEPT = 16_384;

export function start([file = '', ...args]: Command, cwd: string, env: NodeJS.ProcessEnv): Started {
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let over = false;
  const keep = (text: string) => {
    output = (output + text).slice(-KEPT);
  };
  child.stdin.on('error', () => {}); // it need not read
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const ended = new Promise<number>((resolve) => {
    const end = (status: number) => {
      over = true;
      resolve(status);
    };
    child.once('error', (error) => {
      keep(error.message);
      end(127);
    });
    child.once('exit', (code, signal) => end(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  return { pid: child.pid ?? 0, child, output: () => output, ended, hasEnded: () => over };
}

function isMarked(pid: string, mark: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${mark}\0`);
  } catch {
    return false; // it has ended, or is not ours
  }
}

/** Ends whatever a run has left, daemons too. @returns how many there were. */
export function killMarked(mark: string): number {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isMarked(name, mark));
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  return pids.length;
}
