/** Diagnostics as a program reads them. */
import { type Diagnostic, sortDiagnostics } from './diagnostic.ts';

export interface JsonDiagnostic {
  readonly code: string;
  readonly name: string;
  readonly severity: string;
  readonly message: string;
  readonly hint: string | null;
  /** The key in the config, as workload.apps.redis.listens[0]. */
  readonly key: string | null;
  readonly span: { file: string; line: number; column: number; length: number } | null;
  readonly detail: string | null;
}

export const renderJson = (diagnostics: readonly Diagnostic[]): JsonDiagnostic[] =>
  sortDiagnostics(diagnostics).map((d) => ({
    code: d.code,
    name: d.name,
    severity: d.severity,
    message: d.message,
    hint: d.hint ?? null,
    key: d.path ? formatPath(d.path) : null,
    span: d.span ?? null,
    detail: d.detail ?? null,
  }));

/** A path as one would write it in JavaScript. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${text}['${key}']`;
    return text ? `${text}.${key}` : key;
  }, '');
}
