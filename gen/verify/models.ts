/** The network cards that QEMU emulates and DPDK drives: one row each. */
import type { NicModelName } from '../hardware/nics.ts';
import type { UserDriver } from '../machine/binding.ts';

export { type UserDriver, userDrivers } from '../machine/binding.ts';

export interface EmulatedModel {
  readonly model: NicModelName;
  /** QEMU's device, with the properties that make it the model meant, for a number of queue pairs. */
  readonly device: (queues: number) => string;
  /** As its PCI configuration says, vendor:device. */
  readonly pciId: string;
  /** First major version of QEMU with the device. */
  readonly qemuSince: number;
  /** What has several queues at QEMU's end of its wire; undefined: it needs no such thing. */
  readonly severalQueues?: 'tap';
  /** Why its queues get no share each of what comes, whatever it is told; undefined: they do. */
  readonly oneQueue?: string;
  /** Combinations that cannot work, and why. */
  readonly excluded: Partial<Record<UserDriver, string>>;
}

export const emulatedModels: readonly EmulatedModel[] = [
  {
    model: 'e1000',
    device: () => 'e1000',
    pciId: '8086:100e',
    qemuSince: 1,
    excluded: {},
  },
  {
    model: 'e1000e',
    device: () => 'e1000e',
    pciId: '8086:10d3',
    qemuSince: 3,
    excluded: {
      uio_pci_generic: 'without an IOMMU QEMU stops moving its packets after the first ring',
    },
  },
  {
    model: 'igb',
    device: () => 'igb',
    pciId: '8086:10c9',
    qemuSince: 8,
    excluded: {},
  },
  {
    model: 'vmxnet3',
    device: () => 'vmxnet3',
    pciId: '15ad:07b0',
    qemuSince: 3,
    oneQueue: 'QEMU gives its first queue all that comes',
    excluded: {},
  },
  {
    model: 'virtio',
    device: (queues) => `virtio-net-pci,disable-legacy=on,iommu_platform=on,mq=on,vectors=${2 * queues + 2}`,
    severalQueues: 'tap',
    pciId: '1af4:1041',
    qemuSince: 3,
    excluded: {},
  },
];

export const emulatedModel = (name: NicModelName): EmulatedModel | undefined =>
  emulatedModels.find(({ model }) => model === name);
