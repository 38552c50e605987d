/** The script of the dialog: settings, the target's functions, and what all targets do. */
import fs from 'node:fs';
import path from 'node:path';
import type { Wire } from '../wires.ts';

const common = fs.readFileSync(path.join(import.meta.dirname, 'dialog.sh'), 'utf8');

export interface Settings {
  /** The generated binary, absolute. */
  readonly binary: string;
  /** How long each conversation goes on; 0: once through the list of values. */
  readonly seconds: number;
  readonly connections: number;
  /** What else the target's functions want, by the names of their variables. */
  readonly others: Readonly<Record<string, string | number>>;
}

/** How long the runtime may take to end before it is killed. */
const stopSeconds = 20;

export function dialogScript(settings: Settings, wires: readonly Wire[], peerMacs: readonly string[], target: string) {
  const { binary, seconds, connections, others } = settings;
  const variables = { binary, seconds, connections, stop_seconds: stopSeconds, ...others };
  const each = wires.map((wire, i) =>
    ['$1', wire.nic, wire.device, peerMacs[i] ?? '-', ...wire.peerAddresses].join(' '),
  );
  const asks = wires.flatMap((wire) => wire.asks.map((ask) => `ask ask.$1.${ask.name} ${ask.address} ${ask.port}`));
  return [
    ...Object.entries(variables).map(([name, value]) => `${name}=${quote(String(value))}`),
    shellFunction('for_each_nic', each),
    shellFunction('conversation', asks),
    'peer_up() { :; }',
    'peer_down() { :; }',
    target,
    common,
  ].join('\n');
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const shellFunction = (name: string, lines: readonly string[]): string =>
  `${name}() {\n${[...lines, ':'].map((line) => `    ${line}\n`).join('')}}`;
