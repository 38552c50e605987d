/** The three forms of the report. */
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../gen/bench/facts.ts';
import { escapeHtml, reportHtml } from '../../gen/bench/html.ts';
import type { PairResult } from '../../gen/bench/measure.ts';
import type { Pair } from '../../gen/bench/pair.ts';
import { pairs } from '../../gen/bench/pairs.ts';
import { formatFigure, type Report, reportJson } from '../../gen/bench/report.ts';
import { align, reportTable } from '../../gen/bench/table.ts';
import { coloursFor } from '../../gen/terminal/colours.ts';

const facts: Facts = {
  cpu: 'A <fast> & "good" CPU',
  cores: [0, 1],
  virtual: true,
  kernel: '6.1.0',
  load: 0.07,
  versions: { node: 'v20.19.0', redis: '7.0.15' },
  settings: { quick: false, rounds: 9, milliseconds: 1000, requests: 300_000, benchCores: [0] },
};

const side = (name: string, ...samples: number[]) => ({
  variant: name,
  samples,
  median: samples[1] ?? 0,
  min: Math.min(...samples),
  max: Math.max(...samples),
});

const result = (id: string, linux: number[], ours: number[], ratio: number): PairResult => ({
  pair: pairs.find((pair) => pair.id === id) as Pair,
  linux: side('one core', ...linux),
  ours: side('fused, one core', ...ours),
  ratio,
  selfControl: 1.01,
});

const report: Report = {
  config: 'configs/<x>.ts',
  facts,
  results: [
    result('local.tcp-echo', [4800, 4900, 5000], [400, 410, 450], 11.95),
    result('call.patched', [80, 82, 85], [19, 21, 22], 3.9),
    result('generic.redis-get', [150_000, 151_000, 152_000], [160_000, 161_000, 170_000], 1.07),
  ],
  failures: [{ pair: pairs[1] as Pair, reason: 'ended with 1: <oops>' }],
};

describe('the JSON', () => {
  it('is exactly what is promised', () => {
    const json = reportJson(report);
    expect(Object.keys(json)).toEqual(['format_version', 'machine', 'pairs']);
    expect(json.format_version).toBe(1);
    expect(json.pairs[0]).toEqual({
      id: 'local.tcp-echo',
      unit: 'ns',
      better: 'lower',
      linux: { variant: 'one core', median: 4900, min: 4800, max: 5000 },
      ours: { variant: 'fused, one core', median: 410, min: 400, max: 450 },
      ratio: 11.95,
      selfControl: 1.01,
    });
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });
});

describe('the table', () => {
  const text = reportTable(report, coloursFor({}, {}));

  it('says what was compared, reached and not', () => {
    expect(text).toMatch(
      /^local\.tcp-echo +Linux 4900 \(4800\.\.5000\) +410 \(400\.\.450\) +ns +11\.95× +≥ 10× yes +1\.01×$/m,
    );
    expect(text).toMatch(/^call\.patched .* ≤ 20 ns no/m);
    expect(text).toMatch(/^generic\.redis-get +generic 151k/m);
    expect(text).toContain('local.futex failed: ended with 1: <oops>');
  });

  it('says where: machine, versions, settings', () => {
    for (const fact of [
      '(virtual machine)',
      'Linux 6.1.0',
      'redis 7.0.15',
      'medians of 9 interleaved runs',
      'on core 0',
    ])
      expect(text).toContain(fact);
  });

  it('has columns', () => {
    expect(
      align([
        ['a', 'b'],
        ['long', 'c'],
      ]),
    ).toEqual(['a     b', 'long  c']);
  });
});

describe('a figure', () => {
  it.each([
    [4.9123, '4.91'],
    [49.123, '49.1'],
    [491.23, '491'],
    [4912.3, '4912'],
    [49_123, '49.1k'],
    [491_230, '491k'],
    [0.001, '0.00'],
  ])('%d is shown as %s', (value, shown) => {
    expect(formatFigure(value)).toBe(shown);
  });
});

describe('the page', () => {
  const page = reportHtml(report);

  it('needs nothing from outside', () => {
    expect(page).not.toMatch(/\b(src|href|srcset|action)\s*=|url\(|@import|<script|<link|<iframe|https?:/i);
  });

  it('escapes what it is told', () => {
    expect(escapeHtml(`<a href="x">'&'`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;');
    expect(page).toContain('configs/&lt;x&gt;.ts');
    expect(page).toContain('A &lt;fast&gt; &amp; &quot;good&quot; CPU');
    expect(page).not.toContain('<oops>');
  });

  it('draws a plot of each pair, with a dot for every run', () => {
    expect(page.match(/<svg /g)).toHaveLength(3);
    expect(page.match(/<circle /g)).toHaveLength(18);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});
