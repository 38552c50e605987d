/** A config for the machine at hand: what it has as it is, what the user has to say as an example. */
import { marches } from '../hardware/cpus.ts';
import { limits } from '../hardware/limits.ts';
import { type NicModelName, nicModel } from '../hardware/nics.ts';
import type { Abilities } from './abilities.ts';
import { userDrivers } from './binding.ts';
import type { FoundNic, HugepagePool, Machine } from './machine.ts';

/**
 * name: of the file; what cannot be a name of a config becomes one. A NIC that a driver for programs holds is meant for us,
 * and then redis-server, if there is one, shows that it works.
 */
export function configFor(name: string, machine: Machine, abilities: Abilities, hasRedis = false): string {
  const valid =
    name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^[^a-z]+/, '')
      .slice(0, 32) || 'machine';
  const given = machine.nics.filter(isGiven);
  const cores = machine.allowedCores.slice(0, limits.workers);
  return `/**
 * Written by 'bypassgen init' for ${machine.cpuName}, Linux ${machine.kernel}.
 * Syscall User Dispatch: ${yesNo(abilities.sud)}. FSGSBASE: ${yesNo(abilities.fsgsbase)}. io_uring: ${yesNo(abilities.io_uring)}.
 */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: '${valid}',
  hardware: {
    cpu: {
      // The best level that this processor has; 'native' takes all of it, but then the binary may not start elsewhere.
      march: '${bestLevel(machine)}',
      // A worker is pinned to each of these cores${cores.length > 1 ? '; leave some to the rest of the system' : ''}.
      cores: [${cores.join(', ')}],
    },
${numaLines(machine)}${hugepageLines(machine.hugepages)}${nicLines(machine.nics)}  },
${networkLines(given)}  workload: {
    apps: {
${given.length > 0 && hasRedis ? redisLines : helloLines}    },
  },
  policy: {
    // Microseconds that an idle worker spins before it sleeps: more is faster after a pause, 0 costs nothing.
    idleSpinMicroseconds: 0,
  },
});
`;
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

function bestLevel({ cpuFlags }: Machine): string {
  const levels = ['x86-64-v4', 'x86-64-v3'] as const;
  return levels.find((level) => marches[level].every((flag) => cpuFlags.includes(flag))) ?? 'x86-64-v2';
}

function numaLines({ nodes }: Machine): string {
  if (nodes.length < 2) return '';
  const entries = nodes.map(({ node, cores }) => `      { node: ${node}, cores: [${cores.join(', ')}] },\n`);
  return `    numa: [\n${entries.join('')}    ],\n`;
}

function hugepageLines(pools: readonly HugepagePool[]): string {
  const [pool] = pools;
  if (!pool) {
    return "    // No huge pages are set aside. With some, the arena uses them:\n    // hugepages: { size: '2MiB', count: 512 },\n";
  }
  return `    hugepages: { size: '${pool.size}', count: ${pool.count} },\n`;
}

const helloLines = `      // Any unmodified program; say where it listens, and 'talksTo: [...]' for programs that should share a core with it.
      hello: { command: ['echo', 'hello from one process'], log: 'inherit' },
`;

const redisLines = `      // Any unmodified program; say where it listens, and 'talksTo: [...]' for programs that should share a core with it.
      // Without a password: who reaches the addresses above reaches it.
      redis: {
        command: ['redis-server', '--port', '6379', '--bind', '*', '--protected-mode', 'no', '--save', ''],
        listens: [6379],
      },
`;

/** A driver for programs holds it: somebody has given it away from Linux, for us. */
const isGiven = (nic: FoundNic): nic is FoundNic & { model: NicModelName } =>
  nic.model !== undefined && (userDrivers as readonly string[]).includes(nic.driver ?? '');

const entry = (nic: FoundNic & { model: NicModelName }, index: number): string =>
  `{ name: 'net${index}', model: '${nic.model}', pci: '${nic.pci}', numaNode: ${nic.numaNode} },`;

/** What is given is an entry; of the rest it is for the user to say, and it is a comment. */
function nicLines(nics: readonly FoundNic[]): string {
  const given = nics.filter(isGiven);
  const offered = offeredLines(nics, given.length);
  const entries = given.map((nic, i) => `  ${entry(nic, i)} // ${nicModel(nic.model).title}; driver ${nic.driver}`);
  const intro =
    "// Network devices that the runtime could take over: 'bypassgen bind' takes one from Linux, 'init' then names it.";
  const lines = [
    ...(given.length > 0 ? ['// Network devices that are given to programs already.', 'nics: [', ...entries] : []),
    ...(offered.length > 0 ? [intro] : []),
    ...(offered.length > 0 && given.length === 0 ? ['// nics: [', ...offered, '// ],'] : offered),
    ...(given.length > 0 ? ['],'] : []),
  ];
  return lines.map((line) => `    ${line}\n`).join('');
}

function offeredLines(nics: readonly FoundNic[], first: number): string[] {
  const known = nics.flatMap((nic) => (nic.model && !isGiven(nic) ? [{ ...nic, model: nic.model }] : []));
  const unknown = nics.filter((nic) => !nic.model);
  return [
    ...known.map((nic, i) => {
      const use = nic.interface ? `Linux uses it as ${nic.interface}` : `driver ${nic.driver ?? 'none'}`;
      return `//   ${entry(nic, first + i)} // ${nicModel(nic.model).title}; ${use}`;
    }),
    ...unknown.map((nic) => `//   ${nic.pci} (${nic.id}) is of no model that the catalogue has`),
  ];
}

/** An address for each: the config is valid as it is, and says what is to be corrected. */
function networkLines(given: readonly FoundNic[]): string {
  if (given.length === 0) return '';
  const lines = given.map((_, i) => `    net${i}: { addresses: ['10.0.${i}.2/24'] },\n`);
  return `  network: {\n    // Examples: say which addresses your network has for them.\n${lines.join('')}  },\n`;
}
