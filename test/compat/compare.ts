import { lineDiff } from '../../gen/terminal/line-diff.ts';
import type { Case } from './cases.ts';
import type { Outcome } from './execute.ts';

const SKIPPED = 77;

/** Lines of roles that ran at once come in any order between the roles: keep the order within each. */
function byRole(stdout: string, roles: readonly string[]): string {
  if (roles.length === 0) return stdout;
  const lines = stdout.split('\n');
  const ofRole = (role: string) => lines.filter((line) => line.startsWith(`${role}: `));
  const others = lines.filter((line) => line !== '' && !roles.some((role) => line.startsWith(`${role}: `)));
  return [...roles.flatMap(ofRole), ...others].join('\n');
}

function differing(what: string, expected: string, got: string): string[] {
  return expected === got ? [] : [`${what} differs (- Linux, + runtime):`, ...lineDiff(expected, got)];
}

/** True when the program said that this machine lacks something. */
export const isSkipped = (native: Outcome): boolean => native.status === SKIPPED;

/** What is wrong with the run on Linux itself: a fault of the test. */
export function nativeFaults(test: Case, native: Outcome): string[] {
  const faults: string[] = [];
  if (native.timedOut) faults.push('timed out on Linux');
  if (native.status !== test.exit) faults.push(`exit status ${native.status} on Linux, not ${test.exit}`);
  if (native.stderr !== '') faults.push('stderr on Linux:', native.stderr.trimEnd());
  return faults;
}

/** Exit status of a program that cannot be started, as a shell has it. */
const NOT_STARTED = 126;

/** A program that the runtime cannot start has to end with a message that says why. */
function refusalFaults(refused: string, fused: Outcome): string[] {
  if (fused.status === NOT_STARTED && fused.stderr.includes(refused)) return [];
  return [`exit status ${fused.status}, and not refused with '${refused}' on stderr:`, fused.stderr.trimEnd()];
}

/** What is wrong with the runtime's message: one line of its has the word and the program's name, once and only once. */
function reportFaults(report: string, name: string, stderr: string): string[] {
  const count = stderr.split('\n').filter((line) => line.includes(report) && line.includes(name)).length;
  return count === 1 ? [] : [`${count} reports of ${report} in ${name} on stderr, not 1:`, stderr.trimEnd()];
}

/** What the run under the runtime did otherwise than the one on Linux. Empty when nothing. */
export function differences(test: Case, native: Outcome, fused: Outcome): string[] {
  if (test.refused !== undefined) return refusalFaults(test.refused, fused);
  const faults = differing('stdout', byRole(native.stdout, test.roles), byRole(fused.stdout, test.roles));
  if (fused.timedOut) faults.unshift('timed out under the runtime');
  else if (fused.status !== native.status)
    faults.unshift(`exit status ${fused.status} under the runtime, ${native.status} on Linux`);
  if (test.report === undefined) faults.push(...differing('stderr', native.stderr, fused.stderr));
  else faults.push(...reportFaults(test.report, test.name, fused.stderr));
  return faults;
}
