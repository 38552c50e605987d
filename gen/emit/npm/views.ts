/** Views of templates/npm. */
import { type March, marches } from '../../hardware/cpus.ts';
import type { Plan } from '../../plan/plan.ts';
import type { View } from '../templates.ts';
import { packageConstants } from './facts.ts';

/** Path of a binary in the package. */
export const packagedBinary = ({ name, march }: Plan, built: March): string =>
  `bin/${name}${built === march ? '' : `-${built}`}`;

const buildsOf = (plan: Plan) =>
  plan.packageMarches.map((march) => ({ march, cpuFlags: marches[march], binary: packagedBinary(plan, march) }));

export const indexView = (plan: Plan): View => ({
  name: plan.name,
  constants: packageConstants(plan).map(({ name, doc, value }) => ({ name, doc, value })),
  builds: buildsOf(plan),
});

export const netView = (plan: Plan): View => ({
  name: plan.name,
  builds: buildsOf(plan),
});

export const readmeView = (plan: Plan): View => ({
  name: plan.name,
  first: plan.apps[0]?.name ?? '',
});
