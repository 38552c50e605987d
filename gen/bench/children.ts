/** Processes that a benchmark starts: each in a group of its own, ended with all that it started, whatever happens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between the polite request and the last word. */
const GRACE_MS = 2000;

export interface Child {
  /** Also of the session that it leads; undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Everything that it printed so far. */
  output(): string;
  errors(): string;
  /** Resolves as soon as the output passes the test; never when it does not. */
  printed(test: (output: string) => boolean): Promise<void>;
  /** Resolves when it has ended: its exit status, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, and SIGKILL if that does not do. */
  stop(): Promise<void>;
}

export class Children {
  readonly #running = new Set<ChildProcess>();

  start(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Child {
    const [file = '', ...args] = command;
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4096);
    });
    this.#running.add(child);
    const ended = new Promise<number | NodeJS.Signals>((resolve) => {
      const end = (how: number | NodeJS.Signals) => {
        this.#running.delete(child);
        resolve(how);
      };
      child.on('error', (error) => {
        errors += error.message;
        end(127);
      });
      child.on('exit', () => signalGroup(child, 'SIGKILL')); // what it left behind
      child.on('close', (code, signal) => end(code ?? signal ?? 'SIGKILL'));
    });
    const stop = async () => {
      signalGroup(child, 'SIGTERM');
      const inTime = await Promise.race([ended.then(() => true), sleep(GRACE_MS, false, { ref: false })]);
      if (!inTime) signalGroup(child, 'SIGKILL');
      await ended;
    };
    const printed = (test: (output: string) => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (test(output)) resolve();
        };
        look();
        child.stdout.on('data', look);
      });
    return { pid: child.pid, output: () => output, errors: () => errors, printed, ended, stop };
  }

  /** Ends all that are left, at once. */
  killAll(): void {
    for (const child of this.#running) signalGroup(child, 'SIGKILL');
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
