/** What a benchmark pair is: one workload, and the ways in which each side may run it. */

export type Better = 'higher' | 'lower';

/** Where a side runs its programs: as processes of Linux, or fused by one of our binaries. */
export type Runner = 'linux' | 'generic' | 'specialised';

/**
 * What joins two hosts: a veth pair between two network namespaces of Linux; the same with AF_XDP sockets of runtimes on
 * it; the runtime's TAP interface in one namespace; memif between two runtimes; or a wire that loses frames, between
 * namespaces.
 */
export type WireKind = 'veth' | 'afxdp' | 'tap' | 'memif' | 'lossy';

/** Who runs a host's program. */
export type Host = 'linux' | 'ours';

/** Two hosts, each with a core of its own. */
export interface Remote {
  readonly wire: WireKind;
  readonly hosts: readonly [Host, Host];
}

/** What a lossy wire does to frames. */
export interface Link {
  /** Of a million frames. */
  readonly loss: number;
  readonly reorder: number;
  /** Microseconds, one way. */
  readonly delay: number;
  /** Megabits per second, each way. */
  readonly rate: number;
}

/** One way of running a workload. */
export interface Variant {
  readonly name: string;
  readonly runner: Runner;
  /** How many cores all programs have together; both sides of a pair have the same number. */
  readonly cores: 1 | 2;
  /** Each process has a core of its own. */
  readonly apart?: boolean;
  /** The programs poll for messages instead of sleeping. */
  readonly spin?: boolean;
  /** The last program is on the second host, all others are on the first. */
  readonly remote?: Remote;
}

/** What differs from run to run. */
export interface RunParameters {
  /** A TCP port that is free at the moment. */
  readonly port: number;
  /** One more, for workloads with two servers. */
  readonly otherPort: number;
  /** The IPv4 address that servers bind to, and the one that clients find them at. */
  readonly bind: string;
  readonly server: string;
  /** A folder of the run's own. */
  readonly folder: string;
  /** How long to measure; and how many requests, for those that count them. */
  readonly milliseconds: number;
  readonly requests: number;
  readonly spin: boolean;
  /** How a program outside reaches the fused ones; undefined on Linux. */
  readonly attachment?: Attachable & { readonly controlSocket: string };
}

/** The parts of the npm package that attach a Node program to a runtime. */
export interface Attachable {
  /** Folder of its modules. */
  readonly library: string;
  readonly addon: string;
}

export interface Program {
  /** argv[0] is the name of a program in `bench/`, or of one of the system. */
  readonly command: readonly string[];
  /** The next program does not try again: it is started when this port answers. */
  readonly readyAt?: number;
  /** A process of its own on both sides; the last one only, behind one that is ready at a port. */
  readonly outside?: boolean;
  /** It has to be stopped when the figure is there. */
  readonly endless?: boolean;
}

/** One of `bench/stack/`, and the only NIC of the config that it is built for. */
export interface StackProgram {
  readonly name: string;
  readonly nic: 'ring' | 'null';
}

export interface Workload {
  /** In the order in which they are started. The last one ends when the measurement does. */
  programs(run: RunParameters): readonly Program[];
  /** Texts that the programs read, by name in the run's folder. */
  files?(run: RunParameters): Readonly<Record<string, string>>;
  /** The wire, where it is a lossy one. */
  readonly link?: Link;
  /** What our side runs instead of programs: it has the runtime's network in it and no system calls. */
  readonly stack?: StackProgram;
  /** The figure in what they print; undefined while it is not there. */
  figure(output: string): number | undefined;
  /**
   * Instead of a figure in the output: bytes that were taken, by all processes and the kernel, between the first line
   * that was printed and the second.
   */
  readonly weighs?: boolean;
  /** Programs that must be installed, with the Debian package that has each. */
  readonly needs: Readonly<Record<string, string>>;
  /** Its last program attaches itself to a runtime. */
  readonly attaches?: boolean;
}

export interface Pair {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: Better;
  /** What the project has set itself: a ratio of at least this, or a median of ours of at most this. */
  readonly target?: { readonly ratio: number } | { readonly median: number };
  readonly workload: Workload;
  /** Who the side that is `linux` in the JSON is, where it is neither Linux nor the generic binary. */
  readonly other?: string;
  /** The best variant of each side is compared. */
  readonly linux: readonly Variant[];
  readonly ours: readonly Variant[];
}

/** The side that `linux` is in the JSON, as people call it. */
export const nameOfOtherSide = (pair: Pair): string =>
  pair.other ?? (pair.linux[0]?.runner === 'linux' ? 'Linux' : 'generic');

/** Its hosts are joined by a wire, so that it takes network namespaces and the right to make them. */
export const isRemote = ({ linux, ours }: Pair): boolean =>
  [...linux, ...ours].some(({ remote }) => remote !== undefined);
