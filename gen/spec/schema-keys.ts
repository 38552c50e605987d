/** The keys that the schema knows at a place, for suggestions. */
import { z } from 'zod';
import type { SpecPath } from '../diagnostics/diagnostic.ts';
import { specSchema } from './schema.ts';

/** Keys of the object at the path; none when it is not an object with fixed keys. */
export function keysAt(path: SpecPath): string[] {
  const schema = path.reduce<z.core.$ZodType | undefined>(child, specSchema);
  const object = schema && unwrap(schema);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function child(schema: z.core.$ZodType | undefined, key: string | number): z.core.$ZodType | undefined {
  const inner = schema && unwrap(schema);
  if (inner instanceof z.ZodObject) return inner.shape[key];
  if (inner instanceof z.ZodRecord) return inner.valueType;
  if (inner instanceof z.ZodArray) return inner.element;
  return undefined;
}

const unwrap = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
