/** What a config means where it says nothing. A test holds these equal to the @default of types.ts. */
import { limits } from '../hardware/limits.ts';
import { nearestDescriptors } from '../hardware/nics.ts';
import { bufferBytes, packetMemoryMiB, type QueueMemory, queuePackets } from '../hardware/packet-memory.ts';
import type { AppSpec, NicSpec, Spec } from './types.ts';

export const defaults = {
  'hardware.cpu.march': 'x86-64-v2',
  'hardware.cpu.levels': [],
  'hardware.cpu.cores': [0],
  'hardware.nics.*.queues': 1,
  'hardware.nics.*.rxDescriptors': 1024,
  'hardware.nics.*.txDescriptors': 1024,
  'hardware.nics.*.numaNode': 0,
  'network.*.mtu': 1500,
  'workload.traffic': 'mixed',
  'workload.connections': 1024,
  'workload.apps.*.autostart': true,
  'workload.apps.*.restart': 'no',
  'policy.polling': 'adaptive',
  'policy.isolation': 'none',
  'policy.fork': true,
  'policy.tickMicroseconds': 4000,
  'policy.idleSpinMicroseconds': 0,
  'policy.streamLimit': 262144,
  'policy.streamLimit (bulk)': 1048576,
  'policy.arena.sizeMiB': 65536,
  'policy.ipv6': true,
  'policy.congestion': 'cubic',
} as const;

/** Cores that workers are pinned to. */
export const coresOf = (spec: Spec): readonly number[] => spec.hardware.cpu.cores ?? defaults['hardware.cpu.cores'];

export const appsOf = (spec: Spec): [string, AppSpec][] => Object.entries(spec.workload.apps);

/** All huge pages of the spec in MiB; 0 when there are none. */
export function hugepagesMiB(spec: Spec): number {
  const pages = spec.hardware.hugepages;
  return pages ? pages.count * (pages.size === '1GiB' ? 1024 : 2) : 0;
}

export const arenaUsesHugepages = (spec: Spec): boolean =>
  spec.policy?.arena?.hugepages ?? spec.hardware.hugepages !== undefined;

/** Huge pages that the packets of NICs leave to the arena, in MiB: whole pages of 2 MiB. */
export function hugepagesForArenaMiB(spec: Spec): number {
  const nics = spec.hardware.nics ?? [];
  const packets = nics.length > 0 ? packetMemoryMiB(nics.map((nic) => queueMemory(spec, nic))) : 0;
  return Math.max(0, Math.floor((hugepagesMiB(spec) - packets) / 2) * 2);
}

function queueMemory(spec: Spec, nic: NicSpec): QueueMemory {
  const ring = (field: 'rxDescriptors' | 'txDescriptors') =>
    nic[field] ?? nearestDescriptors(nic.model, defaults[`hardware.nics.*.${field}`]);
  const queues = nic.queues ?? defaults['hardware.nics.*.queues'];
  return {
    packets: queuePackets(nic.model, ring('rxDescriptors'), ring('txDescriptors'), queues),
    buffer: bufferBytes(nic.model, spec.network?.[nic.name]?.mtu ?? defaults['network.*.mtu']),
    queues,
  };
}

/** Without huge pages DPDK has one memory for all nodes. */
export const packetsAreAnywhere = (spec: Spec): boolean =>
  (spec.hardware.numa ?? []).length > 1 && spec.hardware.hugepages === undefined;

/** Largest size of the arena in MiB. */
export function arenaMiB(spec: Spec): number {
  const asked = spec.policy?.arena?.sizeMiB;
  if (asked !== undefined) return asked;
  if (arenaUsesHugepages(spec)) return Math.min(hugepagesForArenaMiB(spec), limits.arenaMiB);
  return defaults['policy.arena.sizeMiB'];
}
