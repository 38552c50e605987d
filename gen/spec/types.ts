/**
 * What a config says: facts about the machine (`hardware`), its addresses (`network`), what will run (`workload`), and
 * choices (`policy`). The comments are the reference: the pages in docs/config are made from them.
 */
import type { Level, March } from '../hardware/cpus.ts';
import type { NicModelName } from '../hardware/nics.ts';

/** The whole config. */
export interface Spec {
  /**
   * Name of the runtime: names the output folder, the binary and the npm package. Lower-case letters, digits and
   * hyphens, starting with a letter; at most 32 characters.
   */
  name: string;
  /** The machine: facts, which `bypassgen doctor` compares with the machine at hand. */
  hardware: HardwareSpec;
  /**
   * Addresses of each NIC of `hardware.nics`, by its name. Loopback needs no entry.
   * @default {} (local only)
   */
  network?: Record<string, NetworkSpec> | undefined;
  /** What will run. */
  workload: WorkloadSpec;
  /**
   * Choices that change speed and footprint, but not what programs can do.
   * @default {} (every default below)
   */
  policy?: PolicySpec | undefined;
}

/** The machine. */
export interface HardwareSpec {
  /** The processor. */
  cpu: CpuSpec;
  /**
   * NUMA nodes and the cores on each. A core of `cpu.cores` that no node names counts as being on node 0.
   * @default [] (one node)
   */
  numa?: NumaNodeSpec[] | undefined;
  /**
   * Huge pages set aside by the administrator.
   * @default none
   */
  hugepages?: HugepagesSpec | undefined;
  /**
   * Network devices that the runtime takes over.
   * @default [] (local only)
   */
  nics?: NicSpec[] | undefined;
}

/** The processor. */
export interface CpuSpec {
  /**
   * Instruction set that the runtime is compiled for, as gcc's -march. `native` is that of the machine that builds, so
   * the binary may not start elsewhere.
   * @default 'x86-64-v2'
   */
  march?: March | undefined;
  /**
   * Further instruction sets, which the npm package carries a binary for, too: `start()` takes the one that asks most of
   * the processor, of those that it has.
   * @default [] (that of march alone)
   */
  levels?: Level[] | undefined;
  /**
   * Host cores that the runtime may use: a worker is pinned to each. At most 16.
   * @default [0]
   */
  cores?: number[] | undefined;
}

/** A NUMA node. */
export interface NumaNodeSpec {
  /** Number of the node, as in /sys/devices/system/node. */
  node: number;
  /** Host cores on this node. */
  cores: number[];
}

/** Huge pages. */
export interface HugepagesSpec {
  /** Size of a page. */
  size: '2MiB' | '1GiB';
  /** How many there are. */
  count: number;
}

/** A network device. */
export interface NicSpec {
  /** Name by which the rest of the config knows it. Lower-case letters, digits and hyphens; at most 15 characters. */
  name: string;
  /** Kind of device; `bypassgen explain hardware.nics.model` lists them. */
  model: NicModelName;
  /**
   * PCI address, as 0000:3b:00.0. Required for hardware, meaningless for virtual devices.
   * @default none
   */
  pci?: string | undefined;
  /**
   * What a virtual device attaches to: an interface name (af_xdp, af_packet, tap) or the path of a socket (memif,
   * virtio-user, vhost-user).
   * @default none
   */
  device?: string | undefined;
  /**
   * Which end of its socket the device is: `server` makes the socket, `client` connects to it. For memif, virtio-user and
   * vhost-user only; the other end has to be the other.
   * @default 'client' ('server' for vhost-user)
   */
  role?: 'client' | 'server' | undefined;
  /**
   * Ethernet address, as 02:00:00:00:00:01.
   * @default the device's own; virtual wires without one get an address made of the names of the runtime and the NIC
   */
  mac?: string | undefined;
  /**
   * Pairs of receive and transmit queues, each served by a worker of its own. A connection belongs to the worker to whose
   * queue its packets come; programs of all workers use it.
   * @default 1
   */
  queues?: number | undefined;
  /**
   * Receive descriptors of each queue.
   * @default 1024, or the nearest that the model takes
   */
  rxDescriptors?: number | undefined;
  /**
   * Transmit descriptors of each queue.
   * @default 1024, or the nearest that the model takes
   */
  txDescriptors?: number | undefined;
  /**
   * NUMA node that the device is attached to.
   * @default 0
   */
  numaNode?: number | undefined;
}

/** Addresses of one NIC. */
export interface NetworkSpec {
  /** IPv4 and IPv6 addresses with their prefix lengths, as '10.0.0.2/24' or 'fd00::2/64'. */
  addresses: string[];
  /**
   * IPv4 router for everything that is not on the link.
   * @default none
   */
  gateway?: string | undefined;
  /**
   * IPv6 router for everything that is not on the link.
   * @default none
   */
  gateway6?: string | undefined;
  /**
   * Largest IP packet in bytes.
   * @default 1500
   */
  mtu?: number | undefined;
}

