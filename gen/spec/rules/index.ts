import { hardwareRules } from './hardware.ts';
import { networkRules } from './network.ts';
import { policyRules } from './policy.ts';
import type { Rule } from './rule.ts';
import { workloadRules } from './workload.ts';

export const rules: readonly Rule[] = [...hardwareRules, ...networkRules, ...workloadRules, ...policyRules];
