/** What the schema finds, in the words of the catalogue. */
import type { z } from 'zod';
import { type Diagnostic, diagnose, type SpecPath } from '../diagnostics/diagnostic.ts';
import { formatPath } from '../diagnostics/render-json.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { keysAt } from './schema-keys.ts';

type Issue = z.core.$ZodIssue;

const nouns: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  template_literal: 'text',
};

const noun = (type: string): string => nouns[type] ?? type;

/** Diagnostics of one issue; a list of unknown keys makes one for each. root is the value that was checked. */
export function diagnoseIssue(issue: Issue, root: unknown): Diagnostic[] {
  const path = issue.path as SpecPath;
  const value = valueAt(root, path);
  const key = formatPath(path) || 'the config';
  const here = { path, at: 'value' } as const;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((unknown) => {
        const known = keysAt(path);
        return diagnose(
          'unknownKey',
          { key: unknown, known, suggestion: suggest(unknown, known) },
          { path: [...path, unknown], at: 'key' },
        );
      });
    case 'invalid_type':
      if (value === undefined && path.length > 0) return [missing(path, noun(issue.expected))];
      return [diagnose('wrongType', { key, expected: noun(issue.expected), got: describe(value) }, here)];
    case 'invalid_value': {
      const choices = issue.values.map(String);
      if (value === undefined) return [missing(path, `one of ${choices.join(', ')}`)];
      const suggestion = typeof value === 'string' ? suggest(value, choices) : undefined;
      return [diagnose('notAChoice', { key, value: describe(value), choices, suggestion }, here)];
    }
    case 'too_small':
      return [
        diagnose(
          'outOfRange',
          { key, value: measure(value), bound: bound('at least', issue.minimum, issue.origin) },
          here,
        ),
      ];
    case 'too_big':
      return [
        diagnose(
          'outOfRange',
          { key, value: measure(value), bound: bound('at most', issue.maximum, issue.origin) },
          here,
        ),
      ];
    case 'not_multiple_of':
      return [diagnose('outOfRange', { key, value: describe(value), bound: `a multiple of ${issue.divisor}` }, here)];
    case 'invalid_key': {
      const expected = issue.issues[0]?.message ?? 'a valid key';
      return [
        diagnose(
          'badFormat',
          { key: formatPath(path.slice(0, -1)), value: `'${path.at(-1)}'`, expected },
          { path, at: 'key' },
        ),
      ];
    }
    case 'invalid_union':
      return [diagnose('wrongType', { key, expected: unionOf(issue), got: describe(value) }, here)];
    case 'invalid_format':
    case 'custom':
      return [diagnose('badFormat', { key, value: describe(value), expected: issue.message }, here)];
    case 'invalid_element':
      return [diagnose('badFormat', { key, value: describe(value), expected: issue.message }, here)];
  }
}

const missing = (path: SpecPath, expected: string): Diagnostic =>
  diagnose('missingKey', { key: String(path.at(-1)), expected }, { path: path.slice(0, -1), at: 'key' });

function unionOf(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const types = issue.errors.flatMap((alternative) =>
    alternative.map((inner) => (inner.code === 'invalid_type' ? noun(inner.expected) : inner.message)),
  );
  return [...new Set(types)].join(' or ');
}

function bound(relation: string, limit: number | bigint, origin: string): string {
  const unit = origin === 'array' ? ` entr${limit === 1 ? 'y' : 'ies'} long` : '';
  return `${relation} ${limit}${unit}`;
}

const measure = (value: unknown): string =>
  Array.isArray(value) ? `${value.length} entr${value.length === 1 ? 'y' : 'ies'}` : describe(value);

/** A value in a few words. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value.length <= 60 ? `'${value}'` : `'${value.slice(0, 57)}...'`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

function valueAt(root: unknown, path: SpecPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined,
    root,
  );
}