/** What will run. */
export interface WorkloadSpec {
  /**
   * The programs, by name. A name is made of lower-case letters, digits and hyphens, starts with a letter, and has at
   * most 32 characters. At most 32 programs. `{}`: they are named at the start, `bypassgen run config.ts -- program args`;
   * machine and network are built in, what runs is not.
   */
  apps: Record<string, AppSpec>;
  /**
   * Shape of the traffic: `rpc` is short requests and answers, `bulk` long transfers.
   * @default 'mixed'
   */
  traffic?: 'rpc' | 'bulk' | 'mixed' | undefined;
  /**
   * Connections that are open at the same time, over all programs; the arena must have room for them.
   * @default 1024
   */
  connections?: number | undefined;
}

/** A program: any unmodified x86-64 Linux executable. */
export interface AppSpec {
  /** The executable, looked up in PATH unless it contains a slash, and its arguments. */
  command: string[];
  /**
   * Variables added to the environment that the runtime is started with, or replacing its values.
   * @default {}
   */
  env?: Record<string, string> | undefined;
  /**
   * Working directory; a relative one is relative to where the runtime is started.
   * @default where the runtime is started
   */
  cwd?: string | undefined;
  /**
   * TCP ports and unix sockets ('unix:/path') that the program will listen on.
   * @default []
   */
  listens?: (number | `unix:${string}`)[] | undefined;
  /**
   * Programs that this one connects to: they are placed on the same worker, where a message costs a switch of user
   * threads and not a wake-up across cores.
   * @default []
   */
  talksTo?: string[] | undefined;
  /**
   * Where stdout and stderr go: a file that is appended to (a relative path is below the run directory), or
   * 'inherit' for those of the runtime itself.
   * @default '<name>.log' in the run directory
   */
  log?: string | undefined;
  /**
   * Whether it starts with the runtime; otherwise only when it is asked for.
   * @default true
   */
  autostart?: boolean | undefined;
  /**
   * What happens when it ends: `on-failure` starts it again after a signal or an exit status other than 0.
   * @default 'no'
   */
  restart?: 'no' | 'on-failure' | undefined;
  /**
   * Programs that must listen on everything in their `listens` before this one starts.
   * @default []
   */
  waitFor?: string[] | undefined;
  /**
   * User that it runs as. This version runs every program as the user who starts the runtime.
   * @default the user who starts the runtime
   */
  user?: string | undefined;
  /**
   * Bytes that its private memory may take; beyond them, its requests for memory fail with ENOMEM.
   * @default none
   */
  memoryLimit?: number | undefined;
}

/** Choices. */
export interface PolicySpec {
  /**
   * How a worker waits for work: `adaptive` spins for `idleSpinMicroseconds` and then sleeps, `sleep` sleeps at once,
   * `busy` never sleeps. This version offers `adaptive` and `sleep`.
   * @default 'adaptive'
   */
  polling?: 'adaptive' | 'sleep' | 'busy' | undefined;
  /**
   * Protection of programs from each other's wild writes: `keys` uses protection keys. This version offers `none`.
   * @default 'none'
   */
  isolation?: 'none' | 'keys' | undefined;
  /**
   * Whether programs may fork; without it, fork(2) answers ENOSYS, and one worker alone needs no locks.
   * @default true
   */
  fork?: boolean | undefined;
  /**
   * Microseconds that a thread may run while another is ready, before it is preempted; 100 to 1000000.
   * @default 4000
   */
  tickMicroseconds?: number | undefined;
  /**
   * Microseconds that an idle worker spins before it sleeps; at most 1000000. 0 costs no CPU and adds the kernel's wake-up
   * to the first event after an idle time.
   * @default 0
   */
  idleSpinMicroseconds?: number | undefined;
  /**
   * Bytes that one direction of a local stream may hold before its sender waits; 4096 to 1073741824, a multiple of 4096.
   * @default 262144 (1048576 for bulk traffic)
   */
  streamLimit?: number | undefined;
  /**
   * The memory that processes of the runtime share: descriptions, channels, statistics.
   * @default {}
   */
  arena?: ArenaSpec | undefined;
  /**
   * Whether IPv6 takes the fast path too.
   * @default true
   */
  ipv6?: boolean | undefined;
  /**
   * Congestion control of TCP over NICs, where a program does not ask for another (TCP_CONGESTION): `cubic` and `reno` slow
   * down when packets are lost, `bbr` keeps to the speed at which the path delivers.
   * @default 'cubic'
   */
  congestion?: 'cubic' | 'reno' | 'bbr' | undefined;
}

/** The shared arena. */
export interface ArenaSpec {
  /**
   * Its largest size in MiB; 64 to 1048576. Memory is taken only when it is touched.
   * @default 65536, or the huge pages that there are
   */
  sizeMiB?: number | undefined;
  /**
   * Whether it asks for huge pages.
   * @default true when hardware.hugepages is given
   */
  hugepages?: boolean | undefined;
}
