/**
 * The network devices that a config may name. Every figure carries its source. "DPDK" is DPDK 22.11.11 (Debian 12); a path
 * is one inside its source tree, and after the colon are the names in that file: test/gen/nics-source.test.ts looks them up.
 */
import { limits } from './limits.ts';

/** A number and where it comes from. */
export interface Figure {
  readonly value: number;
  readonly source: string;
}

/** Work that the device or its driver takes off the stack. What depends on the other end is checked at start. */
export type Offload =
  | 'rx-ip-checksum'
  | 'rx-l4-checksum'
  | 'rx-hash'
  | 'tx-ip-checksum'
  | 'tx-l4-checksum'
  | 'tso'
  | 'tx-chain';

/** Which of the driver's functions moves packets. */
export interface BurstMode {
  /** What its name has in it, as rte_eth_rx_burst_mode_get() tells; undefined where the driver does not tell. */
  readonly mode?: string;
  /** What selects it. */
  readonly selectedBy: string;
  readonly source: string;
}

/** How many descriptors a ring of the device may have. */
export interface DescriptorLimits {
  readonly min: number;
  readonly max: number;
  /** The count is a multiple of this. */
  readonly multiple: number;
  readonly powerOfTwo: boolean;
  readonly source: string;
}

/** Drivers of DPDK, by the names that they register. */
export type NicDriver =
  | 'net_af_packet'
  | 'net_af_xdp'
  | 'net_e1000_em'
  | 'net_e1000_igb'
  | 'net_ena'
  | 'net_i40e'
  | 'net_iavf'
  | 'net_ice'
  | 'net_ixgbe'
  | 'net_memif'
  | 'net_mlx5'
  | 'net_null'
  | 'net_ring'
  | 'net_tap'
  | 'net_vhost'
  | 'net_virtio'
  | 'net_virtio_user'
  | 'net_vmxnet3';

export interface NicModel {
  /** For people. */
  readonly title: string;
  /** `pci`: named by its PCI address. Otherwise a virtual device, and what its `device` names. */
  readonly attach: 'pci' | 'interface' | 'socket' | 'nothing';
  /** DPDK's driver. */
  readonly driver: NicDriver;
  /** vendor:device numbers, in lower-case hexadecimal as in sysfs. */
  readonly pciIds: readonly string[];
  readonly maxQueues: Figure;
  /** Who may have fewer queue pairs than that: a smaller device of the model, the other end, or the config itself. */
  readonly fewerQueues?: 'device' | 'peer' | 'config';
  readonly maxMtu: Figure;
  /** Absent when the device has no rings of its own. */
  readonly descriptors?: DescriptorLimits;
  readonly offloads: readonly Offload[];
  /** Source of `offloads`. */
  readonly offloadSource: string;
  /** What of the offloads there is depends on the other end of the wire. */
  readonly offloadsDependOnPeer?: boolean;
  /** Spreads flows over its queues by a hash whose key we choose. */
  readonly rss: boolean;
  /** A worker can sleep until packets come: by an interrupt of the driver, or because the device is a descriptor. */
  readonly wakes: 'interrupt' | 'descriptor' | 'no';
  /** Packets that the driver itself keeps, beyond the descriptors. */
  readonly ownPackets?: Figure;
  /** The receive function that is wanted. */
  readonly receive?: BurstMode;
}

const checksums = ['rx-ip-checksum', 'rx-l4-checksum', 'tx-ip-checksum', 'tx-l4-checksum'] as const;
const everything = [...checksums, 'rx-hash', 'tso', 'tx-chain'] as const;
/** The header's own checksum is left to the driver's user: a virtual wire has no use for it. */
const paravirtual = ['rx-l4-checksum', 'tx-l4-checksum', 'tso', 'tx-chain'] as const;

const intelRing = (source: string): DescriptorLimits => ({
  min: 32,
  max: 4096,
  multiple: 8,
  powerOfTwo: false,
  source,
});

const intel40Ring = (source: string): DescriptorLimits => ({
  min: 64,
  max: 4096,
  multiple: 32,
  powerOfTwo: false,
  source,
});

const virtqueue: DescriptorLimits = {
  min: 64,
  max: 32768,
  multiple: 1,
  powerOfTwo: true,
  source:
    'virtio 1.2, 2.7 "Split Virtqueues": a power of two, at most 32768; at least RTE_VIRTIO_VPMD_RX_BURST of DPDK drivers/net/virtio/virtio_rxtx_simple.h: RTE_VIRTIO_VPMD_RX_BURST',
};

