/** Makes one run of a pair: starts its programs as the variant says, reads the figure, leaves nothing behind. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ask } from '../control/ask.ts';
import { controlSocket } from '../control/run-directory.ts';
import { type Child, Children } from './children.ts';
import type { Attachable, Pair, Program, Remote, Runner, RunParameters, Variant, Workload } from './pair.ts';
import { freePort } from './ports.ts';
import { runRemote } from './remote-run.ts';
import { answered, ended, printed, RunFailed } from './waiting.ts';
import { addresses } from './wire.ts';

/** Where things are, and how long a run measures. */
export interface Bench {
  /** Cores to run on, the best first; as many as the pairs take. */
  readonly cores: readonly number[];
  /** Folder of the compiled programs of `bench/`. */
  readonly programs: string;
  /** Binaries; the specialised one has its workload built in. */
  readonly binaries: Readonly<Partial<Record<Exclude<Runner, 'linux'>, string>>>;
  /** When a workload attaches itself. */
  readonly attachable?: Attachable;
  /** Binaries at the ends of wires, by name. */
  readonly ends: Readonly<Record<string, string>>;
  /** Path of the socket that the runtimes of a memif wire were built for. */
  readonly memifSocket: string;
  /** Programs of `bench/stack/`, by name and variant: `udp-echo-generic`. */
  readonly stacks: Readonly<Record<string, string>>;
  readonly milliseconds: number;
  readonly requests: number;
  readonly env: NodeJS.ProcessEnv;
}

/** No run may take longer. */
const LIMIT_MS = 60_000;

