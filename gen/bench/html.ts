/** The report as one page that needs nothing else: inline style, inline SVG, no script, no address of anything outside. */
import type { PairResult, SideResult } from './measure.ts';
import { nameOfOtherSide } from './pair.ts';
import { describeSides, formatFigure, type Report, verdict } from './report.ts';
import { factLines } from './table.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => entities[c] ?? c);

const style = `
  :root { color-scheme: light dark; --other: #8a8f98; --ours: #2f7de1; --line: #8884; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 0; } .facts, .note { color: #888; font-size: .87rem; margin: .2rem 0; }
  table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; font-variant-numeric: tabular-nums; }
  th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); } th:first-child, td:first-child { text-align: left; }
  .yes { color: #1a8f4c; } .no { color: #c77700; } .failed { color: #c33; }
  section { border-top: 1px solid var(--line); padding: 1rem 0; } svg { display: block; width: 100%; height: auto; }
  text { font: 12px system-ui, sans-serif; fill: currentColor; } .axis { stroke: var(--line); }
  .other { fill: var(--other); } .ours { fill: var(--ours); } .dot { fill-opacity: .55; }`;

const plot = { width: 900, left: 90, right: 110, row: 34, top: 6 } as const;

/** Bars of the medians from zero, with a dot for every run. */
function pairPlot({ pair, linux, ours }: PairResult): string {
  const largest = Math.max(linux.max, ours.max);
  const span = plot.width - plot.left - plot.right;
  const x = (value: number): string => (plot.left + (span * value) / largest).toFixed(1);
  const row = (index: number, name: string, kind: string, side: SideResult): string => {
    const y = plot.top + index * plot.row;
    const middle = y + plot.row / 2;
    const dots = side.samples
      .map((sample) => `<circle class="dot ${kind}" cx="${x(sample)}" cy="${middle + 11}" r="2.5"/>`)
      .join('');
    const width = (Number(x(side.median)) - plot.left).toFixed(1);
    return (
      `<text x="${plot.left - 8}" y="${middle + 2}" text-anchor="end">${escapeHtml(name)}</text>` +
      `<rect class="${kind}" x="${plot.left}" y="${y + 6}" width="${width}" height="14" rx="2"/>` +
      `<text x="${Number(x(side.max)) + 8}" y="${middle + 2}">${formatFigure(side.median)} ${escapeHtml(pair.unit)}</text>${dots}`
    );
  };
  const height = plot.top * 2 + plot.row * 2;
  return (
    `<svg viewBox="0 0 ${plot.width} ${height}" role="img" aria-label="${escapeHtml(pair.title)}">` +
    `<line class="axis" x1="${plot.left}" y1="0" x2="${plot.left}" y2="${height}"/>` +
    `${row(0, nameOfOtherSide(pair), 'other', linux)}${row(1, 'ours', 'ours', ours)}</svg>`
  );
}

function pairSection(result: PairResult): string {
  const { pair, ratio } = result;
  const better = pair.better === 'higher' ? 'longer is better' : 'shorter is better';
  return `<section><h2>${escapeHtml(pair.id)}: ${ratio.toFixed(2)}×</h2>
<p class="note">${escapeHtml(`${pair.title}; ${better}. ${describeSides(result)}`)}</p>
${pairPlot(result)}</section>`;
}

function tableRow(result: PairResult): string {
  const { pair, linux, ours, ratio, selfControl } = result;
  const judged = verdict(result);
  const reached = judged ? `<td class="${judged.reached ? 'yes' : 'no'}">${judged.target}</td>` : '<td></td>';
  const cells = [formatFigure(linux.median), formatFigure(ours.median), escapeHtml(pair.unit), `${ratio.toFixed(2)}×`];
  return `<tr><td>${escapeHtml(pair.id)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}${reached}<td>${selfControl.toFixed(2)}×</td></tr>`;
}

export function reportHtml(report: Report): string {
  const failures = report.failures.map(
    ({ pair, reason }) => `<p class="failed">${escapeHtml(`${pair.id} failed: ${reason}`)}</p>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bypassgen bench: ${escapeHtml(report.config)}</title>
<style>${style}
</style>
</head>
<body>
<h1>bypassgen bench: ${escapeHtml(report.config)}</h1>
${factLines(report.facts)
  .map((line) => `<p class="facts">${escapeHtml(line)}</p>`)
  .join('\n')}
<table>
<tr><th>pair</th><th>other side</th><th>ours</th><th>unit</th><th>ratio</th><th>to reach</th><th>self-control</th></tr>
${report.results.map(tableRow).join('\n')}
</table>
${failures.join('\n')}
${report.results.map(pairSection).join('\n')}
</body>
</html>
`;
}
