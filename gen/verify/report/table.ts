/** The verdict for a terminal. */
import type { Colours } from '../../terminal/colours.ts';
import type { Verdict } from '../verdict.ts';

export function verifyTable({ rows, console, status }: Verdict, colours: Colours): string {
  const labels = { passed: colours.green('pass'), failed: colours.red('fail'), skipped: colours.yellow('skip') };
  const lines = rows.map((row) => {
    const planned = row.planned === undefined || row.planned === row.found ? '' : ` (planned: ${row.planned})`;
    return `${labels[row.status]}  ${row.what}: ${row.found}${planned}`;
  });
  const shown = 30;
  const log = status === 'failed' ? console.slice(-shown).map((line) => colours.dim(`  | ${line}`)) : [];
  return [...lines, ...log].join('\n');
}
