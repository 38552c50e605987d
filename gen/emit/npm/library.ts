/**
 * The part of a package that is the same for every config: gen/control, with its types stripped, and the declarations of
 * what users see of it. TypeScript comes with ts-morph, and is loaded only when something has to be emitted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ts as TypeScript } from 'ts-morph';
import type { EmittedFile } from '../emitted-file.ts';

const require = createRequire(import.meta.url);
const sources = new URL('../../control/', import.meta.url);

/** Modules whose types index.d.ts refers to. */
const declared = ['api.ts', 'net-api.ts', 'runtime-error.ts'];

/** Modules that leave nothing to run. */
const typesAlone = ['api.ts', 'net-api.ts'];

let library: readonly EmittedFile[] | undefined;

/** Paths relative to out/<name>. */
export function emitLibrary(): readonly EmittedFile[] {
  library ??= readdirSync(sources)
    .sort()
    .flatMap((file) => transpile(file, readFileSync(new URL(file, sources), 'utf8')));
  return library;
}

function transpile(file: string, source: string): EmittedFile[] {
  const { ts } = require('ts-morph') as { ts: typeof TypeScript };
  const compilerOptions: TypeScript.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    isolatedDeclarations: true,
    declaration: true,
  };
  const target = `npm/lib/${file.replace(/\.ts$/, '')}`;
  const script = ts.transpileModule(source, { compilerOptions }).outputText;
  const files = typesAlone.includes(file) ? [] : [{ path: `${target}.js`, content: script }];
  if (declared.includes(file)) {
    const { outputText, diagnostics } = ts.transpileDeclaration(source, { compilerOptions });
    if (diagnostics?.length) throw new Error(`${file}: ${JSON.stringify(diagnostics.map((d) => d.messageText))}`);
    files.push({ path: `${target}.d.ts`, content: outputText });
  }
  return files;
}
