/** A run of a remote pair: two hosts and a wire. The last program is the second host's, all others are the first's. */
import type { Child } from './children.ts';
import type { Link, Program, Remote } from './pair.ts';
import { ended, RunFailed } from './waiting.ts';
import { weigh } from './weight.ts';
import { endName, type HostIndex, Wire } from './wire.ts';

export interface RemoteRun {
  readonly remote: Remote;
  readonly programs: readonly Program[];
  readonly link: Link | undefined;
  readonly weighs: boolean;
  /** Where programs find that of the first host. */
  readonly server: string;
  readonly folder: string;
  readonly memifSocket: string;
  /** A core for each host. */
  readonly cores: readonly number[];
  /** Binaries of the runtimes, by the name of their end. */
  readonly ends: Readonly<Record<string, string>>;
  /** Makes a command of programs of `bench/` one of files. */
  resolve(command: readonly string[]): readonly string[];
  start(command: readonly string[]): Child;
  readonly limit: AbortSignal;
}

const hostIndices: readonly HostIndex[] = [0, 1];

/** @returns what the programs print. @throws RunFailed */
export async function runRemote(run: RemoteRun): Promise<string> {
  const { remote } = run;
  const wire = new Wire(remote, run.memifSocket);
  const undo = () => wire.down();
  process.once('exit', undo); // given up in the middle
  const children: Child[] = [];
  const start = (command: readonly string[]): Child => {
    const child = run.start(command);
    children.push(child);
    return child;
  };
  try {
    const started: Started[] = [];
    for (const host of hostIndices.filter((i) => remote.hosts[i] === 'ours')) {
      const runtime = start([...wire.inside(host), ...onRuntime(run, host)]);
      started.push({ child: runtime, endless: programsOf(run, host).every(({ endless }) => endless) });
      await wire.appears(host, runtime, run.limit);
    }
    await wire.join(run.link, run.resolve(['lossy-link']), start);
    for (const host of hostIndices.filter((i) => remote.hosts[i] === 'linux'))
      for (const program of programsOf(run, host)) {
        const child = start([...wire.inside(host), ...pinned(run, host), ...command(run, host, program)]);
        started.push({ child, endless: program.endless === true });
      }
    const weight = run.weighs ? weigh(started.map(({ child }) => child)) : undefined;
    weight?.catch(() => {}); // when another failure comes first
    await finished(started, run.limit);
    const output = started.map(({ child }) => child.output()).join('');
    return weight === undefined ? output : `${output}{"value":${await weight},"count":1}\n`;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    wire.down();
    process.off('exit', undo);
  }
}

interface Started {
  readonly child: Child;
  readonly endless: boolean;
}

const programsOf = ({ programs }: RemoteRun, host: HostIndex): readonly Program[] =>
  host === 0 ? programs.slice(0, -1) : programs.slice(-1);

/** Programs that measure end; that another one ends is a failure. */
async function finished(started: readonly Started[], limit: AbortSignal): Promise<void> {
  const measuring = started.filter(({ endless }) => !endless).map(({ child }) => ended(child, limit));
  const failures = started
    .filter(({ endless }) => endless)
    .map(({ child }) =>
      child.ended.then((how) => {
        throw new RunFailed(`ended with ${how}: ${child.errors().trim()}`);
      }),
    );
  for (const failure of failures) failure.catch(() => {}); // afterwards, they are stopped
  await Promise.race([Promise.all(measuring), ...failures]);
}

const pinned = ({ cores }: RemoteRun, host: HostIndex): string[] => ['taskset', '-c', `${cores[host] ?? 0}`];

/** The second host's program begins when the first one's answers, where one of them says at which port it will. */
function command({ programs, server, resolve }: RemoteRun, host: HostIndex, program: Program): readonly string[] {
  const own = resolve(program.command);
  const port = programs.find(({ readyAt }) => readyAt !== undefined)?.readyAt;
  return host === 1 && port !== undefined ? [...resolve(['when-answered', `${server}:${port}`]), ...own] : own;
}

function onRuntime(run: RemoteRun, host: HostIndex): string[] {
  const name = endName(run.remote.wire, host);
  const binary = run.ends[name];
  if (binary === undefined) throw new Error(`there is no runtime for ${name}`);
  const options = [`--run-dir=${run.folder}/${host}`, `--cores=${run.cores[host]}`, '--until=last'];
  const commands = programsOf(run, host).flatMap((program) => ['--', ...command(run, host, program)]);
  return [...pinned(run, host), binary, ...options, ...commands];
}
