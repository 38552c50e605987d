/** Which NUMA nodes memory is bound to, and how the arena is divided between them. */
import { packetMemoryMiB } from '../hardware/packet-memory.ts';
import { arenaMiB, arenaUsesHugepages, hugepagesMiB } from '../spec/defaults.ts';
import type { Spec } from '../spec/types.ts';
import type { Ledger } from './ledger.ts';
import type { NicPlan, NodePlan, WorkerPlan } from './plan.ts';

export function planNodes(
  spec: Spec,
  workers: readonly WorkerPlan[],
  nics: readonly NicPlan[],
  ledger: Ledger,
): NodePlan[] {
  const machine = spec.hardware.numa ?? [];
  if (machine.length < 2) {
    ledger.derive('memory of nodes', 'not bound', 'the machine has one node');
    return [];
  }
  const numbers = [...new Set(workers.map(({ numaNode }) => numaNode))];
  const share = arenaMiB(spec) / numbers.length;
  const nodes = numbers.map((node) => {
    // Linux spreads huge pages over all nodes alike.
    const pages = arenaUsesHugepages(spec) ? hugepagesMiB(spec) / machine.length - packetsOn(node, nics) : share;
    return { node, arenaMiB: Math.max(0, 2 * Math.floor(Math.min(share, pages) / 2)) };
  });
  ledger.derive(
    'memory of nodes',
    nodes.map((part) => `node ${part.node}: ${part.arenaMiB} MiB of the arena`),
    'stacks, pools and rings of a worker are bound to its node before they are touched, and an object of the arena ' +
      'goes back to the node that it is of; a node has its share of the huge pages, less the packets there',
  );
  return nodes;
}

/** DPDK's own tables are on the first worker's node, but counted on each: they are small. */
const packetsOn = (node: number, nics: readonly NicPlan[]): number =>
  packetMemoryMiB(
    nics.map((nic) => ({ ...nic, queues: nic.queues.filter(({ numaNode }) => numaNode === node).length })),
  );
