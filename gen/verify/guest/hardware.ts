/** The guest as the config describes the machine: cores and their nodes, huge pages, and NICs where their addresses say. */
import type { NicPlan, Plan } from '../../plan/plan.ts';
import { coresOf, hugepagesMiB } from '../../spec/defaults.ts';
import type { Spec } from '../../spec/types.ts';
import { emulatedModel, type UserDriver } from '../models.ts';
import type { Job } from './job.ts';
import { slots } from './qemu.ts';

export interface Hardware {
  readonly job: Pick<Job, 'modules' | 'devices' | 'network' | 'kernelArguments' | 'cpus' | 'memoryMiB'>;
  /** Of the cards at the other ends, in the order of the NICs. */
  readonly peerMacs: readonly string[];
}

/** What Linux and the programs take beside huge pages. */
const ordinaryMiB = 640;

export function hardwareOf(spec: Spec, plan: Plan, driver: UserDriver): Hardware {
  const cpus = Math.max(...coresOf(spec), ...(spec.hardware.numa ?? []).flatMap(({ cores }) => cores)) + 2;
  const memoryMiB = hugepagesMiB(spec) + ordinaryMiB;
  return {
    job: {
      modules: driver === 'vfio-pci' ? [driver, 'vfio_iommu_type1'] : [driver],
      devices: [
        ...iommu(driver),
        ...nodes(spec, cpus, memoryMiB),
        ...plan.nics.flatMap((nic, i) => cards(spec, nic, i)),
      ],
      network: plan.nics.flatMap((nic, i) => (onTap(nic) ? tapWire(nic, i) : [])),
      kernelArguments: [...(driver === 'vfio-pci' ? ['intel_iommu=on', 'no_timer_check'] : []), ...hugepages(spec)],
      cpus,
      memoryMiB,
    },
    peerMacs: plan.nics.map((_, i) => mac(0, i)),
  };
}

const mac = (end: 0 | 1, index: number): string => `52:54:00:00:0${end}:${index.toString(16).padStart(2, '0')}`;

/** Linux gives up when its timer is late while interrupts are remapped: under emulation it may be, so it does not check. */
const iommu = (driver: UserDriver): string[] =>
  driver === 'vfio-pci' ? ['-device', 'intel-iommu,intremap=on,device-iotlb=on'] : [];

/** At boot, before memory is in pieces. */
function hugepages(spec: Spec): string[] {
  const pages = spec.hardware.hugepages;
  const size = pages?.size === '1GiB' ? '1G' : '2M';
  return pages ? [`default_hugepagesz=${size}`, `hugepagesz=${size}`, `hugepages=${pages.count}`] : [];
}

/** Memory in equal shares, as Linux spreads huge pages; a core that no node names is on the first, as in a config. */
function nodes(spec: Spec, cpus: number, memoryMiB: number): string[] {
  const numa = spec.hardware.numa ?? [];
  if (numa.length < 2) return [];
  const named = new Set(numa.slice(1).flatMap(({ cores }) => cores));
  const rest = Array.from({ length: cpus }, (_, core) => core).filter((core) => !named.has(core));
  const share = Math.floor(memoryMiB / numa.length);
  return numa.flatMap(({ node, cores }, i) => {
    const size = i === 0 ? memoryMiB - share * (numa.length - 1) : share;
    const list = (i === 0 ? rest : cores).map((core) => `cpus=${core}`).join(',');
    return [
      ...['-object', `memory-backend-ram,id=memory${node},size=${size}M`],
      ...['-numa', `node,nodeid=${node},memdev=memory${node},${list}`],
    ];
  });
}

const onTap = ({ model, queues }: NicPlan): boolean =>
  queues.length > 1 && emulatedModel(model)?.severalQueues === 'tap';

/** A hub has one queue. A TAP interface has as many as asked for; a bridge joins the two of a wire. */
const tapWire = ({ queues }: NicPlan, index: number): string[] => [
  `ip link add wire${index} type bridge`,
  `ip tuntap add card${index} mode tap${queues.length > 1 ? ' multi_queue' : ''}`,
  `ip tuntap add peer${index} mode tap`,
  ...[`card${index}`, `peer${index}`].map((end) => `ip link set ${end} master wire${index} up`),
  `ip link set wire${index} up`,
];

const netdevs = (nic: NicPlan, index: number): string[] => {
  const tap = (end: string, queues: number) =>
    `tap,id=${end}${index},ifname=${end}${index},script=no,downscript=no${queues > 1 ? `,queues=${queues}` : ''}`;
  const hub = (end: string) => `hubport,id=${end}${index},hubid=${index}`;
  const ends = onTap(nic) ? [tap('peer', 1), tap('card', nic.queues.length)] : [hub('peer'), hub('card')];
  return ends.flatMap((end) => ['-netdev', end]);
};

/** Two cards on one wire; without boot ROMs, which take seconds. */
function cards(spec: Spec, nic: NicPlan, index: number): string[] {
  const device = emulatedModel(nic.model)?.device(nic.queues.length) ?? '';
  const place = placeOf(nic.port);
  const slot = place?.slot.toString(16) ?? '';
  return [
    ...netdevs(nic, index),
    ...[
      '-device',
      `virtio-net-pci,netdev=peer${index},mac=${mac(0, index)},romfile=,disable-legacy=on,${peerPlace(index)}`,
    ],
    ...(place && place.bus > 0 ? bridges(spec, nic.name, place.bus) : []),
    ...[
      '-device',
      `${device},netdev=card${index},mac=${mac(1, index)},romfile=,bus=${busName(place?.bus ?? 0)},addr=${slot}`,
    ],
  ];
}

const busName = (bus: number): string => (bus === 0 ? 'pcie.0' : `bus${bus}`);

const peerPlace = (index: number): string => `bus=pcie.0,addr=${(slots.peers + index).toString(16)}`;

/** Where a guest can have a device: on the first bus, or alone on another. undefined: nowhere. */
export function placeOf(pci: string): { bus: number; slot: number } | undefined {
  const [, bus, slot] = /^0000:([0-9a-f]{2}):([0-9a-f]{2})\.0$/.exec(pci) ?? [];
  if (bus === undefined || slot === undefined) return undefined;
  const place = { bus: Number.parseInt(bus, 16), slot: Number.parseInt(slot, 16) };
  const free = place.bus === 0 ? place.slot > 0 && place.slot < slots.peers : place.slot === 0;
  return free ? place : undefined;
}

/**
 * The firmware numbers buses in the order in which it finds them: a root bus whose number is one less than that of the
 * config's has a port whose bus then is the one. The root bus also is what has a NUMA node.
 */
function bridges(spec: Spec, name: string, bus: number): string[] {
  const port = (on: string) => ['-device', `pcie-root-port,id=bus${bus},bus=${on},chassis=${bus},slot=${bus}`];
  if (bus === 1) return port('pcie.0');
  const node = spec.hardware.nics?.find((nic) => nic.name === name)?.numaNode ?? 0;
  const near = (spec.hardware.numa ?? []).length > 1 ? `,numa_node=${node}` : '';
  return ['-device', `pxb-pcie,id=root${bus},bus=pcie.0,bus_nr=${bus - 1}${near}`, ...port(`root${bus}`)];
}
