/**
 * Where in the config's text a value stands. Follows what people write: defineConfig(...), functions with one result,
 * constants of the same file, spreads. Where it cannot follow, it names the nearest place above.
 * Loaded only when there is something to show: ts-morph takes half a second.
 */
import { Node, Project, type SourceFile } from 'ts-morph';
import type { Diagnostic, Span, SpecPath } from '../diagnostics/diagnostic.ts';

/** Gives each diagnostic with a path its span. */
export function locate(diagnostics: readonly Diagnostic[], file: string, source: string): Diagnostic[] {
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const tree = project.createSourceFile(file, source);
  const root = tree.getExportAssignment((e) => !e.isExportEquals())?.getExpression();
  return diagnostics.map((d) => {
    if (!d.path || d.span || !root) return d;
    const { value, key } = walk(root, d.path);
    return { ...d, span: spanOf(d.at === 'key' && key ? key : value, tree, file) };
  });
}

interface Found {
  /** The expression of the value. */
  readonly value: Node;
  /** The name in front of it. */
  readonly key?: Node | undefined;
}

function walk(root: Node, path: SpecPath): Found {
  let found: Found = { value: root };
  for (const step of path) {
    const next = child(found.value, step);
    if (!next) break;
    found = next;
  }
  return path.length === 0 ? { value: literal(root) ?? root } : found;
}

function child(parent: Node, step: string | number): Found | undefined {
  const inside = literal(parent);
  if (Node.isObjectLiteralExpression(inside)) return property(inside, String(step));
  if (Node.isArrayLiteralExpression(inside) && typeof step === 'number') {
    const elements = inside.getElements();
    const value = elements[step];
    if (value && !elements.slice(0, step + 1).some(Node.isSpreadElement)) return { value };
  }
  return undefined;
}

/** The last property of the name wins, as in JavaScript; a spread counts where it stands. */
function property(object: Node, name: string): Found | undefined {
  if (!Node.isObjectLiteralExpression(object)) return undefined;
  for (const member of object.getProperties().reverse()) {
    if (Node.isSpreadAssignment(member)) {
      const found = child(member.getExpression(), name);
      if (found) return found;
    } else if (Node.isPropertyAssignment(member) && nameOf(member.getNameNode()) === name) {
      return { value: member.getInitializerOrThrow(), key: member.getNameNode() };
    } else if (Node.isShorthandPropertyAssignment(member) && member.getName() === name) {
      return { value: member.getNameNode(), key: member.getNameNode() };
    }
  }
  return undefined;
}

const nameOf = (node: Node): string =>
  Node.isStringLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node) ? node.getLiteralText() : node.getText();

/** Calls whose value is that of their first argument. */
const transparentCalls = ['defineConfig', 'Promise.resolve', 'Object.freeze'];

/** The object or array literal that an expression stands for, if that can be seen in this file. */
function literal(node: Node | undefined, depth = 0): Node | undefined {
  if (!node || depth > 32) return undefined;
  const next = (inner: Node | undefined) => literal(inner, depth + 1);
  if (Node.isObjectLiteralExpression(node) || Node.isArrayLiteralExpression(node)) return node;
  if (
    Node.isParenthesizedExpression(node) ||
    Node.isAsExpression(node) ||
    Node.isSatisfiesExpression(node) ||
    Node.isNonNullExpression(node) ||
    Node.isAwaitExpression(node)
  ) {
    return next(node.getExpression());
  }
  if (Node.isCallExpression(node)) {
    const callee = node.getExpression();
    return transparentCalls.includes(callee.getText()) ? next(node.getArguments()[0]) : next(callee);
  }
  if (Node.isArrowFunction(node) || Node.isFunctionExpression(node) || Node.isFunctionDeclaration(node))
    return next(result(node));
  if (Node.isIdentifier(node)) return next(declaration(node));
  return undefined;
}

/** What a function returns: its expression, or that of the last return statement of its own body. */
function result(fn: Node): Node | undefined {
  const body =
    Node.isArrowFunction(fn) || Node.isFunctionExpression(fn) || Node.isFunctionDeclaration(fn)
      ? fn.getBody()
      : undefined;
  if (!Node.isBlock(body)) return body;
  const last = body.getStatements().filter(Node.isReturnStatement).at(-1);
  return last?.getExpression();
}

/** The initialiser of the constant, or the function, that an identifier names in the nearest scope around it. */
function declaration(identifier: Node): Node | undefined {
  const name = identifier.getText();
  for (let scope: Node | undefined = identifier.getParent(); scope; scope = scope.getParent()) {
    if (!Node.isBlock(scope) && !Node.isSourceFile(scope)) continue;
    const found = scope.getVariableDeclaration(name)?.getInitializer() ?? scope.getFunction(name);
    if (found) return found;
  }
  return undefined;
}

function spanOf(node: Node, tree: SourceFile, file: string): Span {
  const start = node.getStart();
  const { line, column } = tree.getLineAndColumnAtPos(start);
  const text = node.getText().split('\n')[0] ?? '';
  return { file, line, column, length: Math.max(1, text.trimEnd().length) };
}
