/** Why a config cannot be verified in namespaces of this machine. */
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';
import type { Plan } from '../../plan/plan.ts';

/** @param place what needs root. @param misfit what the target says of the NICs. */
export function refuseNamespace(plan: Plan, place: string, misfit: string | undefined): Diagnostic | undefined {
  const reasons = [
    process.getuid?.() === 0 ? undefined : `${place} needs root`,
    plan.nics.length === 0 ? 'it has no NIC' : undefined,
    misfit,
  ];
  const reason = reasons.find((text) => text !== undefined);
  return reason === undefined ? undefined : diagnose('notVerifiable', { reason });
}
