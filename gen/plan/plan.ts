/** What was decided: frozen data, from which emitters print and the build compiles. Nobody decides after this. */
import type { March } from '../hardware/cpus.ts';
import type { NicModelName, Offload } from '../hardware/nics.ts';
import type { NetTable } from './net-tables.ts';

export type Source = 'user' | 'default' | 'derived';

export type DecisionValue = string | number | boolean | readonly (string | number)[];

/** One choice, with why it is so. */
export interface Decision {
  /** The key of the config that would change it, or a name of its own for what follows from others. */
  readonly key: string;
  readonly value: DecisionValue;
  readonly reason: string;
  readonly source: Source;
}

/** A kernel thread that runs programs, pinned to a core. */
export interface WorkerPlan {
  readonly core: number;
  readonly numaNode: number;
  /** Names of its programs, sorted. */
  readonly apps: readonly string[];
}

/** A NUMA node that workers are on. */
export interface NodePlan {
  readonly node: number;
  /** Its part of the arena: an even number. */
  readonly arenaMiB: number;
}

export interface ListenPlan {
  /** TCP port; 0 when path is given. */
  readonly port: number;
  /** Path of a unix socket. */
  readonly path: string | undefined;
}

export interface AppPlan {
  readonly name: string;
  readonly command: readonly string[];
  /** "K=V", sorted. */
  readonly env: readonly string[];
  readonly cwd: string | undefined;
  /** Relative to the run directory; undefined: the runtime's own stdout and stderr. */
  readonly log: string | undefined;
  readonly listens: readonly ListenPlan[];
  /** Index into Plan.workers. */
  readonly worker: number;
  readonly autostart: boolean;
  readonly restart: 'no' | 'on-failure';
  /** Indices into Plan.apps. */
  readonly waitFor: readonly number[];
  /** Bytes; 0: no limit. */
  readonly memoryLimit: number;
}

/** Where a NIC is in the network. Addresses have sixteen bytes: those of IPv4 are ::ffff:a.b.c.d. */
export interface NetworkPlan {
  /** Own addresses, and how many leading bits those on the link share, counted in their own family. */
  readonly addresses: readonly { readonly bytes: readonly number[]; readonly prefix: number }[];
  /** The way to everywhere else: at most one of each family. */
  readonly gateways: readonly { readonly bytes: readonly number[]; readonly family: 4 | 6 }[];
}

/** A pair of a receive and a transmit queue. */
export interface NicQueuePlan {
  /** Index into Plan.workers. */
  readonly worker: number;
  /** Where its packets lie; -1: on any node. */
  readonly numaNode: number;
}

export interface NicPlan {
  readonly name: string;
  readonly model: NicModelName;
  /** DPDK's name of the port. */
  readonly port: string;
  /** The port with the driver's arguments. */
  readonly devargs: string;
  /** PCI address, interface or socket; undefined for what is in this process only. */
  readonly device: string | undefined;
  /** It makes its socket, and others connect to it. */
  readonly serves: boolean;
  /** Six bytes; undefined: the device's own. */
  readonly mac: readonly number[] | undefined;
  readonly mtu: number;
  /** That the device is attached to. */
  readonly numaNode: number;
  readonly queues: readonly NicQueuePlan[];
  readonly rxDescriptors: number;
  readonly txDescriptors: number;
  /** Bytes of a packet's buffer. */
  readonly buffer: number;
  /** Packets of each queue. */
  readonly packets: number;
  readonly cache: number;
  readonly burst: number;
  readonly offloads: readonly Offload[];
  readonly rss: boolean;
  /** Whether the driver is asked for receive interrupts. */
  readonly interrupts: boolean;
  readonly linkWaitMilliseconds: number;
  /** What the name of the receive function has in it; undefined: not known, or the driver does not tell. */
  readonly receiveMode: string | undefined;
  readonly network: NetworkPlan;
}

/** Huge pages for the packets of queues. */
export interface PacketPagesPlan {
  /** Of one page. */
  readonly size: '2MiB' | '1GiB';
  /** -1: any node. */
  readonly nodes: readonly { readonly node: number; readonly count: number }[];
}

export interface DpdkPlan {
  /** Behind the program's name. */
  readonly args: readonly string[];
  /** 52 bytes. */
  readonly rssKey: readonly number[];
  /** Undefined: on small pages. */
  readonly hugepages: PacketPagesPlan | undefined;
}

/** As net/tcp_congestion.def numbers them. */
export const congestions = ['cubic', 'reno', 'bbr'] as const;
export type Congestion = (typeof congestions)[number];

/** The constants of bp_config.h. */
export interface RuntimePlan {
  readonly workersMax: number;
  readonly appsMax: number;
  readonly mayShare: boolean;
  /** Programs may fork. */
  readonly fork: boolean;
  readonly tickMicroseconds: number;
  readonly idleSpinMicroseconds: number;
  readonly arenaMiB: number;
  readonly arenaHugepages: boolean;
  readonly streamLimitBytes: number;
  readonly ipv6: boolean;
  readonly congestion: Congestion;
  readonly netTables: readonly NetTable[];
}

export interface Plan {
  readonly name: string;
  /** SHA-256 of the spec. */
  readonly specHash: string;
  /** Of the binary in bin/<name>. */
  readonly march: March;
  /** What the npm package has a binary for, that of march among them; the most demanding first. */
  readonly packageMarches: readonly March[];
  readonly runtime: RuntimePlan;
  readonly workers: readonly WorkerPlan[];
  /** Those of the workers, that of the first one first; empty on a machine that has one. */
  readonly nodes: readonly NodePlan[];
  /** Sorted by name. */
  readonly apps: readonly AppPlan[];
  readonly nics: readonly NicPlan[];
  /** Undefined without NICs. */
  readonly dpdk: DpdkPlan | undefined;
  readonly decisions: readonly Decision[];
}

/** Freezes plain data through and through. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
