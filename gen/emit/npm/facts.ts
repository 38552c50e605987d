/** What a package says of its config: index.js prints it as values, index.d.ts the same as literal types. */
import type { AppPlan, Plan } from '../../plan/plan.ts';

export type Fact = string | number | boolean | readonly Fact[] | { readonly [key: string]: Fact };

/** An exported constant. */
export interface Constant {
  readonly name: string;
  readonly doc: string;
  readonly value: Fact;
}

export const packageConstants = (plan: Plan): readonly Constant[] => [
  { name: 'name', doc: 'Name of the runtime.', value: plan.name },
  { name: 'build', doc: 'SHA-256 of the config.', value: plan.specHash },
  { name: 'programs', doc: 'What the config says of each program.', value: byName(plan.apps, programFacts) },
  {
    name: 'workers',
    doc: 'Kernel threads, each pinned to a core, and the programs that run there.',
    value: plan.workers.map(({ core, numaNode, apps }) => ({ core, numaNode, programs: apps })),
  },
  {
    name: 'nics',
    doc: 'Network cards that the runtime owns.',
    value: byName(plan.nics, ({ model, queues }) => ({ model, queues: queues.length })),
  },
];

/** TCP ports of a program. */
export const portsOf = ({ listens }: AppPlan): number[] =>
  listens.filter(({ path }) => path === undefined).map(({ port }) => port);

const programFacts = (app: AppPlan): Fact => ({
  ports: portsOf(app),
  sockets: app.listens.flatMap(({ path }) => path ?? []),
  worker: app.worker,
  autostart: app.autostart,
});

const byName = <T extends { readonly name: string }>(items: readonly T[], facts: (item: T) => Fact): Fact =>
  Object.fromEntries(items.map((item) => [item.name, facts(item)]));
