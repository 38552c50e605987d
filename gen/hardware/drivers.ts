/**
 * What has to be linked for each of DPDK's drivers: static archives of Debian's libdpdk-dev, and of the packages that it
 * depends on. Nothing else of DPDK gets into a binary. A test links every entry alone.
 */
import type { NicDriver } from './nics.ts';

export interface DriverArchives {
  /** librte_<name>.a that register themselves by constructors, so that they must be linked whole. */
  readonly whole: readonly string[];
  /** librte_<name>.a of which the linker takes what is needed. */
  readonly libraries: readonly string[];
  /** lib<name>.a outside DPDK. */
  readonly system: readonly string[];
  /** Symbols to link although nothing in DPDK's own objects refers to them. */
  readonly wanted?: readonly string[];
  /** Symbols that objects of others refer to, and get our function of the name `__wrap_<symbol>` for. */
  readonly wrapped?: readonly string[];
}

const vdev = ['bus_vdev'];
const pci = ['bus_pci'];

export const driverArchives: Record<NicDriver, DriverArchives> = {
  net_af_packet: { whole: [...vdev, 'net_af_packet'], libraries: [], system: [] },
  net_af_xdp: { whole: [...vdev, 'net_af_xdp'], libraries: [], system: ['xdp', 'bpf', 'elf', 'z'] },
  net_e1000_em: { whole: [...pci, 'net_e1000'], libraries: [], system: [] },
  net_e1000_igb: { whole: [...pci, 'net_e1000'], libraries: [], system: [] },
  net_ena: { whole: [...pci, 'net_ena'], libraries: ['timer'], system: [] },
  net_i40e: { whole: [...pci, 'net_i40e'], libraries: ['hash', 'rcu'], system: [] },
  net_iavf: {
    whole: [...pci, 'net_iavf'],
    libraries: ['common_iavf', 'security', 'cryptodev', 'rcu'],
    system: [],
  },
  net_ice: { whole: [...pci, 'net_ice'], libraries: ['common_iavf', 'hash', 'rcu'], system: [] },
  net_ixgbe: {
    whole: [...pci, 'net_ixgbe'],
    libraries: ['security', 'cryptodev', 'hash', 'rcu'],
    system: [],
  },
  net_memif: {
    whole: [...vdev, 'net_memif'],
    libraries: ['hash', 'rcu'],
    system: [],
    wrapped: ['rte_intr_callback_unregister'], // nic/quiesce.c
  },
  net_mlx5: {
    whole: [...pci, 'bus_auxiliary', 'common_mlx5', 'net_mlx5'],
    libraries: ['hash', 'rcu'],
    system: ['mlx5', 'ibverbs', 'nl-route-3', 'nl-3'],
    // The user-space half of the kernel driver, which a static libibverbs does not look for by itself (nic/eal.c).
    wanted: ['verbs_provider_mlx5', 'ibv_static_providers'],
  },
  net_null: { whole: [...vdev, 'net_null'], libraries: [], system: [] },
  net_ring: { whole: [...vdev, 'net_ring'], libraries: [], system: [] },
  net_tap: { whole: [...vdev, 'net_tap'], libraries: ['gso', 'hash', 'rcu'], system: [] },
  net_vhost: {
    whole: [...vdev, 'net_vhost'],
    libraries: ['vhost', 'cryptodev', 'hash', 'dmadev', 'rcu'],
    system: [],
  },
  net_virtio: { whole: [...pci, ...vdev, 'net_virtio'], libraries: [], system: [] },
  net_virtio_user: { whole: [...pci, ...vdev, 'net_virtio'], libraries: [], system: [] },
  net_vmxnet3: { whole: [...pci, 'net_vmxnet3'], libraries: [], system: [] },
};

/** What every binary with NICs needs. Handlers of memory pools register themselves too. */
const always: DriverArchives = {
  whole: ['mempool_ring'],
  libraries: ['ethdev', 'meter', 'net', 'mbuf', 'mempool', 'ring', 'eal', 'telemetry', 'kvargs', 'pci'],
  system: ['numa', 'bsd', 'md'],
};

/** The union for several drivers; each name once, in a stable order. */
export function archivesFor(drivers: readonly NicDriver[]): Required<DriverArchives> {
  const all = [...drivers.map((driver) => driverArchives[driver]), always];
  const union = (key: keyof DriverArchives) => [...new Set(all.flatMap((archives) => archives[key] ?? []))].sort();
  return {
    whole: union('whole'),
    libraries: union('libraries'),
    system: union('system'),
    wanted: union('wanted'),
    wrapped: union('wrapped'),
  };
}
