/** The verdict as one page that needs nothing else: inline style, no script, no address of anything outside. */
import { escapeHtml } from '../../bench/html.ts';
import type { Row, Verdict } from '../verdict.ts';

const style = `
  :root { color-scheme: light dark; --line: #8884; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; } .facts { color: #888; font-size: .87rem; margin: .2rem 0; }
  table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
  th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
  .passed { color: #1a8f4c; } .skipped { color: #c77700; } .failed { color: #c33; font-weight: 600; }
  pre { overflow-x: auto; border: 1px solid var(--line); padding: .6rem; font-size: .8rem; }`;

const cell = (text: string, kind = ''): string => `<td${kind && ` class="${kind}"`}>${escapeHtml(text)}</td>`;

const tableRow = ({ what, status, planned = '', found }: Row): string =>
  `<tr>${cell(what)}${cell(status, status)}${cell(planned)}${cell(found)}</tr>`;

export function verifyPage({ name, config, target, place, status, seconds, rows, console }: Verdict): string {
  const title = escapeHtml(`bypassgen verify: ${name}`);
  const log = console.length > 0 ? `<h2>Last lines</h2>\n<pre>${escapeHtml(console.join('\n'))}</pre>\n` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}
</style>
</head>
<body>
<h1>${title}: <span class="${status}">${status}</span></h1>
<p class="facts">${escapeHtml(`${config}, target ${target}: ${place}; ${seconds.toFixed(1)} s`)}</p>
<table>
<tr><th>what</th><th>verdict</th><th>planned</th><th>found</th></tr>
${rows.map(tableRow).join('\n')}
</table>
${log}</body>
</html>
`;
}
