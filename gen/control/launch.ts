/** Starting a binary as a process of its own, and telling what became of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { RuntimeStatus, StartOptions } from './api.ts';
import { makeRunDirectory } from './run-directory.ts';
import { RuntimeError } from './runtime-error.ts';
import { askStatus } from './status.ts';
import { waitFor } from './wait.ts';

const defaultMilliseconds = 10_000;
const shownLogBytes = 2_000;

export interface LaunchOptions extends StartOptions<string> {
  readonly binary: string;
  readonly name: string;
  /** What it was compiled for, for the message when the CPU is another. */
  readonly march: string;
  readonly runDirectory: string;
}

export interface Launched {
  readonly status: RuntimeStatus<string>;
  readonly child: ChildProcess;
}

/**
 * Starts the binary and waits until its control socket answers.
 * @throws RuntimeError already-running, start-failed, wrong-cpu, run-directory, timeout.
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const { name, runDirectory, timeout = defaultMilliseconds, detached = false } = options;
  makeRunDirectory(runDirectory);
  await refuseSecond(name, runDirectory);
  const log = openLog(options);
  const child = spawnBinary(options, log?.fd);
  log?.close();

  let failure: string | undefined;
  child.once('error', (error) => {
    failure = `cannot be executed (${error.message})`;
  });
  child.once('exit', (code, signal) => {
    failure = signal ? `died of ${signal}` : `ended with ${code}`;
  });
  const look = async () => {
    if (failure) throw startFailed(options, failure, log?.added() ?? '');
    return askStatus(runDirectory).catch((error) => {
      if (error.code === 'not-running') return undefined;
      throw error;
    });
  };
  try {
    const status = await waitFor(look, timeout, `${name} does not answer in ${runDirectory} after ${timeout} ms`);
    bindLifetime(child, detached);
    return { status, child };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function spawnBinary(
  { binary, runDirectory, only, programs = [], env, cwd, detached = false }: LaunchOptions,
  logFd: number | undefined,
) {
  const output = logFd ?? 'inherit';
  const options = [`--run-dir=${runDirectory}`, ...(only ? [`--only=${only.join(',')}`] : [])];
  return spawn(binary, [...options, ...commandLineOf(programs)], {
    env: env as NodeJS.ProcessEnv | undefined,
    cwd,
    detached,
    stdio: ['ignore', output, output],
  });
}

/** Programs behind the options of a binary, whatever words they have. */
function commandLineOf(programs: readonly (readonly string[])[]): string[] {
  if (programs.length === 0) return [];
  const words = new Set(programs.flat());
  let separator = '--';
  while (words.has(separator)) separator += '-';
  return [`--separator=${separator}`, ...programs.flatMap((program, i) => [i === 0 ? '--' : separator, ...program])];
}

async function refuseSecond(name: string, runDirectory: string): Promise<void> {
  const other = await askStatus(runDirectory).catch((error) => {
    if (error.code === 'not-running') return undefined;
    throw error;
  });
  if (other)
    throw new RuntimeError(
      'already-running',
      `${name} cannot start in ${runDirectory}: ${other.name} runs there already, as process ${other.pid}; ` +
        'stop it, use connect() to watch it, or choose another runDirectory',
    );
}

/** The runtime's own log, and what a start adds to it. Undefined when output is inherited. */
function openLog({ output = 'log', runDirectory }: LaunchOptions) {
  if (output === 'inherit') return undefined;
  const file = path.join(runDirectory, 'runtime.log');
  const fd = fs.openSync(file, 'a', 0o600);
  const before = fs.fstatSync(fd).size;
  return {
    fd,
    close: () => fs.closeSync(fd),
    added: () => fs.readFileSync(file).subarray(before).subarray(-shownLogBytes).toString().trim(),
  };
}

function startFailed({ name, march, binary }: LaunchOptions, failure: string, log: string): RuntimeError {
  if (failure.includes('SIGILL'))
    return new RuntimeError(
      'wrong-cpu',
      `${name} was built for ${march}, and this CPU does not have one of its instructions; build it on this machine, or with a hardware.cpu.march that fits`,
    );
  const said = log ? `. It said:\n${log}` : '';
  return new RuntimeError('start-failed', `${name} did not start: ${binary} ${failure}${said}`);
}

/** A runtime that is not detached ends with this process, unless a signal kills us: nobody can act then. */
function bindLifetime(child: ChildProcess, detached: boolean): void {
  if (detached) {
    child.unref();
    return;
  }
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
}
