/** Runs a config file and returns what it exports. The file is a program of the user: whatever it does wrong is a diagnostic. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { cacheDirectory } from '../../bin/cache.js';
import { type Diagnostic, diagnose, type Span } from '../diagnostics/diagnostic.ts';
import { contained } from './contained.ts';
import { plainCopy } from './plain-copy.ts';

/** What `import ... from 'bypassgen'` means inside a config, wherever the config lies. */
const publicModule = fileURLToPath(new URL('../index.ts', import.meta.url));

export type LoadResult =
  | { readonly raw: unknown; readonly source: string }
  | { readonly diagnostics: readonly Diagnostic[] };

/** file is absolute. env is what a config function is told. */
export async function loadConfig(file: string, env: NodeJS.ProcessEnv): Promise<LoadResult> {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch {
    return { diagnostics: [diagnose('configNotFound', { file: path.relative(process.cwd(), file) || file })] };
  }
  try {
    return await contained(() => evaluate(file, source, env));
  } catch (error) {
    return { diagnostics: await explainFailure(file, source, error) };
  }
}

async function evaluate(file: string, source: string, env: NodeJS.ProcessEnv): Promise<LoadResult> {
  const jiti = createJiti(import.meta.url, {
    alias: { bypassgen: publicModule },
    fsCache: cacheDirectory,
    moduleCache: false,
    interopDefault: false,
  });
  const module = await jiti.import<{ default?: unknown }>(file);
  if (module.default === undefined) {
    const place = { span: { file, line: 1, column: 1, length: 1 } };
    return { diagnostics: [diagnose('configWithoutDefault', { file: path.basename(file) }, place)] };
  }
  const exported: unknown = await module.default;
  return { raw: plainCopy(typeof exported === 'function' ? await exported({ env }) : exported), source };
}

/** A syntax error if TypeScript's parser agrees that there is one; otherwise an exception of the program. */
async function explainFailure(file: string, source: string, error: unknown): Promise<Diagnostic[]> {
  const message = error instanceof Error ? error.message : String(error);
  const parse = /^ParseError: (.*?)\s*\n\s*(.*?):(\d+):(\d+)/.exec(message);
  if (!parse) {
    const span =
      placeOfImport(message, file, source) ?? (error instanceof Error ? placeInStack(error, file) : undefined);
    return [diagnose('configThrew', { reason: nameOf(error) + firstLine(message) }, { span })];
  }
  const { syntaxErrors } = await import('./syntax-errors.ts');
  const found = syntaxErrors(file, source);
  if (found.length > 0) return found;
  const [, reason = '', inFile = file, line, column] = parse;
  // Its columns count from 0.
  const span = { file: inFile, line: Number(line), column: Number(column) + 1, length: 1 };
  return [diagnose('configSyntax', { reason }, { span })];
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

const nameOf = (error: unknown): string => (error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : '');

/** A module that cannot be found is best shown where the config names it. */
function placeOfImport(message: string, file: string, source: string): Span | undefined {
  const specifier = /^Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1];
  const at = specifier ? source.indexOf(specifier) : -1;
  if (!specifier || at < 0) return undefined;
  const before = source.slice(0, at).split('\n');
  return { file, line: before.length, column: (before.at(-1) ?? '').length + 1, length: specifier.length };
}

/**
 * The innermost stack frame in the config or in a file beside it. The loader takes the types out of a line, so columns
 * mean nothing: the whole line is shown.
 */
function placeInStack(error: Error, file: string): Span | undefined {
  for (const [, where = '', line] of (error.stack ?? '').matchAll(/\(?((?:file:\/\/)?\/[^\s()]*?):(\d+):\d+\)?$/gm)) {
    const frame = where.startsWith('file:') ? fileURLToPath(where) : where;
    if (frame === file || frame.startsWith(`${path.dirname(file)}${path.sep}`)) return wholeLine(frame, Number(line));
  }
  return undefined;
}

function wholeLine(file: string, line: number): Span {
  const text = readFileSync(file, 'utf8').split('\n')[line - 1] ?? '';
  const code = text.trim();
  return { file, line, column: text.indexOf(code) + 1, length: Math.max(1, code.length) };
}
