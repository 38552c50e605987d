/** What a generated runtime asks of a machine, checked before any of its machine code is loaded or started. */
import fs from 'node:fs';
import { RuntimeError } from './runtime-error.ts';

export interface Requirements {
  /** Name of the runtime, for the message. */
  readonly name: string;
  /** What the compiler was told. */
  readonly march: string;
  /** Flags of /proc/cpuinfo that it takes for granted; none when the compiler went by its own machine ('native'). */
  readonly cpuFlags: readonly string[];
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

/** @throws RuntimeError wrong-platform or wrong-cpu. */
export function checkMachine({ name, march, cpuFlags }: Requirements, machine: Machine = here): void {
  const platform = `${machine.platform}-${machine.arch}`;
  if (platform !== 'linux-x64')
    throw new RuntimeError(
      'wrong-platform',
      `${name} was built for linux-x64, but this is ${platform}; run it on an x86-64 Linux machine`,
    );
  const there = new Set(/^flags\s*:(.*)$/m.exec(machine.cpuinfo())?.[1]?.trim().split(/\s+/));
  const missing = cpuFlags.filter((flag) => !there.has(flag));
  if (missing.length > 0)
    throw new RuntimeError(
      'wrong-cpu',
      `${name} was built for ${march}, but this CPU lacks ${missing.join(', ')}; build it again with a hardware.cpu.march that fits ('bypassgen init' writes the config of a machine)`,
    );
}
