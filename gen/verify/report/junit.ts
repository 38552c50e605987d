/** The verdict as CI services read it: JUnit's XML, a test case for each row. */
import type { Row, Verdict } from '../verdict.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no way to write most control characters. */
const escapeXml = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/g, '?').replace(/[&<>"]/g, (c) => entities[c] ?? c);

const explain = ({ planned, found }: Row): string => (planned === undefined ? found : `${found}; planned: ${planned}`);

function body(row: Row): string {
  const message = escapeXml(explain(row));
  const bodies = { passed: '', failed: `<failure message="${message}"/>`, skipped: `<skipped message="${message}"/>` };
  return bodies[row.status];
}

export function verifyJunit({ name, target, seconds, rows, console }: Verdict): string {
  const count = (status: Row['status']) => rows.filter((row) => row.status === status).length;
  const suite = escapeXml(`${name}.${target}`);
  const cases = rows.map(
    (row) => `    <testcase classname="${suite}" name="${escapeXml(row.what)}">${body(row)}</testcase>`,
  );
  const output = console.length > 0 ? [`    <system-out>${escapeXml(console.join('\n'))}</system-out>`] : [];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="${suite}" tests="${rows.length}" failures="${count('failed')}" skipped="${count('skipped')}" time="${seconds.toFixed(1)}">`,
    ...cases,
    ...output,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
