/** From a Plan to files. Nothing is decided here, and nothing is written. */
import type { Plan } from '../plan/plan.ts';
import type { EmittedFile } from './emitted-file.ts';
import { formatC } from './format-c.ts';
import { nicsView } from './nics-view.ts';
import { printIndexDts } from './npm/index-dts.ts';
import { emitLibrary } from './npm/library.ts';
import { printNetDts } from './npm/net-dts.ts';
import { printPackageJson } from './npm/package-json.ts';
import { indexView, netView, readmeView } from './npm/views.ts';
import { render, type View } from './templates.ts';
import { configView, decisionsView, tablesView } from './views.ts';

/** Files of one kind. */
type Emitter = (plan: Plan) => readonly EmittedFile[];

const fromTemplate =
  (
    path: string,
    template: string,
    view: (plan: Plan) => View,
    format = (_: string, content: string) => content,
  ): Emitter =>
  (plan) => [{ path, content: format(path, render(template, view(plan))) }];

const printed =
  (path: string, print: (plan: Plan) => string): Emitter =>
  (plan) => [{ path, content: print(plan) }];

const nicTables = fromTemplate('src/bp_nics.c', 'c/bp_nics.c', nicsView, formatC);

const emitters: readonly Emitter[] = [
  fromTemplate('DECISIONS.md', 'build/DECISIONS.md', decisionsView),
  fromTemplate('include/bp_config.h', 'c/bp_config.h', configView, formatC),
  fromTemplate('src/bp_tables.c', 'c/bp_tables.c', tablesView, formatC),
  (plan) => (plan.dpdk ? nicTables(plan) : []),
  fromTemplate('npm/README.md', 'npm/README.md', readmeView),
  fromTemplate('npm/index.js', 'npm/index.js', indexView),
  printed('npm/index.d.ts', printIndexDts),
  fromTemplate('npm/net.js', 'npm/net.js', netView),
  printed('npm/net.d.ts', printNetDts),
  printed('npm/package.json', printPackageJson),
  emitLibrary,
];

/** Sorted by path. */
export const emit = (plan: Plan): EmittedFile[] =>
  emitters.flatMap((emitter) => emitter(plan)).sort((a, b) => (a.path < b.path ? -1 : 1));
