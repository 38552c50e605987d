/** From the path of a config to its Spec, or to diagnostics that point into it. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { loadConfig } from './load.ts';
import { parseSpec } from './parse.ts';
import type { Spec } from './types.ts';

export interface ReadResult {
  /** Absent when there is an error. */
  readonly spec?: Spec;
  readonly diagnostics: readonly Diagnostic[];
}

export async function readSpec(file: string, env: NodeJS.ProcessEnv = process.env): Promise<ReadResult> {
  const loaded = await loadConfig(file, env);
  if ('diagnostics' in loaded) return loaded;
  const parsed = parseSpec(loaded.raw);
  if (parsed.diagnostics.length === 0) return parsed;
  const { locate } = await import('./locate.ts');
  return { ...parsed, diagnostics: locate(parsed.diagnostics, file, loaded.source) };
}
