import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import type { Case } from './cases.ts';

/** What one process, or one run of the runtime, left behind. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; 128 + n for death by signal n, as a shell says it. */
  readonly status: number;
  readonly timedOut: boolean;
}

/** Where and how long a case runs. */
export interface Setting {
  /** The working folder: emptied before the run. */
  readonly cwd: string;
  readonly limitMs: number;
}

const running = new Set<ChildProcess>();

/** Ends the sessions of all runs that have not ended: for the interrupted. */
export function killAll(): void {
  for (const child of running) killSession(child);
}

/** The session of a process; undefined when it is gone. proc_pid_stat(5), field 6. */
function sessionOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
  } catch {
    return undefined;
  }
}

/** Ends a run with all that it started, in whatever process groups: each run is a session of its own. */
function killSession(child: ChildProcess): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (sessionOf(pid) !== child.pid) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/**
 * What a run left behind may hold its output open for ever: a moment after its end the rest is ended,
 * and what even that does not reach (a process in a session of its own) is no longer listened to.
 */
function finish(child: ChildProcess): void {
  const kill = setTimeout(() => killSession(child), 2000);
  const leave = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, 4000);
  child.once('close', () => {
    clearTimeout(kill);
    clearTimeout(leave);
  });
}

function run(command: readonly string[], test: Case, setting: Setting, port: number): Promise<Outcome> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: setting.cwd,
      detached: true,
      env: { PATH: '/usr/bin:/bin', LANG: 'C', COMPAT_PORT: String(port) },
      stdio: [test.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    running.add(child);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killSession(child);
    }, setting.limitMs);
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin?.on('error', () => {}); // the program need not read
    child.stdin?.end(test.stdin);
    child.on('error', reject);
    child.on('exit', () => finish(child));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      killSession(child); // processes that it left behind
      resolve({
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
        status: code ?? 128 + (signal ? constants.signals[signal] : 0),
        timedOut,
      });
    });
  });
}

/** A TCP port below the ephemeral range that nobody uses at the moment, on IPv4 and IPv6. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '::', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

function freshFolder(cwd: string): void {
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd, { recursive: true });
}

/** The program's command line for each of its roles; one without a role for an ordinary case. */
function commands(test: Case, program: string): string[][] {
  if (test.roles.length === 0) return [[program, ...test.args]];
  return test.roles.map((role) => [program, role, ...test.args]);
}

/** Runs a case on Linux: each role as a process of its own. */
export async function runNative(test: Case, program: string, setting: Setting): Promise<Outcome> {
  freshFolder(setting.cwd);
  const port = await freePort();
  const outcomes = await Promise.all(commands(test, program).map((command) => run(command, test, setting, port)));
  return {
    stdout: outcomes.map((o) => o.stdout).join(''),
    stderr: outcomes.map((o) => o.stderr).join(''),
    status: outcomes.findLast((o) => o.status !== 0)?.status ?? 0,
    timedOut: outcomes.some((o) => o.timedOut),
  };
}

/** Between programs on the runtime's command line; no argument of a case. */
const SEPARATOR = '::';

/** Runs a case under the runtime: all roles fused in one process. */
export async function runFused(runtime: string, test: Case, program: string, setting: Setting): Promise<Outcome> {
  freshFolder(setting.cwd);
  const programs = commands(test, program).flatMap((command, i) => [i === 0 ? '--' : SEPARATOR, ...command]);
  return run([runtime, `--separator=${SEPARATOR}`, ...programs], test, setting, await freePort());
}
