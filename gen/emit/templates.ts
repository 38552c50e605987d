/**
 * Handlebars, made strict: nothing is escaped, a missing field throws, and only the helpers below exist. A template gets
 * a complete view with no undefined or null in it (Handlebars would print those as nothing).
 */
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { cBool, cComment, cString } from './c-literals.ts';
import { jsValue } from './js-literals.ts';

const helpers = { cString, cBool, cComment, js: jsValue };

const engine = Handlebars.create();
for (const [name, helper] of Object.entries(helpers)) engine.registerHelper(name, helper);

export type View = { readonly [key: string]: ViewValue };
export type ViewValue = string | number | boolean | View | readonly ViewValue[];

/** Renders templates/<name>.hbs. */
export function render(name: string, view: View): string {
  assertComplete(view, name);
  const source = readFileSync(new URL(`../../templates/${name}.hbs`, import.meta.url), 'utf8');
  const template = engine.compile(source, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries(Object.keys(helpers).map((helper) => [helper, true])),
  });
  return template(view);
}

function assertComplete(value: unknown, where: string): void {
  if (value === undefined || value === null) throw new Error(`the view of ${where} has a hole`);
  if (typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) assertComplete(inner, `${where}.${key}`);
}
