/** From a Plan to files. Nothing is decided here, and nothing is written. */
import type { Plan } from '../plan/plan.ts';
import { formatC } from './format-c.ts';
import { render, type View } from './templates.ts';
import { configView, decisionsView, tablesView } from './views.ts';

export interface EmittedFile {
  /** Relative to out/<name>, with slashes. */
  readonly path: string;
  readonly content: string;
}

interface Emitter {
  readonly path: string;
  readonly template: string;
  view(plan: Plan): View;
  format?(path: string, content: string): string;
}

const emitters: readonly Emitter[] = [
  { path: 'DECISIONS.md', template: 'build/DECISIONS.md', view: decisionsView },
  { path: 'include/bp_config.h', template: 'c/bp_config.h', view: configView, format: formatC },
  { path: 'src/bp_tables.c', template: 'c/bp_tables.c', view: tablesView, format: formatC },
];

/** Sorted by path. */
export function emit(plan: Plan): EmittedFile[] {
  return emitters.map(({ path, template, view, format }) => {
    const content = render(template, view(plan));
    return { path, content: format ? format(path, content) : content };
  });
}
