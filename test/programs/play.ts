/** Plays a program's scenario once: servers up, checks, job, everything down again. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, untilAnswered } from '../../gen/bench/ports.ts';
import { killMarked } from './processes.ts';
import type { Ended, Place, Program, Scenario, Stage } from './program.ts';
import { type Calls, fusedGround, type Ground, nativeGround, readEnded } from './stage.ts';

const READY_MS = 30_000;
const UNTIL_MS = 30_000;

/** Undefined: natively. */
export interface Runtime {
  readonly binary: string;
  /** Compiled binding/addon, which reads statistics. */
  readonly addon?: string;
}

export interface Played {
  /** What was wrong; undefined when every check passed. */
  readonly fault?: string;
  /** Duration of the job. */
  readonly milliseconds?: number;
  readonly calls?: Calls;
}

/** What of `needs` this machine lacks. */
export function missing(program: Program): string[] {
  const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const isThere = (file: string) =>
    file.startsWith('/') ? fs.existsSync(file) : folders.some((folder) => fs.existsSync(path.join(folder, file)));
  return program.needs.filter((file) => !isThere(file));
}

function makePlace(folder: string): Place {
  return {
    folder,
    port: freePort,
    write(name, content, mode = 0o644) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content, { mode });
      return file;
    },
  };
}

function makeStage(ground: Ground, folder: string): Stage {
  const run = async (task: string): Promise<Ended> => {
    const begin = performance.now();
    const status = await ground.finish(task);
    return readEnded(folder, task, status, performance.now() - begin);
  };
  return {
    run,
    pid: ground.pid,
    async succeed(task) {
      const { status, stdout, stderr } = await run(task);
      if (status !== 0) throw new Error(`${task} ended with ${status}: ${(stderr || stdout).trim().slice(-600)}`);
      return stdout;
    },
    async signal(server, signal) {
      process.kill(await ground.pid(server), signal);
    },
    async until(what, holds) {
      for (const end = performance.now() + UNTIL_MS; !(await holds()); await sleep(10))
        if (performance.now() > end) throw new Error(`not in time: ${what}`);
    },
  };
}

/** Starts the servers one after the other. */
async function open({ servers = {} }: Scenario, ground: Ground): Promise<void> {
  for (const [name, { port }] of Object.entries(servers)) {
    await ground.serve(name);
    if (port === undefined) continue;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), READY_MS);
    const watch = setInterval(() => ground.failure() && over.abort(), 50);
    const ready = await untilAnswered(port, over.signal);
    clearTimeout(timer);
    clearInterval(watch);
    if (!ready) throw new Error(ground.failure() ?? `${name} does not listen on port ${port}`);
  }
}

/** @param timed whether to run the job. */
export async function play(program: Program, runtime: Runtime | undefined, timed: boolean): Promise<Played> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'programs-'));
  const place = makePlace(folder);
  let ground: Ground | undefined;
  try {
    fs.chmodSync(folder, 0o755); // servers that change their user read it
    const scenario = await program.scenario(place);
    ground = runtime
      ? await fusedGround(scenario, place, folder, runtime.binary, runtime.addon)
      : nativeGround(scenario, place, folder);
    await open(scenario, ground);
    const stage = makeStage(ground, folder);
    await scenario.check(stage);
    const job = timed ? await stage.run(scenario.job) : undefined;
    if (job && job.status !== 0) throw new Error(`the job ended with ${job.status}: ${job.stderr.slice(-600)}`);
    const calls = await ground.calls();
    await ground.stop();
    return { ...(job && { milliseconds: job.milliseconds }), ...(calls && { calls }) };
  } catch (error) {
    const said = ground?.output().trim().slice(-1500);
    return { fault: [(error as Error).message, said].filter(Boolean).join('\n') };
  } finally {
    killMarked(folder);
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
