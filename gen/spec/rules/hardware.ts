/** Rules about cores, NUMA nodes, huge pages and NICs. */
import { diagnose } from '../../diagnostics/diagnostic.ts';
import { limits } from '../../hardware/limits.ts';
import { type DescriptorLimits, nicModel, queueLimit } from '../../hardware/nics.ts';
import { arenaMiB, arenaUsesHugepages, coresOf, hugepagesForArenaMiB, packetsAreAnywhere } from '../defaults.ts';
import type { NicSpec, Spec } from '../types.ts';
import { type Rule, repeated } from './rule.ts';

const nicsOf = (spec: Spec): [number, NicSpec][] => [...(spec.hardware.nics ?? []).entries()];

const coresDiffer: Rule = {
  reads: ['hardware.cpu.cores'],
  check: (spec) =>
    repeated(
      (spec.hardware.cpu.cores ?? []).entries(),
      ([, core]) => core,
      ([i, core]) => diagnose('duplicateCore', { core }, { path: ['hardware', 'cpu', 'cores', i] }),
    ),
};

const nativeIsAlone: Rule = {
  reads: ['hardware.cpu.march', 'hardware.cpu.levels'],
  *check({ hardware: { cpu } }) {
    if (cpu.march === 'native' && (cpu.levels ?? []).length > 0)
      yield diagnose('nativeWithLevels', {}, { path: ['hardware', 'cpu', 'levels'] });
  },
};

const nodesDiffer: Rule = {
  reads: ['hardware.numa'],
  check: (spec) =>
    repeated(
      (spec.hardware.numa ?? []).entries(),
      ([, entry]) => entry.node,
      ([i, { node }]) => diagnose('duplicateNode', { node }, { path: ['hardware', 'numa', i, 'node'] }),
    ),
};

const coresOnOneNode: Rule = {
  reads: ['hardware.numa'],
  *check(spec) {
    const home = new Map<number, number>();
    for (const [i, { node, cores }] of (spec.hardware.numa ?? []).entries()) {
      for (const [j, core] of cores.entries()) {
        const path = ['hardware', 'numa', i, 'cores', j];
        const before = home.get(core);
        if (before === node) yield diagnose('duplicateCore', { core }, { path });
        else if (before !== undefined) yield diagnose('coreOnTwoNodes', { core, nodes: [before, node] }, { path });
        home.set(core, node);
      }
    }
  },
};

const hugepagesHoldArena: Rule = {
  reads: ['hardware.hugepages', 'policy.arena'],
  *check(spec) {
    if (!arenaUsesHugepages(spec)) return;
    const path = ['policy', 'arena', spec.policy?.arena?.sizeMiB === undefined ? 'hugepages' : 'sizeMiB'];
    if (!spec.hardware.hugepages) {
      yield diagnose('hugepagesMissing', {}, { path: ['policy', 'arena', 'hugepages'] });
    } else if (Math.max(arenaMiB(spec), limits.arenaMinMiB) > hugepagesForArenaMiB(spec)) {
      const asked = { arenaMiB: Math.max(arenaMiB(spec), limits.arenaMinMiB), haveMiB: hugepagesForArenaMiB(spec) };
      yield diagnose('hugepagesTooFew', asked, { path });
    }
  },
};

const nicsDiffer: Rule = {
  reads: ['hardware.nics'],
  *check(spec) {
    yield* repeated(
      nicsOf(spec),
      ([, nic]) => nic.name,
      ([i, { name }]) => diagnose('duplicateNic', { name }, { path: ['hardware', 'nics', i, 'name'] }),
    );
    yield* repeated(
      nicsOf(spec),
      ([, nic]) => nic.pci,
      ([i, { pci = '' }]) => diagnose('duplicatePci', { pci }, { path: ['hardware', 'nics', i, 'pci'] }),
    );
  },
};

/** Neither text may hold what separates the driver's arguments. Linux: IFNAMSIZ is 16; unix(7): sun_path. */
const devicePatterns = {
  interface: /^[^\s/:,=]{1,15}$/,
  socket: /^\/[^\s,=]{1,106}$/,
  pci: /^$/,
  nothing: /^$/,
} as const;

const deviceShapes = {
  interface: 'the name of an interface: at most 15 characters without blanks, slashes, colons, commas and equals signs',
  socket: 'an absolute path of at most 107 characters without blanks, commas and equals signs',
  pci: 'nothing: the device is named by its PCI address',
  nothing: 'nothing: the device is in this process only',
} as const;

