/** A config for the machine at hand: what it has as it is, what the user has to say as an example. */
import { marches } from '../hardware/cpus.ts';
import { limits } from '../hardware/limits.ts';
import { nicModel } from '../hardware/nics.ts';
import type { Abilities } from './abilities.ts';
import type { FoundNic, HugepagePool, Machine } from './machine.ts';

/** name: of the file; what cannot be a name of a config becomes one. */
export function configFor(name: string, machine: Machine, abilities: Abilities): string {
  const valid =
    name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^[^a-z]+/, '')
      .slice(0, 32) || 'machine';
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
  workload: {
    apps: {
      // Any unmodified program; say where it listens, and 'talksTo: [...]' for programs that should share a core with it.
      hello: { command: ['echo', 'hello from one process'], log: 'inherit' },
    },
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

/** As comments: whether the runtime may take a NIC from Linux is for the user to say. */
function nicLines(nics: readonly FoundNic[]): string {
  const known = nics.flatMap((nic) => (nic.model ? [{ ...nic, model: nic.model }] : []));
  const unknown = nics.filter((nic) => !nic.model);
  const lines = [
    ...known.map((nic, i) => {
      const use = nic.interface ? `Linux uses it as ${nic.interface}` : `driver ${nic.driver ?? 'none'}`;
      return `//   { name: 'net${i}', model: '${nic.model}', pci: '${nic.pci}', numaNode: ${nic.numaNode} }, // ${nicModel(nic.model).title}; ${use}`;
    }),
    ...unknown.map((nic) => `//   ${nic.pci} (${nic.id}) is of no model that the catalogue has`),
  ];
  if (lines.length === 0) return '';
  const intro = [
    '// Network devices that the runtime could take over (a NIC that Linux uses goes away from Linux):',
    '// nics: [',
  ];
  return `${[...intro, ...lines, '// ],'].map((line) => `    ${line}`).join('\n')}\n`;
}
