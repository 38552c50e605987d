/** From whatever a config exported to a Spec: its shape first, then the rules between its keys; all mistakes at once. */
import type { z } from 'zod';
import type { Diagnostic, SpecPath } from '../diagnostics/diagnostic.ts';
import { isError } from '../diagnostics/diagnostic.ts';
import { diagnoseIssue } from './issues.ts';
import { plainCopy } from './plain-copy.ts';
import { rules } from './rules/index.ts';
import type { Rule } from './rules/rule.ts';
import { specSchema } from './schema.ts';
import type { Spec } from './types.ts';

export interface ParseResult {
  /** Absent when there is an error. */
  readonly spec?: Spec;
  readonly diagnostics: readonly Diagnostic[];
}

export function parseSpec(raw: unknown): ParseResult {
  const checked = specSchema.safeParse(raw);
  if (checked.success) {
    const diagnostics = runRules(checked.data, []);
    return diagnostics.some(isError) ? { diagnostics } : { spec: checked.data, diagnostics };
  }
  const shape = checked.error.issues.flatMap((issue) => diagnoseIssue(issue, raw));
  const rest = prune(raw);
  return { diagnostics: rest ? [...shape, ...runRules(rest.spec, rest.removed)] : shape };
}

/** Rules that read something that was removed would complain about the removal, so they stay silent. */
function runRules(spec: Spec, removed: readonly SpecPath[]): Diagnostic[] {
  const blind = (rule: Rule) =>
    rule.reads.some((pattern) => removed.some((path) => overlaps(pattern.split('.'), path)));
  return rules.filter((rule) => !blind(rule)).flatMap((rule) => [...rule.check(spec)]);
}

const overlaps = (pattern: readonly string[], path: SpecPath): boolean =>
  pattern.slice(0, path.length).every((key, i) => key === '*' || key === String(path[i]));

/**
 * Takes what has a wrong shape out of the config until the rest is a Spec, so that the rules can be told too.
 * Returns undefined when a required part of the whole is wrong.
 */
function prune(raw: unknown): { spec: Spec; removed: SpecPath[] } | undefined {
  const removed: SpecPath[] = [];
  const value = plainCopy(raw);
  for (;;) {
    const checked = specSchema.safeParse(value);
    if (checked.success) return { spec: checked.data, removed };
    const gone: SpecPath[] = [];
    for (const path of checked.error.issues.flatMap(pathsOf)) {
      if (gone.some((above) => isPrefix(above, path))) continue;
      const cut = remove(value, path);
      if (!cut) return undefined;
      gone.push(cut);
    }
    removed.push(...gone);
  }
}

/** What an issue is about: each of the unknown keys, or one value. */
function pathsOf(issue: z.core.$ZodIssue): SpecPath[] {
  const path = issue.path as SpecPath;
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
}

const isPrefix = (short: SpecPath, long: SpecPath): boolean => short.every((key, i) => key === long[i]);

/**
 * Removes the value at the path, or the nearest thing above it that can go: entries of a list keep their places, so the
 * whole list goes. Returns what went; undefined when nothing is left to remove.
 */
function remove(root: unknown, path: SpecPath): SpecPath | undefined {
  if (path[0] === 'name' && isRecord(root)) {
    root['name'] = nameStandIn;
    return path;
  }
  for (let depth = path.length; depth > 0; depth--) {
    const key = path[depth - 1] as string | number;
    const parent = path
      .slice(0, depth - 1)
      .reduce<unknown>((value, k) => (isRecord(value) ? value[k] : undefined), root);
    if (isRecord(parent) && !Array.isArray(parent) && key in parent) {
      delete parent[key];
      return path.slice(0, depth);
    }
  }
  return undefined;
}

const isRecord = (value: unknown): value is Record<string | number, unknown> =>
  typeof value === 'object' && value !== null;

/** The name is required, but no rule looks at it: a wrong one need not keep the rules silent. */
const nameStandIn = 'x';
