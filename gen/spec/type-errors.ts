/** What TypeScript's checker says of a config. Takes a second or two; `check` alone asks. */
import { fileURLToPath } from 'node:url';
import { Project, ts } from 'ts-morph';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** told: what is known already; a line is not complained about twice. */
export function typeErrors(file: string, told: readonly Diagnostic[]): Diagnostic[] {
  const project = new Project({
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [`${packageRoot}/node_modules/@types`],
      paths: { bypassgen: [`${packageRoot}/gen/index.ts`] },
    },
  });
  const config = project.addSourceFileAtPath(file);
  const known = new Set(told.flatMap((d) => (d.span?.file === file ? [d.span.line] : [])));
  return config.getPreEmitDiagnostics().flatMap((found) => {
    const { line = 1, column = 1 } = lineAndColumn(config, found.getStart());
    if (known.has(line)) return [];
    const reason = ts.flattenDiagnosticMessageText(found.compilerObject.messageText, ' ');
    return [diagnose('configTypes', { reason }, { span: { file, line, column, length: found.getLength() ?? 1 } })];
  });
}

const lineAndColumn = (
  file: { getLineAndColumnAtPos(pos: number): { line: number; column: number } },
  start: number | undefined,
): { line?: number; column?: number } => (start === undefined ? {} : file.getLineAndColumnAtPos(start));
