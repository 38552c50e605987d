/** The report for a terminal. */
import type { Colours } from '../terminal/colours.ts';
import type { Facts } from './facts.ts';
import type { PairResult, SideResult } from './measure.ts';
import { nameOfOtherSide } from './pair.ts';
import { describeSides, formatFigure, type Report, verdict } from './report.ts';

const headings = ['pair', 'other side', 'ours', 'unit', 'ratio', 'to reach', 'self-control'];

const side = ({ median, min, max }: SideResult): string =>
  `${formatFigure(median)} (${formatFigure(min)}..${formatFigure(max)})`;

function cells(result: PairResult): string[] {
  const { pair, linux, ours, ratio, selfControl } = result;
  const judged = verdict(result);
  return [
    pair.id,
    `${nameOfOtherSide(pair)} ${side(linux)}`,
    side(ours),
    pair.unit,
    `${ratio.toFixed(2)}×`,
    judged ? `${judged.target} ${judged.reached ? 'yes' : 'no'}` : '',
    `${selfControl.toFixed(2)}×`,
  ];
}

/** Columns as wide as their widest cell; two spaces between. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export function factLines({ cpu, cores, virtual, kernel, load, versions, settings }: Facts): string[] {
  const { quick, rounds, milliseconds, requests, benchCores } = settings;
  return [
    `${cpu}${virtual ? ' (virtual machine)' : ''}, ${cores.length} cores, Linux ${kernel}, load before: ${load.toFixed(2)}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${quick ? 'quick: ' : ''}medians of ${rounds} interleaved runs (min..max), ${milliseconds} ms or ${requests} requests each, ` +
      `on core ${benchCores.join(' and ')}`,
    'ratio above 1: ours is better; self-control: the other side against itself, so 1 but for chance',
  ];
}

export function reportTable(report: Report, colours: Colours): string {
  const [heading = '', ...rows] = align([headings, ...report.results.map(cells)]);
  const coloured = rows.map((row, index) => {
    const judged = report.results[index] && verdict(report.results[index]);
    if (!judged) return row;
    return judged.reached ? colours.green(row) : colours.yellow(row);
  });
  const sides = align(report.results.map((result) => [`  ${result.pair.id}`, describeSides(result)]));
  const failures = report.failures.map(({ pair, reason }) => colours.red(`${pair.id} failed: ${reason}`));
  return [
    ...factLines(report.facts).map((line) => colours.dim(line)),
    '',
    ...(rows.length > 0 ? [colours.bold(heading), ...coloured, '', ...sides.map((line) => colours.dim(line))] : []),
    ...failures,
  ].join('\n');
}
