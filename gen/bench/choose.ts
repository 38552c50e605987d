/** Which pairs are asked for, and where they run. */
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { isRemote, type Pair } from './pair.ts';
import { coresOf, pairs } from './pairs.ts';

interface Choice {
  readonly pairs: readonly Pair[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The pairs of `--only`, in the order of the table; all of them when it is not given.
 * @param root whether this process may make network namespaces; without, pairs of two hosts are left out, or an error
 *   when they are asked for.
 */
export function choosePairs(only: string | undefined, root: boolean): Choice {
  if (only !== undefined) return choosePairsById(only, root);
  const left = root ? [] : pairs.filter(isRemote);
  return {
    pairs: pairs.filter((pair) => !left.includes(pair)),
    diagnostics: left.length > 0 ? [diagnose('benchLeftOut', { pairs: left.map((pair) => pair.id) })] : [],
  };
}

function choosePairsById(only: string, root: boolean): Choice {
  const ids = only.split(',').filter(Boolean);
  const known = pairs.map((pair) => pair.id);
  const diagnostics = ids
    .filter((id) => !known.includes(id))
    .map((id) => diagnose('noSuchPair', { id, suggestion: suggest(id, known), known }));
  const chosen = pairs.filter((pair) => ids.includes(pair.id));
  const refused = root ? [] : chosen.filter(isRemote).map((pair) => pair.id);
  if (refused.length > 0) diagnostics.push(diagnose('benchNeedsRoot', { pairs: refused }));
  return { pairs: chosen, diagnostics };
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