const ethernetMtu: Figure = { value: 1500, source: 'IEEE 802.3: payload of a basic frame' };
const linuxMtu: Figure = { value: 65535, source: 'Linux include/uapi/linux/if_ether.h, ETH_MAX_MTU' };
const portQueues: Figure = { value: 1024, source: 'DPDK config/rte_config.h: RTE_MAX_QUEUES_PER_PORT' };
const virtioMtu: Figure = {
  value: 9698,
  source:
    'DPDK drivers/net/virtio/virtio_ethdev.h: VIRTIO_MAX_RX_PKTLEN (9728), less 30 of Ethernet, VLAN tag and virtio header',
};

export const nicModels = {
  virtio: {
    title: 'virtio-net, the paravirtual device of KVM and most clouds',
    attach: 'pci',
    driver: 'net_virtio',
    pciIds: ['1af4:1000', '1af4:1041'],
    maxQueues: { value: 128, source: 'DPDK drivers/net/virtio/virtio_ethdev.h: VIRTIO_MAX_RX_QUEUES' },
    fewerQueues: 'peer',
    maxMtu: virtioMtu,
    descriptors: virtqueue,
    offloads: paravirtual,
    offloadSource: 'DPDK drivers/net/virtio/virtio_ethdev.c: virtio_dev_info_get; each depends on the host',
    offloadsDependOnPeer: true,
    rss: false,
    wakes: 'interrupt',
  },
  e1000: {
    title: 'Intel 8254x Gigabit (QEMU e1000)',
    attach: 'pci',
    driver: 'net_e1000_em',
    pciIds: ['8086:100e', '8086:100f'],
    maxQueues: {
      value: 1,
      source:
        'DPDK drivers/net/e1000/em_ethdev.c: eth_em_infos_get; it tells 2, but spreads nothing over them ("we support just one RX queue")',
    },
    maxMtu: {
      value: 16110,
      source: 'DPDK drivers/net/e1000/base/e1000_defines.h: MAX_JUMBO_FRAME_SIZE (16128), less 18 of Ethernet',
    },
    descriptors: intelRing(
      'DPDK drivers/net/e1000/e1000_ethdev.h: E1000_MIN_RING_DESC, E1000_MAX_RING_DESC, EM_RXD_ALIGN',
    ),
    offloads: [...checksums, 'tx-chain'],
    offloadSource: 'DPDK drivers/net/e1000/em_rxtx.c: em_get_tx_port_offloads_capa, em_get_rx_port_offloads_capa',
    rss: false,
    // Its driver shares one interrupt with everything else of the device, which tests found to be lost or to storm.
    wakes: 'no',
  },
  e1000e: {
    title: 'Intel 82574L Gigabit (QEMU e1000e)',
    attach: 'pci',
    driver: 'net_e1000_em',
    pciIds: ['8086:10d3', '8086:10f6'],
    maxQueues: {
      value: 1,
      source:
        'DPDK drivers/net/e1000/em_ethdev.c: eth_em_infos_get; it tells 2, but spreads nothing over them ("we support just one RX queue")',
    },
    maxMtu: {
      value: 9216,
      source: 'DPDK drivers/net/e1000/em_ethdev.c: em_get_max_pktlen (e1000_82574: 9234), less 18 of Ethernet',
    },
    descriptors: intelRing(
      'DPDK drivers/net/e1000/e1000_ethdev.h: E1000_MIN_RING_DESC, E1000_MAX_RING_DESC, EM_RXD_ALIGN',
    ),
    offloads: [...checksums, 'tx-chain'],
    offloadSource: 'DPDK drivers/net/e1000/em_rxtx.c: em_get_tx_port_offloads_capa, em_get_rx_port_offloads_capa',
    rss: false,
    // Its driver shares one interrupt with everything else of the device, which tests found to be lost or to storm.
    wakes: 'no',
  },
  igb: {
    title: 'Intel 82576, 82580, I350, I210 Gigabit',
    attach: 'pci',
    driver: 'net_e1000_igb',
    pciIds: ['8086:10c9', '8086:150e', '8086:1521', '8086:1533', '8086:1539'],
    maxQueues: {
      value: 16,
      source: 'DPDK drivers/net/e1000/igb_ethdev.c: eth_igb_infos_get; 82576 (I350: 8, I210: 4, I211: 2)',
    },
    fewerQueues: 'device',
    maxMtu: {
      value: 9216,
      source:
        'Intel 82576 datasheet: jumbo frames of up to 9.5 KB; less than DPDK drivers/net/e1000/igb_ethdev.c: eth_igb_infos_get (16361)',
    },
    descriptors: intelRing(
      'DPDK drivers/net/e1000/e1000_ethdev.h: E1000_MIN_RING_DESC, E1000_MAX_RING_DESC, EM_RXD_ALIGN',
    ),
    offloads: everything,
    offloadSource: 'DPDK drivers/net/e1000/igb_rxtx.c: igb_get_tx_port_offloads_capa, igb_get_rx_port_offloads_capa',
    rss: true,
    wakes: 'interrupt',
  },
  vmxnet3: {
    title: 'VMware vmxnet3',
    attach: 'pci',
    driver: 'net_vmxnet3',
    pciIds: ['15ad:07b0'],
    maxQueues: { value: 8, source: 'DPDK drivers/net/vmxnet3/base/vmxnet3_defs.h: VMXNET3_MAX_TX_QUEUES' },
    offloads: [...paravirtual, 'rx-hash'],
    offloadSource: 'DPDK drivers/net/vmxnet3/vmxnet3_ethdev.c: VMXNET3_TX_OFFLOAD_CAP, VMXNET3_RX_OFFLOAD_CAP',
    rss: true,
    wakes: 'interrupt',
    maxMtu: { value: 9000, source: 'DPDK drivers/net/vmxnet3/base/vmxnet3_defs.h: VMXNET3_MAX_MTU' },
    descriptors: {
      min: 512,
      max: 4096,
      multiple: 32,
      powerOfTwo: false,
      source:
        'DPDK drivers/net/vmxnet3/vmxnet3_ring.h: VMXNET3_DEF_TX_RING_SIZE (its receive rings may be smaller); DPDK drivers/net/vmxnet3/base/vmxnet3_defs.h: VMXNET3_RX_RING_MAX_SIZE, VMXNET3_RING_SIZE_ALIGN',
    },
  },
  ixgbe: {
    title: 'Intel 82599, X540, X550 10 Gigabit',
    attach: 'pci',
    driver: 'net_ixgbe',
    pciIds: ['8086:10fb', '8086:10fc', '8086:1528', '8086:154d', '8086:1557', '8086:1563', '8086:15ac'],
    maxQueues: {
      value: 64,
      source: 'DPDK drivers/net/ixgbe/ixgbe_ethdev.h: IXGBE_NONE_MODE_TX_NB_QUEUES; the device has 128 of each',
    },
    maxMtu: {
      value: 9710,
      source: 'DPDK drivers/net/ixgbe/ixgbe_ethdev.h: IXGBE_MAX_JUMBO_FRAME_SIZE (9728), less 18 of Ethernet',
    },
    offloads: everything,
    offloadSource: 'DPDK drivers/net/ixgbe/ixgbe_rxtx.c: ixgbe_get_tx_port_offloads, ixgbe_get_rx_port_offloads',
    rss: true,
    wakes: 'interrupt',
    descriptors: {
      min: 64,
      max: 4096,
      multiple: 8,
      powerOfTwo: false,
      source: 'DPDK drivers/net/ixgbe/ixgbe_rxtx.h: IXGBE_MIN_RING_DESC, IXGBE_MAX_RING_DESC, IXGBE_RXD_ALIGN',
    },
    receive: {
      selectedBy: 'rx_free_thresh of 32, which is the default; receive checksums do not matter',
      source: 'DPDK drivers/net/ixgbe/ixgbe_rxtx_vec_common.h: ixgbe_rx_vec_dev_conf_condition_check_default',
    },
  },
  i40e: {
    title: 'Intel X710, XL710, XXV710, X722 10 to 40 Gigabit',
    attach: 'pci',
    driver: 'net_i40e',
    pciIds: ['8086:1572', '8086:1583', '8086:1584', '8086:1585', '8086:1586', '8086:158a', '8086:158b', '8086:37d0'],
    maxQueues: { value: 64, source: 'DPDK config/rte_config.h: RTE_LIBRTE_I40E_QUEUE_NUM_PER_PF' },
    fewerQueues: 'device',
    maxMtu: {
      value: 9702,
      source: 'DPDK drivers/net/i40e/i40e_ethdev.h: I40E_FRAME_SIZE_MAX (9728), less 26 of I40E_ETH_OVERHEAD',
    },
    descriptors: intel40Ring(
      'DPDK drivers/net/i40e/i40e_rxtx.h: I40E_MIN_RING_DESC, I40E_MAX_RING_DESC, I40E_ALIGN_RING_DESC',
    ),
    offloads: everything,
    offloadSource: 'DPDK drivers/net/i40e/i40e_ethdev.c: i40e_dev_info_get',
    rss: true,
    wakes: 'interrupt',
    receive: {
      mode: 'Vector',
      selectedBy: 'a power of two of receive descriptors; checksums do not matter',
      source: 'DPDK drivers/net/i40e/i40e_rxtx.c: i40e_set_rx_function',
    },
  },
  ice: {
    title: 'Intel E810 25 to 100 Gigabit',
    attach: 'pci',
    driver: 'net_ice',
    pciIds: ['8086:1591', '8086:1592', '8086:1593', '8086:1599', '8086:159a', '8086:159b'],
    maxQueues: {
      value: 256,
      source: 'DPDK drivers/net/ice/ice_ethdev.h: ICE_MAX_Q_PER_TC; less when the device has fewer interrupts',
    },
    fewerQueues: 'device',
    maxMtu: {
      value: 9702,
      source: 'DPDK drivers/net/ice/ice_ethdev.h: ICE_FRAME_SIZE_MAX (9728), less 26 of ICE_ETH_OVERHEAD',
    },
    descriptors: intel40Ring(
      'DPDK drivers/net/ice/ice_rxtx.h: ICE_MIN_RING_DESC, ICE_MAX_RING_DESC, ICE_ALIGN_RING_DESC',
    ),
    offloads: everything,
    offloadSource: 'DPDK drivers/net/ice/ice_ethdev.c: ice_dev_info_get',
    rss: true,
    wakes: 'interrupt',
    receive: {
      mode: 'Vector',
      selectedBy: 'a power of two of receive descriptors, AVX2 where checksums are wanted',
      source: 'DPDK drivers/net/ice/ice_rxtx.c: ice_set_rx_function',
    },
  },
  iavf: {
    title: 'Intel adaptive virtual function',
    attach: 'pci',
    driver: 'net_iavf',
    pciIds: ['8086:1889', '8086:154c', '8086:37cd'],
    maxQueues: { value: 16, source: 'DPDK drivers/net/iavf/iavf.h: IAVF_MAX_NUM_QUEUES_DFLT' },
    maxMtu: {
      value: 9702,
      source: 'DPDK drivers/net/iavf/iavf.h: IAVF_FRAME_SIZE_MAX (9728), less 26 of IAVF_ETH_OVERHEAD',
    },
    descriptors: intel40Ring(
      'DPDK drivers/net/iavf/iavf_rxtx.h: IAVF_MIN_RING_DESC, IAVF_MAX_RING_DESC, IAVF_ALIGN_RING_DESC',
    ),
    offloads: everything,
    offloadSource: 'DPDK drivers/net/iavf/iavf_ethdev.c: iavf_dev_info_get',
    rss: true,
    wakes: 'interrupt',
  },
  mlx5: {
    title: 'NVIDIA ConnectX-4 and newer, BlueField',
    attach: 'pci',
    driver: 'net_mlx5',
    pciIds: [
      '15b3:1013',
      '15b3:1014',
      '15b3:1015',
      '15b3:1016',
      '15b3:1017',
      '15b3:1018',
      '15b3:1019',
      '15b3:101b',
      '15b3:101d',
      '15b3:101e',
      '15b3:101f',
      '15b3:1021',
      '15b3:a2d6',
    ],
    maxQueues: portQueues,
    fewerQueues: 'device',
    descriptors: {
      min: 64,
      max: 32768,
      multiple: 1,
      powerOfTwo: true,
      source:
        'DPDK drivers/net/mlx5/mlx5_rxq.c: rte_is_power_of_2 (others are rounded up); 16-bit counts in rte_ethdev',
    },
    offloads: everything,
    offloadSource:
      'DPDK drivers/net/mlx5/mlx5_rxq.c: mlx5_get_rx_queue_offloads; DPDK drivers/net/mlx5/mlx5_txq.c: mlx5_get_tx_port_offloads',
    rss: true,
    wakes: 'interrupt',
    maxMtu: { value: 9978, source: 'DPDK drivers/net/mlx5/mlx5.h: MLX5_ETH_MAX_MTU' },
    receive: {
      mode: 'Vector',
      selectedBy: 'one buffer for each frame, no timestamps, no large receive',
      source: 'DPDK drivers/net/mlx5/mlx5_rxtx_vec.c: mlx5_rxq_check_vec_support',
    },
  },
  ena: {
    title: 'Amazon Elastic Network Adapter',
    attach: 'pci',
    driver: 'net_ena',
    pciIds: ['1d0f:ec20', '1d0f:ec21'],
    maxMtu: { value: 9001, source: 'Amazon EC2 user guide, "Network MTU": jumbo frames of 9001 bytes' },
    descriptors: {
      min: 128,
      max: 1024,
      multiple: 1,
      powerOfTwo: true,
      source:
        'DPDK drivers/net/ena/ena_ethdev.c: ENA_MIN_RING_DESC; DPDK drivers/net/ena/ena_ethdev.h: ENA_DEFAULT_RING_SIZE',
    },
    offloads: everything,
    offloadSource:
      'DPDK drivers/net/ena/ena_ethdev.c: ena_get_rx_port_offloads, ena_get_tx_port_offloads; each depends on the device',
    rss: true,
    wakes: 'interrupt',
    maxQueues: {
      value: 128,
      source: 'DPDK drivers/net/ena/ena_ethdev.h: ENA_MAX_NUM_QUEUES; an instance has at most 32',
    },
    fewerQueues: 'device',
  },
  af_xdp: {
    title: 'AF_XDP socket on a Linux interface',
    attach: 'interface',
    driver: 'net_af_xdp',
    pciIds: [],
    maxQueues: portQueues,
    fewerQueues: 'config',
    descriptors: {
      min: 64,
      max: 32768,
      multiple: 1,
      powerOfTwo: true,
      source: 'Linux net/xdp/xsk.c: the ring size is a power of two',
    },
    offloads: [],
    offloadSource: 'DPDK drivers/net/af_xdp/rte_eth_af_xdp.c: eth_dev_info',
    rss: false,
    wakes: 'descriptor',
    maxMtu: {
      value: 3438,
      source:
        'DPDK drivers/net/af_xdp/rte_eth_af_xdp.c: eth_dev_info; a page less headers and headrooms, here also less the 64 bytes of a packet, and 18 of Ethernet',
    },
    ownPackets: {
      value: 4096,
      source: 'DPDK drivers/net/af_xdp/rte_eth_af_xdp.c: ETH_AF_XDP_NUM_BUFFERS; fill and completion rings of 2048',
    },
  },
  tap: {
    title: 'TAP interface of Linux',
    attach: 'interface',
    driver: 'net_tap',
    pciIds: [],
    maxQueues: { value: 16, source: 'DPDK drivers/net/tap/tap_rss.h: TAP_MAX_QUEUES' },
    maxMtu: linuxMtu,
    // Not tso: the driver cuts in software, and takes a segment with its headers for longer than the MTU allows.
    offloads: [...checksums, 'tx-chain'],
    offloadSource: 'DPDK drivers/net/tap/rte_eth_tap.c: TAP_RX_OFFLOAD, TAP_TX_OFFLOAD; the driver computes them',
    rss: false,
    wakes: 'descriptor',
  },
  af_packet: {
    title: 'AF_PACKET socket on a Linux interface',
    attach: 'interface',
    driver: 'net_af_packet',
    pciIds: [],
    maxQueues: portQueues,
    fewerQueues: 'config',
    maxMtu: ethernetMtu,
    offloads: ['tx-chain'],
    offloadSource: 'DPDK drivers/net/af_packet/rte_eth_af_packet.c: eth_dev_info',
    rss: false,
    wakes: 'descriptor',
  },
  memif: {
    title: 'Shared-memory interface to another process',
    attach: 'socket',
    driver: 'net_memif',
    pciIds: [],
    maxQueues: { value: 255, source: 'DPDK drivers/net/memif/rte_eth_memif.h: ETH_MEMIF_MAX_NUM_Q_PAIRS' },
    maxMtu: ethernetMtu,
    descriptors: {
      min: 64,
      max: 16384,
      multiple: 1,
      powerOfTwo: true,
      source: 'DPDK drivers/net/memif/rte_eth_memif.h: ETH_MEMIF_MAX_LOG2_RING_SIZE (14); at least a burst of ours',
    },
    offloads: ['tx-chain'],
    offloadSource: 'DPDK drivers/net/memif/rte_eth_memif.c: memif_dev_info',
    rss: false,
    wakes: 'no',
  },
  'virtio-user': {
    title: 'virtio-net without a virtual machine, the driver side of vhost-user',
    attach: 'socket',
    driver: 'net_virtio_user',
    pciIds: [],
    maxMtu: virtioMtu,
    descriptors: virtqueue,
    offloads: paravirtual,
    offloadSource: 'DPDK drivers/net/virtio/virtio_ethdev.c: virtio_dev_info_get; each depends on the other end',
    offloadsDependOnPeer: true,
    rss: false,
    wakes: 'interrupt',
    maxQueues: { value: 8, source: 'DPDK drivers/net/virtio/virtio.h: VIRTIO_MAX_VIRTQUEUE_PAIRS' },
    fewerQueues: 'config',
  },
  'vhost-user': {
    title: 'vhost-user, the device side of virtio-net',
    attach: 'socket',
    driver: 'net_vhost',
    pciIds: [],
    maxQueues: { value: 128, source: 'DPDK lib/vhost/vhost.h: VHOST_MAX_QUEUE_PAIRS' },
    fewerQueues: 'config',
    maxMtu: linuxMtu,
    offloads: ['tx-chain'],
    offloadSource: 'DPDK drivers/net/vhost/rte_eth_vhost.c: eth_dev_info',
    rss: false,
    // Its descriptor is an epoll instance that stays readable after the first kick.
    wakes: 'no',
  },
  ring: {
    attach: 'nothing',
    driver: 'net_ring',
    pciIds: [],
    maxQueues: { value: 16, source: 'DPDK config/rte_config.h: RTE_PMD_RING_MAX_RX_RINGS' },
    fewerQueues: 'config',
    maxMtu: linuxMtu,
    offloads: ['tx-chain'],
    offloadSource: 'DPDK drivers/net/ring/rte_eth_ring.c: eth_dev_info',
    rss: false,
    wakes: 'no',
    title: 'Rings in memory: what is sent comes back on the same queue; for tests',
  },
  null: {
    title: 'Drops what is sent, receives nothing; for tests',
    attach: 'nothing',
    driver: 'net_null',
    pciIds: [],
    maxQueues: portQueues,
    maxMtu: linuxMtu,
    offloads: [],
    offloadSource: 'DPDK drivers/net/null/rte_eth_null.c: eth_dev_info',
    rss: false,
    wakes: 'no',
  },
} as const satisfies Record<string, NicModel>;

export type NicModelName = keyof typeof nicModels;

export const nicModelNames = Object.keys(nicModels) as [NicModelName, ...NicModelName[]];

/** The model's own figures, without the literal types. */
export const nicModel = (name: NicModelName): NicModel => nicModels[name];

/** Queue pairs that a config may ask for: a pair beyond the number of workers would have nobody to serve it. */
export function queueLimit(name: NicModelName): Figure {
  const { maxQueues } = nicModel(name);
  if (maxQueues.value <= limits.workers) return maxQueues;
  return {
    value: limits.workers,
    source: `one pair for each worker, of which there are at most ${limits.workers}; the device itself has ${maxQueues.value} (${maxQueues.source})`,
  };
}

/** The model that a PCI vendor:device number belongs to, if it is in the catalogue. */
export function nicModelByPciId(id: string): NicModelName | undefined {
  return nicModelNames.find((name) => nicModel(name).pciIds.includes(id));
}

/** Nearest number of descriptors to the one wanted that the model takes; the wanted one for a device without rings. */
export function nearestDescriptors(name: NicModelName, wanted: number): number {
  const lim = nicModel(name).descriptors;
  if (!lim) return wanted;
  return Math.min(lim.max, Math.max(lim.min, wanted));
}
