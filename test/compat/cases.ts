import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import variantTable from './variants.json' with { type: 'json' };

/** How one variant is compiled: the compiler and its flags, besides those that all variants share. */
export interface Variant {
  readonly cc: string;
  readonly flags: readonly string[];
}

/** One program in one variant, with what its head comment asks for. */
export interface Case {
  /** `family/name` or, in another variant than glibc, `family/name@variant`. */
  readonly id: string;
  readonly family: string;
  readonly name: string;
  readonly variant: string;
  readonly source: string;
  /** Roles of the processes: the program is started once for each, with the role as its first argument. */
  readonly roles: readonly string[];
  readonly args: readonly string[];
  /** Exit status of the run, 128 + n for death by signal n; of a pair: the last that is not 0. */
  readonly exit: number;
  /** What the runtime has to print on stderr, beside the program's name: the signal of a crash report, a warning. */
  readonly report: string | undefined;
  /** Words of the message with which the runtime refuses to start one of the programs, which Linux can run. */
  readonly refused: string | undefined;
  readonly stdin: string | undefined;
  readonly flags: readonly string[];
}

export const variants: Readonly<Record<string, Variant>> = variantTable;

/** Variants that `variants: all` stands for. */
const ALL = ['glibc', 'static', 'static-pie', 'no-pie', 'musl', 'musl-static', 'debug', 'avx2'];

const KEYS = ['variants', 'exit', 'report', 'refused', 'roles', 'args', 'stdin', 'flags'] as const;
type Key = (typeof KEYS)[number];

export const compatDir = dirname(fileURLToPath(import.meta.url));

/** The ` * key: value` lines of a program's head comment. */
export function parseHead(text: string): Partial<Record<Key, string>> {
  const head = text.slice(0, text.indexOf('*/'));
  const found: Partial<Record<Key, string>> = {};
  for (const [, key, value] of head.matchAll(/^ \* ([a-z]+): (.*)$/gm)) {
    const known = KEYS.find((k) => k === key);
    if (known !== undefined && value !== undefined) found[known] = value.trim();
  }
  return found;
}

const words = (text: string | undefined): string[] => text?.split(/\s+/).filter(Boolean) ?? [];

/** The cases of one source file, one for each of its variants. */
export function casesOf(source: string, text: string): Case[] {
  const head = parseHead(text);
  const family = basename(dirname(source));
  const name = basename(source, '.c');
  const asked = words(head.variants ?? 'glibc').flatMap((v) => (v === 'all' ? ALL : [v]));
  return asked.map((variant) => {
    if (!(variant in variants)) throw new Error(`${source}: unknown variant '${variant}'`);
    return {
      id: `${family}/${name}${variant === 'glibc' ? '' : `@${variant}`}`,
      family,
      name,
      variant,
      source,
      roles: words(head.roles),
      args: words(head.args),
      exit: Number(head.exit ?? 0),
      report: head.report,
      refused: head.refused,
      stdin: head.stdin,
      flags: words(head.flags),
    };
  });
}

/** Every case of the suite, by family and name. */
export function allCases(dir = compatDir): Case[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      readdirSync(join(dir, entry.name))
        .filter((file) => file.endsWith('.c'))
        .map((file) => join(dir, entry.name, file)),
    )
    .sort()
    .flatMap((source) => casesOf(source, readFileSync(source, 'utf8')));
}
