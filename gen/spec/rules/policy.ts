/** Rules about choices: what this version offers, and what contradicts itself. */
import { diagnose } from '../../diagnostics/diagnostic.ts';
import type { Rule } from './rule.ts';

/** Choices that the config knows, and those of them that this version can do. */
const offered = {
  polling: ['adaptive', 'sleep'],
  isolation: ['none'],
} as const;

const choicesAreOffered: Rule = {
  reads: ['policy.polling', 'policy.isolation'],
  *check(spec) {
    for (const key of ['polling', 'isolation'] as const) {
      const value = spec.policy?.[key];
      const choices: readonly string[] = offered[key];
      if (value === undefined || choices.includes(value)) continue;
      yield diagnose('notYet', { key, value, offered: choices }, { path: ['policy', key] });
    }
  },
};

const spinNeedsSpinning: Rule = {
  reads: ['policy.polling', 'policy.idleSpinMicroseconds'],
  *check(spec) {
    const micros = spec.policy?.idleSpinMicroseconds ?? 0;
    if (spec.policy?.polling !== 'sleep' || micros === 0) return;
    yield diagnose('spinWithoutSpinning', { micros }, { path: ['policy', 'idleSpinMicroseconds'] });
  },
};

export const policyRules: readonly Rule[] = [choicesAreOffered, spinNeedsSpinning];
