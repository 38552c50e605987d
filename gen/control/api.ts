/** The types of a generated package that are the same for every config. Nothing here needs the types of Node. */

/** A program that never started, or ended. */
export interface StoppedApp {
  readonly state: 'stopped';
  /** How often it was started. */
  readonly starts: number;
  /** How the last run ended: one of the two, or neither if there was none. */
  readonly exitStatus?: number;
  readonly signal?: number;
}

/** A program that will start when those it waits for listen, or after a pause when it failed. */
export interface WaitingApp {
  readonly state: 'waiting';
  readonly starts: number;
}

/** A program that runs; `stopping` when it was asked to end. */
export interface RunningApp {
  readonly state: 'running' | 'stopping';
  readonly starts: number;
  /** As ps shows it. */
  readonly pid: number;
}

export type AppStatus = StoppedApp | WaitingApp | RunningApp;

export interface RuntimeStatus<AppName extends string> {
  readonly name: string;
  /** SHA-256 of the config that the runtime was made from. */
  readonly build: string;
  /** Of the runtime's process. */
  readonly pid: number;
  readonly apps: Readonly<Record<AppName, AppStatus>>;
}

/** Counters as they stood at one moment. They only grow, for as long as the runtime runs. */
export interface Counters<AppName extends string, WorkerCounters, AppCounters> {
  /** In the order of the config's cores. */
  readonly workers: readonly WorkerCounters[];
  readonly apps: Readonly<Record<AppName, AppCounters>>;
}

/** What one queue of a NIC has moved. Bytes are those of whole frames, without their check sequence. */
export interface NicQueueFigures {
  readonly queue: number;
  /** Who serves it. */
  readonly worker: number;
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly txBytes: number;
  /** Bursts of which the device did not take all at once. */
  readonly txFull: number;
}

/** A NIC of the config. */
export interface NicFigures {
  readonly name: string;
  readonly model: string;
  /** Whether its link is up. */
  readonly link: boolean;
  /** How often it went down since the start; it is looked at once a second. */
  readonly linkLosses: number;
  /** Packets that were lost in it. */
  readonly drops: {
    /** The device had no descriptor free: its worker is too slow. */
    readonly rxMissed: number;
    /** Its pool of packets was empty. */
    readonly rxNoBuffer: number;
    readonly rxErrors: number;
    readonly txErrors: number;
    /** What was asked of the hardware was not to be had. */
    readonly txRefused: number;
  };
  readonly queues: readonly NicQueueFigures[];
}

/** The TCP/IP stack of one worker. Counters that are 0 are left out. */
export interface StackFigures {
  readonly worker: number;
  /** TCP connections that there are. */
  readonly connections: number;
  /** Packets that were dropped, by reason (docs/network.md). */
  readonly drops: Readonly<Record<string, number>>;
  /** By the names of Linux's /proc/net/snmp and /proc/net/netstat. */
  readonly tcp: Readonly<Record<string, number>>;
}

/** What NICs and stacks have counted since the start. Each figure only grows, but `link` and `connections`. */
export interface Network {
  /** In the order of the config. */
  readonly nics: readonly NicFigures[];
  /** Those that serve a NIC. */
  readonly workers: readonly StackFigures[];
}

export interface StopOptions {
  /** How long to wait for the end, in milliseconds; default 10 000. */
  readonly timeout?: number;
}

/** One program of a running runtime. Every promise rejects with a RuntimeError. */
export interface App<AppCounters> {
  status(): Promise<AppStatus>;
  /** Starts it; it may first wait for others to listen. Rejects when it runs already. */
  start(): Promise<void>;
  /** Sends SIGTERM and waits until it has ended. One that has ended already is left alone. */
  stop(options?: StopOptions): Promise<AppStatus>;
  /** Sends a signal, by name (SIGHUP) or number (1 to 64). */
  signal(signal: string | number): Promise<void>;
  /** Read from shared memory, without a system call. */
  counters(): AppCounters;
}

/** A runtime that runs. Every promise rejects with a RuntimeError. */
export interface Runtime<AppName extends string, WorkerCounters, AppCounters> {
  /** Of its process. */
  readonly pid: number;
  /** Where its logs and its control socket are. */
  readonly runDirectory: string;
  readonly apps: { readonly [Name in AppName]: App<AppCounters> };
  status(): Promise<RuntimeStatus<AppName>>;
  /** Read from shared memory, without a system call; the last values after the runtime has ended. */
  counters(): Counters<AppName, WorkerCounters, AppCounters>;
  /** Asked of the runtime: packets, bytes and drops of NICs and stacks. */
  network(): Promise<Network>;
  /** Ends all programs and the runtime, and waits for it. One that has ended already is left alone. */
  stop(options?: StopOptions): Promise<void>;
}

export interface ConnectOptions {
  /** Default: $XDG_RUNTIME_DIR/bypassgen/<name>, or /tmp/bypassgen-<uid>/<name>. */
  readonly runDirectory?: string;
}

export interface StartOptions<AppName extends string> extends ConnectOptions {
  /** Start these programs; default: those that start by themselves. */
  readonly only?: readonly AppName[];
  /**
   * The programs, each with its arguments: for a config that has none, and only for that. A program is named after its
   * file, a second one of that name `file-2`.
   */
  readonly programs?: readonly (readonly string[])[];
  /** Environment of the runtime and its programs; default: that of this process. */
  readonly env?: { readonly [name: string]: string | undefined };
  /** Working directory; default: that of this process. */
  readonly cwd?: string;
  /**
   * Where the runtime, and programs without a log of their own, write: `log` (default) appends to runtime.log in the
   * run directory; `inherit` shares stdout and stderr of this process.
   */
  readonly output?: 'log' | 'inherit';
  /**
   * false (default): this process waits for the runtime before it ends by itself, and takes it along when it ends
   * otherwise. true: the runtime goes on when this process ends; connect() finds it again.
   */
  readonly detached?: boolean;
  /** How long to wait until the runtime answers, in milliseconds; default 10 000. */
  readonly timeout?: number;
}
