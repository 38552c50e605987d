/** What a user is told about a mistake of theirs, or about something that their machine lacks. Bugs are thrown instead. */
import { type Catalogue, catalogue, type DiagnosticName, type ParamsOf, type Severity } from './catalogue.ts';

/** Keys that lead from the root of the config to a value. */
export type SpecPath = readonly (string | number)[];

/** A stretch of a source file; line and column count from 1, length in characters on that line. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Diagnostic {
  readonly name: DiagnosticName;
  /** Stable: BP and four digits. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string | undefined;
  /** The value in the config that it is about, and whether it is about the key rather than the value. */
  readonly path?: SpecPath | undefined;
  readonly at?: 'key' | 'value' | undefined;
  readonly span?: Span | undefined;
  /** Output of another tool, shown as it is. */
  readonly detail?: string | undefined;
}

/** Where a diagnostic belongs; all of it may be unknown. */
export type Place = Partial<Pick<Diagnostic, 'path' | 'at' | 'span' | 'detail'>>;

/** Makes a diagnostic of the catalogue; its parameters are checked by the compiler. */
export function diagnose<N extends DiagnosticName>(name: N, params: ParamsOf<N>, place: Place = {}): Diagnostic {
  const entry = catalogue[name] as Catalogue[DiagnosticName] & {
    message(p: ParamsOf<N>): string;
    hint?(p: ParamsOf<N>): string | undefined;
  };
  return {
    name,
    code: entry.code,
    severity: entry.severity,
    message: entry.message(params),
    hint: entry.hint?.(params),
    ...place,
  };
}

export const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === 'error';

/** By file, line, column and code; what has no place comes first. Equal ones are told once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const key = (d: Diagnostic) => [d.span?.file ?? '', d.span?.line ?? 0, d.span?.column ?? 0, d.code] as const;
  const sorted = [...diagnostics].sort((a, b) => {
    const [ka, kb] = [key(a), key(b)];
    for (let i = 0; i < ka.length; i++) {
      const [x, y] = [ka[i] as string | number, kb[i] as string | number];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  });
  const seen = new Set<string>();
  return sorted.filter((d) => {
    const id = JSON.stringify([key(d), d.message]);
    return !seen.has(id) && seen.add(id);
  });
}
