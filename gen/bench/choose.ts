/** Which pairs are asked for, and where they run. */
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Pair } from './pair.ts';
import { coresOf, pairs } from './pairs.ts';

/** The pairs of `--only`, in the order of the table; all of them when it is not given. */
export function choosePairs(only: string | undefined): { pairs: readonly Pair[]; diagnostics: Diagnostic[] } {
  if (only === undefined) return { pairs, diagnostics: [] };
  const ids = only.split(',').filter(Boolean);
  const known = pairs.map((pair) => pair.id);
  const diagnostics = ids
    .filter((id) => !known.includes(id))
    .map((id) => diagnose('noSuchPair', { id, suggestion: suggest(id, known), known }));
  return { pairs: pairs.filter((pair) => ids.includes(pair.id)), diagnostics };
}

/**
 * The cores to run on: those of the config that this process may use, then others that it may.
 * @returns the cores, as many as any of the pairs takes; or what is missing.
 */
export function chooseCores(
  chosen: readonly Pair[],
  configured: readonly number[],
  allowed: readonly number[],
): readonly number[] | Diagnostic {
  const needed = Math.max(...chosen.map(coresOf));
  const cores = [...configured.filter((core) => allowed.includes(core)), ...allowed];
  const distinct = [...new Set(cores)].slice(0, needed);
  if (distinct.length === needed) return distinct;
  const wanting = chosen.filter((pair) => coresOf(pair) > distinct.length).map((pair) => pair.id);
  return diagnose('benchCoresMissing', { needed, allowed, pairs: wanting });
}
