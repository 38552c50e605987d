/** One job of continuous integration: a config, built one way, and verified where that can be. */
import type { Compiler } from '../build/toolchain.ts';
import type { March } from '../hardware/cpus.ts';
import type { TargetName } from '../verify/target.ts';

export interface Job {
  /** 'vmxnet3.x86-64-v2.gcc': unique, and fit for the name of a folder. */
  readonly id: string;
  /** The config's path, as it was given. */
  readonly config: string;
  /** The config's name: its output is in <out>/<name>. */
  readonly name: string;
  readonly march: March;
  readonly cc: Compiler;
  /** Where it is verified; undefined: it is only built. */
  readonly target: TargetName | undefined;
  /** Why it is only built; '' when it is verified. */
  readonly reason: string;
}

/** Arguments of the command line that do the job, its output in a folder. Verifying builds and packs, too. */
export const argumentsOf = ({ config, march, cc, target }: Job, out: string): string[] => [
  ...(target ? ['verify', config, '--target', target] : ['build', config]),
  ...['--march', march, '--cc', cc, '--out', out],
];
