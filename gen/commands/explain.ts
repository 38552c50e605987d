import { catalogue } from '../diagnostics/catalogue.ts';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Decision } from '../plan/plan.ts';
import type { FieldDoc } from '../spec/field-docs.ts';
import type { Colours } from '../terminal/colours.ts';
import type { Command, Invocation, Outcome } from './command.ts';
import { openProject } from './project.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'explain a diagnostic, a key of the config, or why a value is as it is',
  examples: [
    ['bypassgen explain BP2007', 'what this code means'],
    ['bypassgen explain policy.polling', 'what this key means'],
    ['bypassgen explain workload.apps.redis.worker configs/embedded.ts', 'what was decided, and why'],
  ],
  arguments: [
    { name: 'topic', summary: 'a code (BP2007) or a key (policy.polling)', required: true },
    { name: 'config', summary: 'a config, to see its value of the key', required: false, complete: 'file' },
  ],
  options: [],
  async run(invocation) {
    const [topic = ''] = invocation.arguments;
    return explainCode(topic, invocation.colours) ?? (await explainKey(topic, invocation));
  },
};

function explainCode(topic: string, colours: Colours): Outcome | undefined {
  const found = Object.entries(catalogue).find(([name, entry]) => name === topic || entry.code === topic.toUpperCase());
  if (!found) return undefined;
  const [name, { code, severity, title, explanation }] = found;
  return {
    text: `${colours.bold(`${code} ${title}`)} (${severity})\n\n${explanation}`,
    data: { kind: 'diagnostic', code, name, severity, title, explanation },
  };
}

async function explainKey(topic: string, invocation: Invocation): Promise<Outcome> {
  const { fieldDocs } = await import('../spec/field-docs.ts');
  const docs = fieldDocs();
  const doc = docs.find((field) => matches(field.key, topic));
  const decisions = await decisionsAbout(topic, invocation);
  if ('diagnostics' in decisions) return decisions;
  if (!doc && decisions.found.length === 0) {
    return { diagnostics: [diagnose('unknownTopic', { topic, suggestion: nearest(topic, docs) })] };
  }
  const { nicModels } = await import('../hardware/nics.ts');
  const models =
    doc?.key === 'hardware.nics.*.model'
      ? Object.entries(nicModels).map(([name, m]) => ({ name, title: m.title }))
      : [];
  const { colours } = invocation;
  const text = [
    doc && formatDoc(doc, colours),
    models.map(({ name, title }) => `  ${name.padEnd(12)} ${title}`).join('\n'),
    ...decisions.found.map((d) => formatDecision(d, colours)),
  ];
  return {
    text: text.filter(Boolean).join('\n\n'),
    data: {
      kind: 'key',
      key: topic,
      doc: doc ?? null,
      ...(models.length > 0 ? { models } : {}),
      decisions: decisions.found,
    },
  };
}

/** The code or key that was probably meant; the last part of a key is enough to be understood. */
function nearest(topic: string, docs: readonly FieldDoc[]): string | undefined {
  const keys = docs.map((field) => field.key.replaceAll('.*', ''));
  const last = (key: string) => key.split('.').at(-1) as string;
  const part = suggest(last(topic), keys.map(last));
  if (part) return keys.find((key) => last(key) === part);
  return suggest(topic, [...keys, ...Object.values(catalogue).map((entry) => entry.code)]);
}

/** A topic may leave the * of a key out, or put a name in its place. */
function matches(key: string, topic: string): boolean {
  const pattern = key.split('.').map((part) => (part === '*' ? '(?:\\.[a-z0-9_-]+)?' : `\\.${part}`));
  return new RegExp(`^${pattern.join('')}$`).test(`.${topic.replace(/\[(\w+)\]/g, '.$1')}`);
}

type About = { readonly found: readonly Decision[] } | { readonly diagnostics: readonly Diagnostic[] };

async function decisionsAbout(topic: string, invocation: Invocation): Promise<About> {
  const [, config] = invocation.arguments;
  if (config === undefined) return { found: [] };
  const project = await openProject({ ...invocation, arguments: [config] });
  if (!('plan' in project)) return { diagnostics: project.diagnostics };
  return { found: project.plan.decisions.filter(({ key }) => key === topic || key.startsWith(`${topic}.`)) };
}

const formatDoc = (doc: FieldDoc, colours: Colours): string =>
  [
    `${colours.bold(doc.key)}: ${doc.type}`,
    '',
    doc.text,
    doc.default === undefined ? 'Required.' : `Default: ${doc.default}`,
  ].join('\n');

const formatDecision = ({ key, value, source, reason }: Decision, colours: Colours): string =>
  `${colours.cyan(key)} = ${colours.bold(Array.isArray(value) ? value.join(', ') : String(value))}\n  ${source}: ${reason}`;
