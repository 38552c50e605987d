/** What a file of `list/` says of a program: how it is started, what it must be able to do, and a job to be timed. */

/** A file or a name in PATH, and its arguments. */
export type Command = readonly string[];

export interface Server {
  readonly command: Command;
  /** A TCP port on which it listens when it is ready; without one, check() has to wait for it. */
  readonly port?: number;
}

/** How a task ended. */
export interface Ended {
  /** Exit status; 128 + n for death by signal n. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Where a scenario takes place: an empty folder, removed afterwards. */
export interface Place {
  readonly folder: string;
  /** A TCP port that nobody has, another one at each call. */
  port(): Promise<number>;
  /** Makes a file, and its folders. @returns its path. */
  write(name: string, content: string, mode?: number): string;
}

/** The servers run: natively, or all of them and the tasks fused in one runtime. */
export interface Stage {
  /** Runs a task to its end. */
  run(task: string): Promise<Ended>;
  /** As run. @returns its standard output. @throws when it fails. */
  succeed(task: string): Promise<string>;
  /** Host pid of a server. */
  pid(server: string): Promise<number>;
  /** Sends a signal to a server. */
  signal(server: string, signal: NodeJS.Signals): Promise<void>;
  /** Waits for something to become true. @throws when it does not. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
}

export interface Scenario {
  /** Started in this order, each when the one before is ready. */
  readonly servers?: Readonly<Record<string, Server>>;
  /** Run when check() asks for them; with the place's folder as working folder and /dev/null as standard input. */
  readonly tasks: Readonly<Record<string, Command>>;
  /** The same for both. @throws when something is wrong. */
  check(stage: Stage): Promise<void>;
  /** The task that is timed after the checks; it does a fixed amount of work. */
  readonly job: string;
}

export interface Program {
  /** For the table. */
  readonly title: string;
  /** Debian packages that it needs. */
  readonly packages: readonly string[];
  /** Executables and files that show that they are there. */
  readonly needs: readonly string[];
  /** What the checks cover, for the table. */
  readonly covers: string;
  /** Prepares configuration and data, natively. */
  scenario(place: Place): Scenario | Promise<Scenario>;
}
