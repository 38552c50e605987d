/** What a report says about the machine and the settings, so that a reader can judge the figures. */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { toolchainVersions } from '../build/toolchain.ts';
import { readMachine } from '../machine/machine.ts';

export interface Facts {
  readonly cpu: string;
  /** Cores of the machine that this process may use. */
  readonly cores: readonly number[];
  readonly virtual: boolean;
  readonly kernel: string;
  /** Of the last minute, before the first run: above some tenths, somebody else was at work. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Settings;
}

export interface Settings {
  readonly quick: boolean;
  /** Rounds of a pair: one run of each side, and one of the other side again. */
  readonly rounds: number;
  /** Measured in a run, after warming up. */
  readonly milliseconds: number;
  /** Of a run of redis-benchmark. */
  readonly requests: number;
  /** The cores that the pairs ran on. */
  readonly benchCores: readonly number[];
}

function versionOf(command: string, args: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const { stdout, status } = spawnSync(command, args, { env, encoding: 'utf8' });
  return status === 0 ? /\d+(\.\d+)+/.exec(stdout)?.[0] : undefined;
}

export function readFacts(settings: Settings, env: NodeJS.ProcessEnv): Facts {
  const machine = readMachine();
  const { gcc, node, bypassgen } = toolchainVersions(env);
  const versions = {
    bypassgen,
    node,
    gcc: gcc?.match(/\d+(\.\d+)+\S*$/)?.[0],
    redis: versionOf('redis-server', ['--version'], env),
    memcached: versionOf('memcached', ['--version'], env),
  };
  return {
    cpu: machine.cpuName,
    cores: machine.allowedCores,
    virtual: machine.cpuFlags.includes('hypervisor'),
    kernel: machine.kernel,
    load: os.loadavg()[0] ?? 0,
    versions: Object.fromEntries(
      Object.entries(versions).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    settings,
  };
}