const nicIsAttached: Rule = {
  reads: ['hardware.nics'],
  *check(spec) {
    for (const [i, nic] of nicsOf(spec)) {
      const { attach } = nicModel(nic.model);
      const path = ['hardware', 'nics', i];
      const names = { nic: nic.name, model: nic.model };
      if (attach === 'pci' && !nic.pci) yield diagnose('pciMissing', names, { path });
      if (attach !== 'pci' && nic.pci) yield diagnose('pciOnVirtual', names, { path: [...path, 'pci'] });
      if ((attach === 'interface' || attach === 'socket') && !nic.device) {
        const what = attach === 'interface' ? 'the name of an interface' : 'the path of a socket';
        yield diagnose('deviceMissing', { ...names, what }, { path });
      } else if (nic.device && !devicePatterns[attach].test(nic.device)) {
        yield diagnose(
          'badDevice',
          { ...names, device: nic.device, what: deviceShapes[attach] },
          { path: [...path, 'device'] },
        );
      }
      if (nic.role && attach !== 'socket') yield diagnose('roleWithoutSocket', names, { path: [...path, 'role'] });
    }
  },
};

const queuesFitModel: Rule = {
  reads: ['hardware.nics', 'hardware.cpu.cores'],
  *check(spec) {
    const cores = coresOf(spec).length;
    for (const [i, { model, queues }] of nicsOf(spec)) {
      if (queues === undefined) continue;
      const path = ['hardware', 'nics', i, 'queues'];
      const { value: max, source } = queueLimit(model);
      if (queues > max) yield diagnose('queuesOverModel', { queues, model, max, source }, { path });
      else if (queues > cores) yield diagnose('queuesOverCores', { queues, cores }, { path });
    }
  },
};

/** DPDK drivers/net/af_packet/rte_eth_af_packet.c: PACKET_FANOUT_FLAG_DEFRAG. */
const packetSocketsDefragment: Rule = {
  reads: ['hardware.nics'],
  *check(spec) {
    for (const [i, { model, queues }] of nicsOf(spec)) {
      if (model !== 'af_packet' || queues === undefined || queues < 2) continue;
      yield diagnose('fragmentsOverPacketSocket', { queues }, { path: ['hardware', 'nics', i, 'queues'] });
    }
  },
};

const descriptorsFitModel: Rule = {
  reads: ['hardware.nics'],
  *check(spec) {
    for (const [i, nic] of nicsOf(spec)) {
      const lim = nicModel(nic.model).descriptors;
      for (const key of ['rxDescriptors', 'txDescriptors'] as const) {
        const count = nic[key];
        if (count === undefined || !lim || fits(count, lim)) continue;
        yield diagnose(
          'badDescriptors',
          { key, count, model: nic.model, rule: describeLimits(lim), source: lim.source },
          { path: ['hardware', 'nics', i, key] },
        );
      }
    }
  },
};

const fits = (n: number, lim: DescriptorLimits): boolean =>
  n >= lim.min && n <= lim.max && n % lim.multiple === 0 && (!lim.powerOfTwo || (n & (n - 1)) === 0);

function describeLimits(lim: DescriptorLimits): string {
  const shape = lim.powerOfTwo ? 'a power of two' : lim.multiple > 1 ? `a multiple of ${lim.multiple}` : 'a number';
  return `${shape} from ${lim.min} to ${lim.max}`;
}

const nicNodeExists: Rule = {
  reads: ['hardware.nics', 'hardware.numa'],
  *check(spec) {
    const known = spec.hardware.numa?.map((n) => n.node) ?? [0];
    for (const [i, { name, numaNode }] of nicsOf(spec)) {
      if (numaNode === undefined || known.includes(numaNode)) continue;
      yield diagnose('unknownNode', { node: numaNode, nic: name }, { path: ['hardware', 'nics', i, 'numaNode'] });
    }
  },
};

const packetsHaveNodes: Rule = {
  reads: ['hardware.nics', 'hardware.numa', 'hardware.hugepages'],
  *check(spec) {
    if (nicsOf(spec).length === 0 || !packetsAreAnywhere(spec)) return;
    const nodes = (spec.hardware.numa ?? []).map(({ node }) => node);
    yield diagnose('packetsOnAnyNode', { nodes }, { path: ['hardware', 'numa'] });
  },
};

export const hardwareRules: readonly Rule[] = [
  coresDiffer,
  nativeIsAlone,
  nodesDiffer,
  coresOnOneNode,
  hugepagesHoldArena,
  nicsDiffer,
  nicIsAttached,
  queuesFitModel,
  packetSocketsDefragment,
  descriptorsFitModel,
  nicNodeExists,
  packetsHaveNodes,
];
