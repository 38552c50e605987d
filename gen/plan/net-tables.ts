/** Sizes of the network stack's tables, each worker's stack having its own; and what it need not ask at run time. */
import { nicModel, type Offload } from '../hardware/nics.ts';
import type { Spec } from '../spec/types.ts';

/** A constant of bp_config.h. */
export interface NetTable {
  readonly constant: string;
  readonly size: number;
  /** What is counted, and why so many. */
  readonly reason: string;
}

/** At least one: C has no empty arrays. */
const atLeastOne = (count: number): number => Math.max(1, count);

/** The power of two that is nearest above. */
const powerOfTwo = (count: number): number => 2 ** Math.ceil(Math.log2(count));

/** enum bp_device_offloads of runtime-c/nic/device.h; the others are between the driver and us. */
const deviceOffloads: Partial<Record<Offload, number>> = {
  'rx-l4-checksum': 1 << 0,
  'tx-ip-checksum': 1 << 1,
  'tx-l4-checksum': 1 << 2,
  tso: 1 << 3,
  'tx-chain': 1 << 4,
};

const hasIpv6 = (networks: readonly { readonly addresses: readonly string[] }[]): boolean =>
  networks.some(({ addresses }) => addresses.some((address) => address.includes(':')));

const offloadsOf = (spec: Spec): number =>
  (spec.hardware.nics ?? [])
    .flatMap(({ model }) => nicModel(model).offloads)
    .reduce((mask, offload) => mask | (deviceOffloads[offload] ?? 0), 0);

export function planNetTables(spec: Spec, connections: number): NetTable[] {
  const networks = Object.values(spec.network ?? {});
  const interfaces = atLeastOne(spec.hardware.nics?.length ?? 0);
  const addresses = atLeastOne(networks.flatMap((network) => network.addresses).length);
  const gateways = networks.flatMap(({ gateway, gateway6 }) => [gateway, gateway6]).filter((one) => one !== undefined);
  const table = (constant: string, size: number, reason: string): NetTable => ({ constant, size, reason });
  return [
    table('BP_NET_INTERFACES_MAX', interfaces, 'Interfaces: the NICs of the config'),
    table('BP_NET_ADDRESSES_MAX', addresses, 'Own addresses: those of the config'),
    table('BP_NET_ROUTES_MAX', atLeastOne(gateways.length), 'Routes: the gateways of the config'),
    table('BP_NET_HAS_IPV6', Number(hasIpv6(networks)), 'IPv6 on the wire: only with addresses of its own'),
    table('BP_NET_HAS_VLAN', 0, 'VLANs: a config has none'),
    table(
      'BP_NET_OFFLOADS',
      offloadsOf(spec),
      'What devices may do for the stack: all that the models of the NICs can',
    ),
    table('BP_NET_NEIGHBOURS', 1024, "Neighbours: Linux's net.ipv4.neigh.default.gc_thresh3"),
    table('BP_NET_NEIGHBOUR_QUEUE', 8, "Packets that wait for a neighbour's address: a large datagram's fragments"),
    table('BP_NET_REASSEMBLIES', 64, 'Datagrams being reassembled: what UDP of some hundred peers needs'),
    table('BP_NET_FRAGMENTS', 512, 'Fragments kept: 8 for each datagram'),
    table('BP_NET_PATH_MTUS', 256, 'Narrow paths known: few paths are narrow'),
    table('BP_NET_LOOPBACK', 256, 'Packets to own addresses that wait for the next poll: some bursts'),
    table(
      'BP_NET_GROUPS',
      Math.max(64, addresses + interfaces),
      "Multicast groups joined: Linux's igmp_max_memberships is 20, and each IPv6 address has one",
    ),
    table(
      'BP_NET_UDP_BUCKETS',
      Math.min(65536, powerOfTwo(Math.max(1024, connections))),
      'Lists of UDP endpoints: as many as connections',
    ),
  ];
}
