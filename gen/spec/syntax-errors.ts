/** Every syntax error of a file. Loaded only when there is one: ts-morph takes half a second. */
import { Project, ts } from 'ts-morph';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';

/** The parser keeps its own findings beside the tree; they are not in the public type. */
type Parsed = ts.SourceFile & { readonly parseDiagnostics?: readonly ts.DiagnosticWithLocation[] };

export function syntaxErrors(file: string, source: string): Diagnostic[] {
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const tree: Parsed = project.createSourceFile(file, source).compilerNode;
  return (tree.parseDiagnostics ?? []).map((found) => {
    const { line, character } = tree.getLineAndCharacterOfPosition(found.start);
    const span = { file, line: line + 1, column: character + 1, length: Math.max(1, found.length) };
    return diagnose('configSyntax', { reason: ts.flattenDiagnosticMessageText(found.messageText, ' ') }, { span });
  });
}
