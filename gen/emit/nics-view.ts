/** View of templates/c/bp_nics.c.hbs. */

import type { NicModelName, Offload } from '../hardware/nics.ts';
import { nicModel } from '../hardware/nics.ts';
import type { DpdkPlan, NicPlan, Plan } from '../plan/plan.ts';
import { bytesOf } from '../spec/addresses.ts';
import { cIdentifier, cString } from './c-literals.ts';
import type { View } from './templates.ts';

/** enum bp_nic_offloads of runtime-c/nic/tables.h. */
const offloadConstants: Record<Offload, string> = {
  'rx-ip-checksum': 'BP_NIC_RX_IP_CHECKSUM',
  'rx-l4-checksum': 'BP_NIC_RX_L4_CHECKSUM',
  'rx-hash': 'BP_NIC_RX_HASH',
  'tx-ip-checksum': 'BP_NIC_TX_IP_CHECKSUM',
  'tx-l4-checksum': 'BP_NIC_TX_L4_CHECKSUM',
  tso: 'BP_NIC_TX_TSO',
  'tx-chain': 'BP_NIC_TX_CHAIN',
};

/** enum bp_nic_attach, where the way of attaching alone does not say it. */
const attachOfModel: Partial<Record<NicModelName, string>> = {
  mlx5: 'BP_NIC_PCI_SHARED',
  af_xdp: 'BP_NIC_AF_XDP',
  af_packet: 'BP_NIC_AF_PACKET',
  tap: 'BP_NIC_TAP',
};

const attachConstants: Record<string, string> = {
  pci: 'BP_NIC_PCI',
  socket: 'BP_NIC_SOCKET',
  nothing: 'BP_NIC_NOTHING',
};

const attachOf = (model: NicModelName): string => {
  const constant = attachOfModel[model] ?? attachConstants[nicModel(model).attach];
  if (!constant) throw new Error(`no constant for the way '${model}' attaches`);
  return constant;
};

const orNull = (text: string | undefined): string => (text === undefined ? 'NULL' : cString(text));

export function nicsView(plan: Plan): View {
  const { args, rssKey, hugepages } = plan.dpdk as DpdkPlan;
  return {
    name: plan.name,
    args,
    rssKey,
    hugepageKiB: hugepages ? hugepageKiB[hugepages.size] : 0,
    hugepages: hugepages?.nodes ?? [],
    nics: plan.nics.map(nicView),
    addresses: plan.nics.flatMap(({ network }, index) =>
      network.addresses.map(({ bytes, prefix }) => ({ bytes, prefix, interface: index })),
    ),
    routes: plan.nics.flatMap(({ network }, index) =>
      network.gateways.map(({ bytes, family }) => ({ any: anyOf[family], bytes, interface: index })),
    ),
  };
}

const hugepageKiB = { '2MiB': 2048, '1GiB': 1_048_576 } as const;

/** The wildcard address of each family. */
const anyOf = { 4: bytesOf({ family: 4, bits: 0n }), 6: bytesOf({ family: 6, bits: 0n }) } as const;

const nicView = (nic: NicPlan): View => ({
  id: cIdentifier(nic.name),
  name: nic.name,
  model: nic.model,
  port: nic.port,
  device: orNull(nic.device),
  attach: attachOf(nic.model),
  serves: nic.serves,
  mac: nic.mac ?? [],
  mtu: nic.mtu,
  queues: nic.queues.map(({ worker, numaNode }) => ({ worker, numaNode, packets: nic.packets, cache: nic.cache })),
  rxDescriptors: nic.rxDescriptors,
  txDescriptors: nic.txDescriptors,
  buffer: nic.buffer,
  burst: nic.burst,
  offloads: nic.offloads.map((offload) => offloadConstants[offload]).join(' | ') || '0',
  rss: nic.rss,
  interrupts: nic.interrupts,
  linkWait: nic.linkWaitMilliseconds,
  rxMode: orNull(nic.receiveMode),
});
