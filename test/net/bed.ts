/**
 * A network namespace with a runtime on an interface and Linux at the other end. Nothing outside the namespace is touched,
 * and it is gone when the bed is.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { buildBinary } from '../../gen/build/build.ts';
import { sha256 } from '../../gen/build/disk.ts';
import { withLock } from '../../gen/build/lock.ts';
import { compareOutput, writeOutput } from '../../gen/build/writer.ts';
import { emit } from '../../gen/emit/emit.ts';
import type { NicModelName } from '../../gen/hardware/nics.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { readSpec } from '../../gen/spec/read-spec.ts';
import type { Spec } from '../../gen/spec/types.ts';
import { silent } from '../../gen/terminal/talk.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';

const LIMIT_MS = 30_000;

/** Why tests with a bed cannot run here; undefined: they can. */
export const unable = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!fs.existsSync('/dev/net/tun')) return 'needs /dev/net/tun';
  return spawnSync('ip', ['netns']).status === 0 ? undefined : 'needs ip (iproute2) and network namespaces';
})();

/** Where binaries are built: kept, so that only what has changed is compiled again. */
const builds = path.resolve(import.meta.dirname, '../../out/.net');

/** @returns the path of the generic binary of a config, built. */
export async function buildConfig(config: string, change = (spec: Spec): Spec => spec): Promise<string> {
  const { spec } = await readSpec(path.resolve(import.meta.dirname, '../../configs', config));
  const plan = makePlan(change(spec as Spec));
  const directory = path.join(builds, sha256(JSON.stringify(plan)).slice(0, 16));
  const built = await withLock(directory, silent, async () => {
    writeOutput(directory, plan, compareOutput(directory, emit(plan), true).changes, {});
    return buildBinary({ plan, directory, variant: 'generic', env: { ...process.env }, talk: silent });
  });
  if (!('binary' in built) || !built.binary) throw new Error(JSON.stringify(built));
  return built.binary;
}

/** Compiles a C program of this folder. */
export function compile(name: string): string {
  const program = path.join(temporaryFolder(), path.basename(name));
  execFileSync('gcc', [
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    program,
    path.join(import.meta.dirname, `${name}.c`),
  ]);
  return program;
}

/** A program that was started, with all that it prints. */
export class Running {
  readonly #child: ChildProcess;
  readonly #printed = new EventEmitter();
  #output = '';
  readonly ended: Promise<number>;

  constructor(command: readonly string[]) {
    const [file, ...args] = command as [string, ...string[]];
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (data) => {
        this.#output += data;
        this.#printed.emit('more');
      });
    this.ended = once(this.#child, 'close').then(([status]) => status ?? -1);
  }

  get output(): string {
    return this.#output;
  }

  /** What programs print, without the runtime's own messages. */
  get said(): string {
    return this.#output.replaceAll(/^bypassgen.*\n/gm, '');
  }

  /** Resolves when the output holds a text, so often. */
  async says(text: string, times = 1): Promise<void> {
    const said = () => this.#output.split(text).length > times;
    while (!said()) {
      const more = once(this.#printed, 'more', { signal: AbortSignal.timeout(LIMIT_MS) });
      const status = await Promise.race([more.then(() => undefined), this.ended]);
      if (status !== undefined && !said())
        throw new Error(`ended with status ${status} before it said '${text}':\n${this.#output}`);
    }
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }
}

/** What is between the runtime and Linux: a TAP interface that the runtime makes, or a veth pair, whose end bp0 is its. */
export type Wire = 'tap' | 'veth';

/** For two workers: who has the queues, and over what. */
export const wires: readonly [model: NicModelName, queues: number, wire: Wire][] = [
  ['tap', 1, 'tap'],
  ['tap', 2, 'tap'],
  ['af_packet', 2, 'veth'],
];

/** What makes the config tap.ts that of two workers. */
export const withQueues = (model: NicModelName, queues: number) => (spec: Spec) => ({
  ...spec,
  hardware: {
    ...spec.hardware,
    cpu: { ...spec.hardware.cpu, cores: [0, 1] },
    nics: spec.hardware.nics?.map((nic) => ({ ...nic, model, queues })),
  },
});

export const twoCores = ['--cores=0,1'];

/** Linux's end of the wire and the runtime's. */
export const linux = { v4: '10.77.0.1', v6: 'fd77::1' } as const;
export const ours = { v4: '10.77.0.2', v6: 'fd77::2' } as const;

export class Bed {
  readonly #namespace = `bypassgen-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  readonly #binary: string;
  readonly #started: Running[] = [];

  /** Linux's end of the wire. */
  readonly #end: string;

  constructor(binary: string, wire: Wire = 'tap') {
    this.#binary = binary;
    this.#end = wire === 'tap' ? 'bp0' : 'bp1';
    execFileSync('ip', ['netns', 'add', this.#namespace]);
    this.#ip('link', 'set', 'lo', 'up');
    if (wire === 'veth') this.#layVeth();
  }

  #layVeth(): void {
    const whole = compile('../../gen/verify/dialog/whole');
    this.#ip('link', 'add', 'bp0', 'type', 'veth', 'peer', 'name', 'bp1');
    for (const end of ['bp0', 'bp1']) execFileSync('ip', ['netns', 'exec', this.#namespace, whole, end]);
    this.#ip('link', 'set', 'bp0', 'addrgenmode', 'none', 'up'); // it is the runtime's alone
  }

  #ip(...args: string[]): void {
    execFileSync('ip', ['-n', this.#namespace, ...args]);
  }

  /** Starts a program of Linux. */
  native(...command: string[]): Running {
    return this.#start(command);
  }

  /** Starts a program under the runtime, whose NIC is up before it runs. before: what starts the runtime. */
  async fused(
    command: readonly string[],
    options: readonly string[] = [],
    before: readonly string[] = [],
  ): Promise<Running> {
    const gate = path.join(temporaryFolder(), 'gate');
    execFileSync('mkfifo', [gate]);
    const script = `read _ <"$0"; exec "$@"`;
    const running = this.#start([...before, this.#binary, ...options, '--', '/bin/sh', '-c', script, gate, ...command]);
    const opened = fs.promises.open(gate, 'w'); // the runtime's program has opened its end: the NIC is there
    const gone = running.ended.then((status) => {
      throw new Error(`the runtime ended with status ${status}:\n${running.output}`);
    });
    gone.catch(() => {});
    const file = await Promise.race([opened, gone]);
    this.#ip('addr', 'add', `${linux.v4}/24`, 'dev', this.#end);
    this.#ip('addr', 'add', `${linux.v6}/64`, 'dev', this.#end, 'nodad');
    this.#ip('link', 'set', this.#end, 'up');
    await file.write('\n');
    await file.close();
    return running;
  }

  #start(command: readonly string[]): Running {
    const running = new Running(['ip', 'netns', 'exec', this.#namespace, ...command]);
    this.#started.push(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#started) running.stop();
    await Promise.all(this.#started.map((running) => running.ended));
    execFileSync('ip', ['netns', 'del', this.#namespace]);
  }
}
