import type { Change } from '../build/writer.ts';
import type { Decision, Plan } from '../plan/plan.ts';
import type { Colours } from '../terminal/colours.ts';
import { lineDiff } from '../terminal/line-diff.ts';
import { type Command, configArgument, outOption } from './command.ts';
import { changedFiles, compareProject, openProject } from './project.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show every decision with its reason, and what a build would change',
  examples: [
    ['bypassgen plan configs/embedded.ts', 'decisions, and a diff of the files'],
    ['bypassgen plan configs/embedded.ts --json', 'the same for a program'],
  ],
  arguments: [configArgument],
  options: [outOption],
  async run(invocation) {
    const project = await openProject(invocation);
    if (!('plan' in project)) return project;
    const output = await compareProject(project, true);
    const changed = changedDecisions(project.plan, output.manifest?.decisions);
    return {
      diagnostics: project.diagnostics,
      text: [
        formatDecisions(project.plan.decisions, changed, invocation.colours),
        formatChanges(output.changes, invocation.colours),
      ].join('\n\n'),
      data: {
        name: project.plan.name,
        spec_hash: project.plan.specHash,
        workers: project.plan.workers,
        decisions: project.plan.decisions.map((d) => ({ ...d, previous: changed.get(d.key) ?? null })),
        changes: changedFiles(output),
      },
      next: `bypassgen build ${project.config}`,
    };
  },
};

/** Decisions that differ from those of the last build, with what they were. */
function changedDecisions({ decisions }: Plan, before: Record<string, unknown> | undefined): Map<string, unknown> {
  const changed = new Map<string, unknown>();
  for (const { key, value } of decisions) {
    const old = before?.[key];
    if (old !== undefined && JSON.stringify(old) !== JSON.stringify(value)) changed.set(key, old);
  }
  return changed;
}

const show = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value));

function formatDecisions(decisions: readonly Decision[], changed: Map<string, unknown>, colours: Colours): string {
  const width = Math.max(...decisions.map((d) => d.key.length));
  const rows = decisions.map((d) => {
    const was = changed.has(d.key) ? colours.yellow(` (was ${show(changed.get(d.key))})`) : '';
    return `  ${colours.cyan(d.key.padEnd(width))}  ${colours.bold(show(d.value))}${was}  ${colours.dim(`${d.source}: ${d.reason}`)}`;
  });
  return [colours.bold('Decisions'), ...rows].join('\n');
}

const signs = { create: '+', change: '~', delete: '-', keep: ' ' } as const;

function formatChanges(changes: readonly Change[], colours: Colours): string {
  const paint = { create: colours.green, change: colours.yellow, delete: colours.red, keep: colours.dim } as const;
  const rows = changes.flatMap(({ kind, path, before = '', after = '' }) => {
    const row = paint[kind](`  ${signs[kind]} ${path}`);
    return kind === 'change' ? [row, ...lineDiff(before, after).map((line) => `      ${line}`)] : [row];
  });
  const quiet = changes.every(({ kind }) => kind === 'keep');
  return [colours.bold('Files'), ...(quiet ? ['  nothing would change'] : rows)].join('\n');
}
