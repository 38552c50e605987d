/** Where a config can be verified. Exchangeable: a target is a place in which the dialog runs. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { nicModel } from '../hardware/nics.ts';
import type { Plan } from '../plan/plan.ts';
import type { Spec } from '../spec/types.ts';
import type { Talk } from '../terminal/talk.ts';
import { host } from './targets/host.ts';
import { netns } from './targets/netns.ts';
import { qemu } from './targets/qemu.ts';
import { runtime } from './targets/runtime.ts';
import type { Evidence } from './verdict.ts';
import type { Wire } from './wires.ts';

export interface Request {
  readonly spec: Spec;
  readonly plan: Plan;
  readonly wires: readonly Wire[];
  /** The generated binary, absolute. */
  readonly binary: string;
  /** That of the runtime at the other ends, where the target has one. */
  readonly counterpartBinary?: string;
  /** The kernel's driver that hands PCI devices to programs; undefined: the target's choice. */
  readonly driver: string | undefined;
  /** Of target host: interfaces at the other ends, in the order of the NICs, with commas between. */
  readonly peer?: string | undefined;
  /** How long each conversation goes on; 0: once through the list of values. */
  readonly seconds: number;
  /** When whatever runs there is ended, in seconds from its start; undefined: by what there is to do. */
  readonly limit: number | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly talk: Talk;
}

export interface Target {
  readonly summary: string;
  /** Why NICs of the config are not to be had there, on any machine; undefined: they are. */
  misfit(plan: Plan): string | undefined;
  /** The config of a runtime at the other ends of the wires, on these cores; absent: Linux is there. */
  counterpart?(spec: Spec, wires: readonly Wire[], cores: readonly number[]): Spec;
  /** Why the config cannot be verified there, before anything is built; undefined: it can. */
  refuse(request: Omit<Request, 'binary'>): Diagnostic | undefined;
  run(request: Request): Promise<Evidence | Diagnostic>;
  /** Ends what runs, at once. */
  abandon(): void;
}

export const targets = { qemu, netns, runtime, host } as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;
export const targetNames = Object.keys(targets) as TargetName[];

/** Those that a machine without such NICs can be, in the order in which they are preferred. */
export const substitutes = ['netns', 'runtime', 'qemu'] as const satisfies readonly TargetName[];

/** Where a config is verified when nobody says: whichever can have its NICs, or the one that says best why it cannot. */
export const defaultTarget = (plan: Plan): TargetName =>
  substitutes.find((name) => targets[name].misfit(plan) === undefined && plan.nics.length > 0) ??
  (plan.nics.every(({ model }) => nicModel(model).attach === 'pci') ? 'qemu' : 'runtime');
