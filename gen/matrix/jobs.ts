/** Which jobs configs make: config × instruction set × compiler, each with the place that can verify it. */
import type { Compiler } from '../build/toolchain.ts';
import { type March, marches } from '../hardware/cpus.ts';
import type { Plan } from '../plan/plan.ts';
import { substitutes, type TargetName, targets } from '../verify/target.ts';
import type { Job } from './job.ts';

export interface Source {
  /** The config's path. */
  readonly config: string;
  readonly plan: Plan;
}

export interface Choices {
  /** Instruction sets; undefined: each config's own. */
  readonly marches: readonly March[] | undefined;
  readonly compilers: readonly Compiler[];
  /** Flags of the processor that runs the jobs, as in /proc/cpuinfo; undefined: any machine may. */
  readonly cpuFlags: readonly string[] | undefined;
}

export const jobsOf = (sources: readonly Source[], { marches: asked, compilers, cpuFlags }: Choices): Job[] =>
  sources.flatMap(({ config, plan }) =>
    (asked ?? [plan.march]).flatMap((march) =>
      compilers.map((cc): Job => {
        const id = `${plan.name}.${march}.${cc}`;
        return { id, config, name: plan.name, march, cc, ...placeOf(plan, march, cpuFlags) };
      }),
    ),
  );

function placeOf(plan: Plan, march: March, cpuFlags: readonly string[] | undefined): Pick<Job, 'target' | 'reason'> {
  if (plan.nics.length === 0) return { target: undefined, reason: 'it has no NIC' };
  const fitting = substitutes.find((place) => targets[place].misfit(plan) === undefined);
  if (!fitting)
    return { target: undefined, reason: substitutes.map((place) => targets[place].misfit(plan)).join('; ') };
  const reason = unrunnable(fitting, march, cpuFlags);
  return reason === undefined ? { target: fitting, reason: '' } : { target: undefined, reason };
}

/** What QEMU emulates without KVM; with it, a guest has the processor of the machine. */
const emulated: readonly string[] = marches['x86-64-v3'];

function unrunnable(place: TargetName, march: March, cpuFlags: readonly string[] | undefined): string | undefined {
  if (march === 'native' && place === 'qemu') return 'an emulated processor is not the one of the machine that builds';
  const available = cpuFlags && place !== 'qemu' ? cpuFlags : emulated;
  const missing = marches[march].filter((flag) => !available.includes(flag));
  if (missing.length === 0) return undefined;
  const who = place === 'qemu' ? 'an emulated processor' : cpuFlags ? 'this processor' : 'not every processor';
  return `${who} has ${missing.join(', ')}`.replace(/^(an|this)(.*?) has/, '$1$2 lacks');
}
