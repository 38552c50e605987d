/** Where a config can be verified. Exchangeable: a target is a place in which the dialog runs. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import type { Spec } from '../spec/types.ts';
import type { Talk } from '../terminal/talk.ts';
import { host } from './targets/host.ts';
import { netns } from './targets/netns.ts';
import { qemu } from './targets/qemu.ts';
import type { Evidence } from './verdict.ts';
import type { Wire } from './wires.ts';

export interface Request {
  readonly spec: Spec;
  readonly plan: Plan;
  readonly wires: readonly Wire[];
  /** The generated binary, absolute. */
  readonly binary: string;
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
  /** Why the config cannot be verified there, before anything is built; undefined: it can. */
  refuse(request: Omit<Request, 'binary'>): Diagnostic | undefined;
  run(request: Request): Promise<Evidence | Diagnostic>;
  /** Ends what runs, at once. */
  abandon(): void;
}

export const targets = { qemu, netns, host } as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;
export const targetNames = Object.keys(targets) as TargetName[];
