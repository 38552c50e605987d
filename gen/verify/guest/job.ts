/** What runs in a guest. Exchangeable: the guest knows nothing of what it runs, the job nothing of how it was booted. */

export interface Job {
  /** For people. */
  readonly name: string;
  /**
   * For busybox's shell, as root: `tell found <name> <text>` reports, the last command's status is the job's. The
   * host's files are under /host, read-only; `chroot /host` runs its programs.
   */
  readonly script: string;
  /** Programs that are not on the host: path from the guest's root, without the slash, and content. */
  readonly files: Readonly<Record<string, Buffer>>;
  /** Kernel modules, without those they need. */
  readonly modules: readonly string[];
  /** Devices, as arguments of QEMU. */
  readonly devices: readonly string[];
  /** Commands for QEMU's own network namespace, before it starts; empty: it needs none. */
  readonly network: readonly string[];
  /** Words for the kernel's command line. */
  readonly kernelArguments: readonly string[];
  readonly cpus: number;
  readonly memoryMiB: number;
  /** From the start of QEMU to a guest that is up. */
  readonly bootSeconds: number;
  /** From there to the end of the job. */
  readonly limitSeconds: number;
}

/** A job that only has a script. */
export const shellJob = (name: string, script: string, change: Partial<Job> = {}): Job => ({
  name,
  script,
  files: {},
  modules: [],
  devices: [],
  network: [],
  kernelArguments: [],
  cpus: 1,
  memoryMiB: 256,
  bootSeconds: 60,
  limitSeconds: 60,
  ...change,
});
