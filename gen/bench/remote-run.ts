/** A run of a remote pair: two hosts, one program on each, and a wire. */
import type { Child } from './children.ts';
import type { Link, Program, Remote } from './pair.ts';
import { ended, RunFailed } from './waiting.ts';
import { endName, type HostIndex, Wire } from './wire.ts';

export interface RemoteRun {
  readonly remote: Remote;
  /** One for each host. */
  readonly programs: readonly Program[];
  readonly link: Link | undefined;
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
  const { remote, programs } = run;
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
    const started: Child[] = [];
    for (const host of hostIndices.filter((i) => remote.hosts[i] === 'ours')) {
      const runtime = start([...wire.inside(host), ...onRuntime(run, host)]);
      started[host] = runtime;
      await wire.appears(host, runtime, run.limit);
    }
    await wire.join(run.link, run.resolve(['lossy-link']), start);
    for (const host of hostIndices.filter((i) => remote.hosts[i] === 'linux'))
      started[host] = start([...wire.inside(host), ...pinned(run, host), ...command(run, host)]);
    await finished(started, programs, run.limit);
    return started.map((child) => child.output()).join('');
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    wire.down();
    process.off('exit', undo);
  }
}

/** Programs that measure end; that another one ends is a failure. */
async function finished(started: readonly Child[], programs: readonly Program[], limit: AbortSignal): Promise<void> {
  const measuring = started.filter((_, i) => !programs[i]?.endless).map((child) => ended(child, limit));
  const serving = started.filter((_, i) => programs[i]?.endless);
  const failures = serving.map((child) =>
    child.ended.then((how) => {
      throw new RunFailed(`ended with ${how}: ${child.errors().trim()}`);
    }),
  );
  for (const failure of failures) failure.catch(() => {}); // afterwards, they are stopped
  await Promise.race([Promise.all(measuring), ...failures]);
}

const pinned = ({ cores }: RemoteRun, host: HostIndex): string[] => ['taskset', '-c', `${cores[host] ?? 0}`];

/** The second host's program begins when the first one's answers, where that says at which port it will. */
function command({ programs, server, resolve }: RemoteRun, host: HostIndex): readonly string[] {
  const own = resolve(programs[host]?.command ?? []);
  const port = programs[0]?.readyAt;
  return host === 1 && port !== undefined ? [...resolve(['when-answered', `${server}:${port}`]), ...own] : own;
}

function onRuntime(run: RemoteRun, host: HostIndex): string[] {
  const name = endName(run.remote.wire, host);
  const binary = run.ends[name];
  if (binary === undefined) throw new Error(`there is no runtime for ${name}`);
  const options = [`--run-dir=${run.folder}/${host}`, `--cores=${run.cores[host]}`, '--until=last'];
  return [...pinned(run, host), binary, ...options, '--', ...command(run, host)];
}
