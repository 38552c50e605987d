/** What a generated runtime asks of a machine, checked before any of its machine code is loaded or started. */
import fs from 'node:fs';
import { RuntimeError } from './runtime-error.ts';

/** One binary of the runtime. */
export interface Build {
  /** What the compiler was told. */
  readonly march: string;
  /** Flags of /proc/cpuinfo that it takes for granted; none when the compiler went by its own machine ('native'). */
  readonly cpuFlags: readonly string[];
  /** Its path in the package. */
  readonly binary: string;
}

export interface Requirements {
  /** Name of the runtime, for the message. */
  readonly name: string;
  /** The most demanding first; at least one. */
  readonly builds: readonly Build[];
}

/** The machine at hand; tests give another. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Text of /proc/cpuinfo. */
  cpuinfo(): string;
}

const here: Machine = {
  platform: process.platform,
  arch: process.arch,
  cpuinfo: () => fs.readFileSync('/proc/cpuinfo', 'utf8'),
};

/**
 * The first binary that the machine can run. A flag is shown in /proc/cpuinfo when processor and kernel both have it.
 * @throws RuntimeError wrong-platform or wrong-cpu.
 */
export function chooseBuild({ name, builds }: Requirements, machine: Machine = here): Build {
  const platform = `${machine.platform}-${machine.arch}`;
  if (platform !== 'linux-x64')
    throw new RuntimeError(
      'wrong-platform',
      `${name} was built for linux-x64, but this is ${platform}; run it on an x86-64 Linux machine`,
    );
  const there = new Set(/^flags\s*:(.*)$/m.exec(machine.cpuinfo())?.[1]?.trim().split(/\s+/));
  const lacks = ({ cpuFlags }: Build) => cpuFlags.filter((flag) => !there.has(flag));
  const fitting = builds.find((build) => lacks(build).length === 0);
  if (fitting) return fitting;
  const least = builds.at(-1) as Build;
  throw new RuntimeError(
    'wrong-cpu',
    `${name} was built for ${builds.map(({ march }) => march).join(', ')}, but this CPU lacks ${lacks(least).join(', ')}; build it again with a hardware.cpu.march that fits ('bypassgen init' writes the config of a machine)`,
  );
}
