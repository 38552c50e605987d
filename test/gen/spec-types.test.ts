/** The types that people write against, and the schema that checks them, say the same: a mistake fails the type check. */
import { expect, it } from 'vitest';
import type { z } from 'zod';
import type { Spec } from '../../gen/index.ts';
import { defaults } from '../../gen/spec/defaults.ts';
import { fieldDocs } from '../../gen/spec/field-docs.ts';
import type { specSchema } from '../../gen/spec/schema.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = T extends (infer E)[] ? Flat<E>[] : T extends object ? { [K in keyof T]: Flat<T[K]> } : T;

const same: Equal<Flat<Spec>, Flat<z.infer<typeof specSchema>>> = true;

it('types and schema are equal', () => {
  expect(same).toBe(true);
});

const docs = fieldDocs();

it.each(docs.map((doc) => [doc.key, doc] as const))(
  '%s is documented, with its default when it is optional',
  (_, doc) => {
    expect(doc.text).toMatch(/^[A-Z].{10,}\.$/s);
    expect(doc.default).not.toBe('');
  },
);

it.each(Object.entries(defaults).filter(([key]) => !key.includes('(')))(
  'the documented default of %s is the real one',
  (key, value) => {
    const doc = docs.find((d) => d.key === key);
    const shown =
      typeof value === 'string' ? `'${value}'` : Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
    expect(doc?.default?.startsWith(shown), `${doc?.default} should start with ${shown}`).toBe(true);
  },
);
