/**
 * Proof that handler code calls no libc function: every symbol that it leaves undefined must be defined by another
 * object of the runtime.
 */
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import type { CodeKind } from './flags.ts';

export interface Symbols {
  readonly defined: readonly string[];
  readonly undefined: readonly string[];
}

/** Names that the linker itself defines, and integer arithmetic of libgcc, which uses general registers only. */
const alwaysDefined = [
  /^_GLOBAL_OFFSET_TABLE_$/,
  /^__ehdr_start$/,
  /^__executable_start$/,
  /^_{0,2}(etext|edata|end|bss_start)$/,
  /^__(start|stop)_\w+$/,
  /^__u?(div|mod|divmod)ti[34]$/,
];

/** Reads `nm -A -P` of several objects. Symbols by object path. */
export function parseNm(output: string): Map<string, Symbols> {
  const objects = new Map<string, { defined: string[]; undefined: string[] }>();
  for (const line of output.split('\n')) {
    const [, object, name, type] = /^(.+?): (\S+) (\S)/.exec(line) ?? [];
    if (!object || !name || !type) continue;
    const symbols = objects.get(object) ?? { defined: [], undefined: [] };
    objects.set(object, symbols);
    if ('Uwv'.includes(type)) symbols.undefined.push(name);
    else if (type === type.toUpperCase()) symbols.defined.push(name);
  }
  return objects;
}

export interface CheckedObject {
  readonly id: string;
  readonly kind: CodeKind;
  readonly symbols: Symbols;
}

export function checkHandlerSymbols(objects: readonly CheckedObject[]): Diagnostic[] {
  const defined = new Set(objects.flatMap((object) => object.symbols.defined));
  const known = (symbol: string) => defined.has(symbol) || alwaysDefined.some((pattern) => pattern.test(symbol));
  return objects
    .filter((object) => object.kind === 'handler')
    .flatMap(({ id, symbols }) =>
      symbols.undefined
        .filter((symbol) => !known(symbol))
        .map((symbol) => diagnose('libcInHandler', { object: id, symbol })),
    );
}
