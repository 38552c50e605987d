import { createHash } from 'node:crypto';
import type { Spec } from '../spec/types.ts';

/** SHA-256 of what a spec says: the order of its keys and keys that say nothing make no difference. */
export const hashSpec = (spec: Spec): string => createHash('sha256').update(canonical(spec)).digest('hex');

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(',')}}`;
}
