/** Views of templates/npm. */
import { marches } from '../../hardware/cpus.ts';
import type { Plan } from '../../plan/plan.ts';
import type { View } from '../templates.ts';
import { packageConstants } from './facts.ts';

export const indexView = (plan: Plan): View => ({
  name: plan.name,
  constants: packageConstants(plan).map(({ name, doc, value }) => ({ name, doc, value })),
  march: plan.march,
  cpuFlags: marches[plan.march],
});

export const netView = (plan: Plan): View => ({
  name: plan.name,
  march: plan.march,
  cpuFlags: marches[plan.march],
});

export const readmeView = (plan: Plan): View => ({
  name: plan.name,
  first: plan.apps[0]?.name ?? '',
});
