/** What became of the jobs, for a terminal. */
import type { Colours } from '../../terminal/colours.ts';
import type { Row } from './runner.ts';

export function matrixTable(rows: readonly Row[], planned: number, colours: Colours): string {
  const labels = { passed: colours.green('pass'), failed: colours.red('fail'), skipped: colours.yellow('skip') };
  const width = Math.max(0, ...rows.map(({ job }) => job.id.length));
  const lines = rows.map(({ status, job, seconds, note, earlier }) => {
    const time = `${seconds.toFixed(1)} s`.padStart(8);
    const where = (job.target ?? 'build').padEnd(5);
    return `${labels[status]}  ${job.id.padEnd(width)}  ${where}  ${time}${earlier ? ' (before)' : ''}  ${note}`.trimEnd();
  });
  const count = (status: Row['status']) => rows.filter((row) => row.status === status).length;
  const undone = planned - rows.length;
  const sums = [
    `${count('passed')} passed`,
    `${count('failed')} failed`,
    `${count('skipped')} skipped`,
    ...(undone > 0 ? [`${undone} not done`] : []),
  ];
  return [...lines, sums.join(', ')].join('\n');
}
