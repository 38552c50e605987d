/** Offloads as the runtime writes them. */
import type { Offload } from '../hardware/nics.ts';

/** enum bp_nic_offloads of runtime-c/nic/tables.h. */
export const offloadBits: Readonly<Record<Offload, number>> = {
  'rx-ip-checksum': 1 << 0,
  'rx-l4-checksum': 1 << 1,
  'rx-hash': 1 << 2,
  'tx-ip-checksum': 1 << 4,
  'tx-l4-checksum': 1 << 5,
  tso: 1 << 6,
  'tx-chain': 1 << 7,
};

export const offloadNames = (mask: number): string =>
  Object.entries(offloadBits)
    .filter(([, bit]) => mask & bit)
    .map(([name]) => name)
    .join(', ') || 'none';
