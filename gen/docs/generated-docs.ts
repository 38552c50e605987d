/**
 * Pages that repeat what the code already says: the reference of the config, of the commands, of the
 * diagnostics, of devices and of system calls.
 * `npm run docs` writes them; a test holds them to the code.
 */

import type { Pair } from '../bench/pair.ts';
import { pairs } from '../bench/pairs.ts';
import type { Command } from '../commands/command.ts';
import { commands } from '../commands/index.ts';
import { catalogue } from '../diagnostics/catalogue.ts';
import type { EmittedFile } from '../emit/emitted-file.ts';
import { type NicModelName, nicModel, nicModels, queueLimit } from '../hardware/nics.ts';
import { type FieldDoc, fieldDocs } from '../spec/field-docs.ts';
import { syscallsPage } from './syscalls-page.ts';

/** Paths are relative to the repository. */
export const generatedDocs = (): EmittedFile[] => [
  ...configPages(),
  ...commands.map(commandPage),
  diagnosticsPage(),
  nicsPage(),
  syscallsPage(),
  benchmarksPage(),
];

const groups = ['hardware', 'network', 'workload', 'policy'] as const;

function configPages(): EmittedFile[] {
  const docs = fieldDocs();
  const pages = groups.map((group) => {
    const fields = docs.filter(({ key }) => key === group || key.startsWith(`${group}.`));
    return { path: `docs/config/${group}.md`, content: page(group, fields.map(fieldSection)) };
  });
  const links = groups.map((group) => `- [${group}](${group}.md)`);
  const name = docs.filter(({ key }) => key === 'name').map(fieldSection);
  const index = page('The config', [
    'A config is a TypeScript module whose default export is an object, a promise of one, or a function that returns either.\n' +
      '`defineConfig` from `bypassgen` gives it its types. A key with a `*` stands for any name or any entry of a list.',
    links.join('\n'),
    ...name,
  ]);
  return [{ path: 'docs/config/README.md', content: index }, ...pages];
}

const page = (title: string, sections: readonly string[]): string => `# ${title}\n\n${sections.join('\n\n')}\n`;

const fieldSection = ({ key, type, text, default: fallback }: FieldDoc): string =>
  `## \`${key}\`\n\n${text}\n\nType: \`${type}\`. ${fallback === undefined ? 'Required.' : `Default: ${fallback}.`}`;

function commandPage(command: Command): EmittedFile {
  const usage = command.arguments.map(({ name, required }) => (required ? ` <${name}>` : ` [${name}]`)).join('');
  const row = (left: string, right: string) => `| \`${left.replaceAll('|', '\\|')}\` | ${right} |`;
  const rows = [
    ...command.arguments.map((a) => row(a.name, a.summary)),
    ...command.options.map((o) => row(o.flags, o.summary)),
    row('--json', 'one JSON object on stdout'),
    row('-q, --quiet', 'nothing on stderr but errors'),
  ];
  const examples = command.examples.map(([line, what]) => (what ? `# ${what}\n${line}` : line)).join('\n');
  const sections = [
    `${sentence(command.summary)}`,
    `\`\`\`sh\n${examples}\n\`\`\``,
    `Usage: \`bypassgen ${command.name} [options]${usage}\``,
    `| argument or option | what |\n| --- | --- |\n${rows.join('\n')}`,
  ];
  return { path: `docs/commands/${command.name}.md`, content: page(`bypassgen ${command.name}`, sections) };
}

const sentence = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}.`;

function diagnosticsPage(): EmittedFile {
  const sections = Object.values(catalogue)
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map((e) => `## ${e.code}: ${e.title}\n\n${e.explanation}${e.severity === 'warning' ? ' A warning.' : ''}`);
  return { path: 'docs/diagnostics.md', content: page('Diagnostics', sections) };
}

const wakeUps = {
  interrupt: 'by an interrupt of the driver',
  descriptor: 'by a descriptor of the host',
  no: 'no: its worker polls',
} as const;

function nicsPage(): EmittedFile {
  const names = Object.keys(nicModels) as NicModelName[];
  const sections = names.map((name) => {
    const model = nicModel(name);
    const queues = queueLimit(name);
    const rows = [
      ['driver', `\`${model.driver}\``, 'DPDK 22.11'],
      ['named by', model.attach === 'pci' ? 'its PCI address' : model.attach, ''],
      ['PCI ids', model.pciIds.map((id) => `\`${id}\``).join(', ') || 'none', 'the driver itself; a test compares'],
      ['queue pairs', `at most ${queues.value}`, queues.source],
      ['MTU', `at most ${model.maxMtu.value}`, model.maxMtu.source],
      ...(model.descriptors
        ? [['descriptors', `${model.descriptors.min} to ${model.descriptors.max}`, model.descriptors.source]]
        : []),
      ['offloads', model.offloads.join(', ') || 'none', model.offloadSource],
      ['spreads flows', model.rss ? 'by RSS, with our key' : 'as it likes, or not at all', ''],
      ['wakes a worker', wakeUps[model.wakes], ''],
      ...(model.receive ? [['fast receive function', model.receive.selectedBy, model.receive.source]] : []),
    ];
    const table = rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    return `## ${name}\n\n${model.title}.\n\n| what | value | source |\n| --- | --- | --- |\n${table}`;
  });
  return { path: 'docs/nics.md', content: page('Models of network devices', sections) };
}

const targetOf = ({ target }: Pair): string => {
  if (!target) return 'shown';
  return 'ratio' in target ? `≥ ${target.ratio}×` : `ours ≤ ${target.median}`;
};

function benchmarksPage(): EmittedFile {
  const rows = pairs.map((pair) => {
    const sides = [pair.linux, pair.ours].map((variants) => variants.map(({ name }) => name).join('; '));
    return `| \`${pair.id}\` | ${pair.title} | ${pair.unit} | ${sides.join(' | ')} | ${targetOf(pair)} |`;
  });
  const head = '| id | what | unit | the other side | ours | to reach |\n| --- | --- | --- | --- | --- | --- |';
  return {
    path: 'docs/benchmarks.md',
    content: page('Benchmarks', [
      '`bypassgen bench <config>` measures pairs: the same programs on the same cores, on Linux and under the runtime, in\n' +
        'turns, the order changing each time. The ratio is that of the medians, above 1 when ours is better; the self-control is\n' +
        'the ratio of the other side against itself. Where a side has several variants, the best one counts. `--only` chooses\n' +
        'pairs, separated by commas.',
      'Pairs of two hosts (`remote.`, `mixed.`, `idle.remote`) need root: their wires are in network namespaces made for them.\n' +
        'Each host has a core, and cores that poll count. `.memif`: both ends under the runtime, over shared memory; `.afxdp`: the\n' +
        'same on the veth pair that Linux has; `.linux-client`: our server over TAP, and a client on Linux.',
      `${head}\n${rows.join('\n')}`,
    ]),
  };
}
