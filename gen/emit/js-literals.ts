/** Plain data as JavaScript, and as the TypeScript type that has this one value. */
import type { Fact } from './npm/facts.ts';

const widthMax = 100;

/** What the two languages differ in. */
interface Notation {
  /** Before a list, and before the name of a field. */
  readonly prefix: string;
  /** After a field. */
  readonly end: string;
}

const javascript: Notation = { prefix: '', end: ',' };
const types: Notation = { prefix: 'readonly ', end: ';' };

export const jsValue = (value: Fact): string => print(value, javascript, '');

export const literalType = (value: Fact): string => print(value, types, '');

/** A literal union; never of nothing. */
export const unionType = (values: readonly (string | number)[]): string =>
  [...new Set(values)].map((value) => literalType(value)).join(' | ') || 'never';

function print(value: Fact, notation: Notation, indent: string): string {
  const { prefix, end } = notation;
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object') return String(value);
  const inner = `${indent}  `;
  if (isList(value)) {
    const items = value.map((item) => print(item, notation, inner));
    return `${prefix}[${onOneLine(items, ', ') ? items.join(', ') : lines(items, ',', indent)}]`;
  }
  const fields = Object.entries(value).map(
    ([key, item]) => `${prefix}${property(key)}: ${print(item, notation, inner)}`,
  );
  if (fields.length === 0) return '{}';
  const short = indent !== '' && onOneLine(fields, `${end} `);
  return short ? `{ ${fields.join(`${end} `)} }` : `{${lines(fields, end, indent)}}`;
}

const isList = (value: object): value is readonly Fact[] => Array.isArray(value);

const onOneLine = (items: readonly string[], between: string): boolean =>
  items.join(between).length <= widthMax && !items.some((item) => item.includes('\n'));

const lines = (items: readonly string[], end: string, indent: string): string =>
  `\n${items.map((item) => `${indent}  ${item}${end}\n`).join('')}${indent}`;

const property = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key));

/** In single quotes; control characters and those that end a line in JavaScript as escapes. */
const quote = (text: string): string => {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)}'`;
};
