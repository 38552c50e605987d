import type { Case } from './cases.ts';
import type { Outcome } from './execute.ts';

const SKIPPED = 77;

/** Lines of roles that ran at once come in any order between the roles: keep the order within each. */
function byRole(stdout: string, roles: readonly string[]): string[] {
  const lines = stdout.split('\n');
  const ofRole = (role: string) => lines.filter((line) => line.startsWith(`${role}: `));
  const others = lines.filter((line) => line !== '' && !roles.some((role) => line.startsWith(`${role}: `)));
  return roles.length === 0 ? lines : [...roles.flatMap(ofRole), ...others];
}

/** A line diff of two texts, by their longest common subsequence: ` ` both, `-` expected, `+` got. */
export function diffLines(expected: readonly string[], got: readonly string[]): string[] {
  const width = got.length + 1;
  const common = new Uint32Array((expected.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = expected.length - 1; i >= 0; i--)
    for (let j = got.length - 1; j >= 0; j--)
      common[i * width + j] = expected[i] === got[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < expected.length || j < got.length) {
    if (i < expected.length && j < got.length && expected[i] === got[j]) {
      lines.push(`  ${expected[i++]}`);
      j++;
    } else if (j >= got.length || (i < expected.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`- ${expected[i++]}`);
    } else {
      lines.push(`+ ${got[j++]}`);
    }
  }
  return lines;
}

const CONTEXT = 3;

/** The changed lines of a diff with a little around them. */
function hunks(diff: readonly string[]): string[] {
  const near = (index: number): boolean =>
    diff.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => !line.startsWith(' '));
  return diff.flatMap((line, index) => {
    if (near(index)) return [line];
    return index > 0 && near(index - 1) ? ['  ...'] : [];
  });
}

function differing(what: string, expected: readonly string[], got: readonly string[]): string[] {
  if (expected.join('\n') === got.join('\n')) return [];
  return [`${what} differs (- Linux, + runtime):`, ...hunks(diffLines(expected, got))];
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

/** What the run under the runtime did otherwise than the one on Linux. Empty when nothing. */
export function differences(test: Case, native: Outcome, fused: Outcome): string[] {
  const faults = differing('stdout', byRole(native.stdout, test.roles), byRole(fused.stdout, test.roles));
  if (fused.timedOut) faults.unshift('timed out under the runtime');
  else if (fused.status !== native.status)
    faults.unshift(`exit status ${fused.status} under the runtime, ${native.status} on Linux`);
  if (test.report === undefined)
    faults.push(...differing('stderr', native.stderr.split('\n'), fused.stderr.split('\n')));
  else if (!fused.stderr.includes(test.report) || !fused.stderr.includes(test.name))
    faults.push(`no report of ${test.report} in ${test.name} on stderr:`, fused.stderr.trimEnd());
  return faults;
}
