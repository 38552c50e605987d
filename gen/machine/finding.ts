/** What doctor says of one thing. */
import type { Plan } from '../plan/plan.ts';
import type { Spec } from '../spec/types.ts';
import type { Abilities } from './abilities.ts';
import type { Machine } from './machine.ts';

export interface Finding {
  readonly what: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** The command, or the sentence, that mends it. */
  readonly mend?: string;
}

export interface Patient {
  readonly spec: Spec;
  readonly plan: Plan;
  readonly machine: Machine;
  readonly abilities: Abilities;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

export const ok = (what: string, detail: string): Finding => ({ what, status: 'ok', detail });
export const warn = (what: string, detail: string, mend: string): Finding => ({ what, status: 'warn', detail, mend });
export const fail = (what: string, detail: string, mend: string): Finding => ({ what, status: 'fail', detail, mend });

export type Examination = (patient: Patient) => Finding | readonly Finding[];