export class PairRunner {
  readonly #bench: Bench;
  readonly #children = new Children();
  readonly #folders = new Set<string>();
  #abandoned = false;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** Ends what runs and removes its folders, at once; nothing can be run afterwards. */
  abandon(): void {
    this.#abandoned = true;
    this.#children.killAll();
    for (const folder of this.#folders) fs.rmSync(folder, { recursive: true, force: true });
  }

  /** @throws RunFailed */
  async run(pair: Pair, variant: Variant): Promise<number> {
    if (this.#abandoned) throw new Error('the benchmark was given up');
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bypassgen-bench-'));
    this.#folders.add(folder);
    const { milliseconds, requests } = this.#bench;
    const { attachable } = variant.runner === 'linux' ? {} : this.#bench;
    const attachment = attachable && { ...attachable, controlSocket: controlSocket(folder) };
    const spin = variant.spin === true;
    const parameters = {
      port: await freePort(),
      otherPort: await freePort(),
      ...(variant.remote ? { bind: '0.0.0.0', server: addresses[0] } : { bind: '127.0.0.1', server: '127.0.0.1' }),
      folder,
      milliseconds,
      requests,
      spin,
      ...(attachment && { attachment }),
    };
    const limit = AbortSignal.timeout(LIMIT_MS);
    try {
      for (const [name, text] of Object.entries(pair.workload.files?.(parameters) ?? {})) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), text);
      }
      const output = await this.#start(pair, variant, parameters, limit);
      const figure = pair.workload.figure(output);
      if (figure === undefined) throw new RunFailed(`printed no figure, but: ${output.slice(-400)}`);
      return figure;
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
      this.#folders.delete(folder);
    }
  }

  #start(pair: Pair, variant: Variant, run: RunParameters, limit: AbortSignal): Promise<string> {
    if (pair.workload.stack && variant.runner !== 'linux')
      return this.#stack(`${pair.workload.stack.name}-${variant.runner}`, variant, run, limit);
    const programs = pair.workload.programs(run);
    if (variant.remote) return this.#remote(pair.workload, variant.remote, programs, run, limit);
    if (variant.runner === 'linux') return this.#onLinux(programs, variant, run, limit);
    if (variant.runner === 'specialised') return this.#fused(variant, ['--until=client'], run, limit);
    if (programs.at(-1)?.outside) return this.#fromOutside(programs, variant, run, limit);
    if (programs.some((program) => program.readyAt !== undefined))
      return this.#inOrder(programs, variant, run, limit, pair.workload.figure);
    return this.#fused(variant, ['--until=last', ...this.#commandLine(programs)], run, limit);
  }

  #remote(
    { link, weighs = false }: Workload,
    remote: Remote,
    programs: readonly Program[],
    { server, folder }: RunParameters,
    limit: AbortSignal,
  ): Promise<string> {
    const { cores, ends, memifSocket, env } = this.#bench;
    const start = (command: readonly string[]) => this.#children.start(command, folder, env);
    const resolve = (command: readonly string[]) => this.#resolve(command);
    return runRemote({
      remote,
      programs,
      link,
      weighs,
      server,
      folder,
      memifSocket,
      cores,
      ends,
      resolve,
      start,
      limit,
    });
  }

  async #stack(name: string, variant: Variant, run: RunParameters, limit: AbortSignal): Promise<string> {
    const program = this.#bench.stacks[name];
    if (program === undefined) throw new Error(`there is no ${name}`);
    const child = this.#spawn(this.#cores(variant), [program, `${run.milliseconds}`], run.folder);
    try {
      await ended(child, limit);
    } finally {
      await child.stop();
    }
    return child.output();
  }

  /** Each program as a process, pinned. */
  async #onLinux(
    programs: readonly Program[],
    variant: Variant,
    run: RunParameters,
    limit: AbortSignal,
  ): Promise<string> {
    const children: Child[] = [];
    try {
      for (const [index, program] of programs.entries()) {
        const cores = variant.apart ? [this.#bench.cores[index % variant.cores] ?? 0] : this.#cores(variant);
        children.push(this.#spawn(cores, this.#resolve(program.command), run.folder));
        if (program.readyAt !== undefined) await answered(program.readyAt, children, limit);
      }
      await Promise.all(children.map((child, i) => (programs[i]?.endless ? undefined : ended(child, limit))));
    } finally {
      await Promise.all(children.map((child) => child.stop()));
    }
    return children.map((child) => child.output()).join('');
  }

  /** All programs in one of our binaries, which ends by itself. */
  async #fused(variant: Variant, args: readonly string[], run: RunParameters, limit: AbortSignal): Promise<string> {
    const child = this.#startBinary(variant, args, run);
    try {
      await ended(child, limit);
    } finally {
      await child.stop();
    }
    return child.output();
  }

  /** As #fused, but the last program is started when the others answer. */
  async #inOrder(
    programs: readonly Program[],
    variant: Variant,
    run: RunParameters,
    limit: AbortSignal,
    figure: Workload['figure'],
  ): Promise<string> {
    const names = programs.map((program) => path.basename(program.command[0] ?? ''));
    const last = names.at(-1);
    const child = this.#startBinary(
      variant,
      [`--only=${names.slice(0, -1).join()}`, ...this.#commandLine(programs)],
      run,
    );
    try {
      for (const { readyAt } of programs) if (readyAt !== undefined) await answered(readyAt, [child], limit);
      await ask(run.folder, `start ${last}`).catch((error: Error) => {
        throw new RunFailed(error.message);
      });
      await printed(child, figure, limit);
    } finally {
      await child.stop();
    }
    return child.output();
  }

  /** The last program as a process beside our binary: on the same cores, or apart, each on one. */
  async #fromOutside(
    programs: readonly Program[],
    variant: Variant,
    run: RunParameters,
    limit: AbortSignal,
  ): Promise<string> {
    const cores = this.#cores(variant);
    const [own, others]: [Variant, readonly number[]] = variant.apart
      ? [{ ...variant, cores: 1 }, cores.slice(1)]
      : [variant, cores];
    const binary = this.#startBinary(own, this.#commandLine(programs.slice(0, -1)), run);
    try {
      for (const { readyAt } of programs) if (readyAt !== undefined) await answered(readyAt, [binary], limit);
      const client = this.#spawn(others, programs.at(-1)?.command ?? [], run.folder);
      try {
        await ended(client, limit);
        return client.output();
      } finally {
        await client.stop();
      }
    } finally {
      await binary.stop();
    }
  }

  #startBinary(variant: Variant, args: readonly string[], run: RunParameters): Child {
    const binary = variant.runner === 'linux' ? undefined : this.#bench.binaries[variant.runner];
    if (binary === undefined) throw new Error(`there is no ${variant.runner} binary`);
    const cores = this.#cores(variant);
    const own = variant.runner === 'generic' ? [`--cores=${cores.join()}`] : [];
    return this.#spawn(cores, [binary, `--run-dir=${run.folder}`, ...own, ...args], run.folder);
  }

  #spawn(cores: readonly number[], command: readonly string[], folder: string): Child {
    return this.#children.start(['taskset', '-c', cores.join(), ...command], folder, this.#bench.env);
  }

  #cores(variant: Variant): readonly number[] {
    return this.#bench.cores.slice(0, variant.cores);
  }

  #commandLine(programs: readonly Program[]): string[] {
    return programs.flatMap((program) => ['--', ...this.#resolve(program.command)]);
  }

  #resolve([name = '', ...args]: readonly string[]): string[] {
    const own = path.join(this.#bench.programs, name);
    return [fs.existsSync(own) ? own : name, ...args];
  }
}
