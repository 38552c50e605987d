/** What the machine at hand has, as sysfs and /proc tell it. */
import { type NicModelName, nicModelByPciId } from '../hardware/nics.ts';
import { parseList, Tree } from './tree.ts';

export interface Machine {
  readonly kernel: string;
  /** Flags of the first processor in /proc/cpuinfo. */
  readonly cpuFlags: readonly string[];
  readonly cpuName: string;
  /** vendor_id of /proc/cpuinfo. */
  readonly cpuVendor: string;
  /** Cores that are online, and those of them that this process may use. */
  readonly onlineCores: readonly number[];
  readonly allowedCores: readonly number[];
  readonly nodes: readonly { readonly node: number; readonly cores: readonly number[] }[];
  readonly hugepages: readonly HugepagePool[];
  /** The same by NUMA node, also where there are none; empty when the kernel knows no nodes. */
  readonly nodeHugepages: readonly (HugepagePool & { readonly node: number })[];
  /** Something keeps devices to the memory that they were given. */
  readonly iommu: boolean;
  /** vm.overcommit_memory is 2: addresses that are only reserved count as memory too. */
  readonly strictOvercommit: boolean;
  readonly nics: readonly FoundNic[];
}

export interface HugepagePool {
  readonly size: '2MiB' | '1GiB';
  readonly count: number;
  readonly free: number;
}

export interface FoundNic {
  readonly pci: string;
  /** vendor:device. */
  readonly id: string;
  /** Undefined: not in the catalogue. */
  readonly model: NicModelName | undefined;
  /** Kernel driver that holds it. */
  readonly driver: string | undefined;
  /** Name of its Linux interface. */
  readonly interface: string | undefined;
  readonly numaNode: number;
}

/** root is '/' but for tests. */
export function readMachine(root = '/'): Machine {
  const tree = new Tree(root);
  const cpuinfo = tree.text('proc/cpuinfo') ?? '';
  const online = parseList(tree.text('sys/devices/system/cpu/online') ?? '0');
  const allowed = /^Cpus_allowed_list:\s*(.*)$/m.exec(tree.text('proc/self/status') ?? '')?.[1];
  return {
    kernel: tree.text('proc/sys/kernel/osrelease') ?? '0',
    cpuFlags: (/^flags\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '').split(' '),
    cpuName: /^model name\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? 'unknown',
    onlineCores: online,
    allowedCores: allowed === undefined ? online : parseList(allowed).filter((core) => online.includes(core)),
    cpuVendor: /^vendor_id\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? 'unknown',
    nodes: readNodes(tree, online),
    hugepages: readHugepages(tree),
    nodeHugepages: readNodeHugepages(tree),
    iommu: tree.list('sys/kernel/iommu_groups').length > 0,
    strictOvercommit: tree.text('proc/sys/vm/overcommit_memory') === '2',
    nics: readNics(tree),
  };
}

function readNodes(tree: Tree, online: readonly number[]): Machine['nodes'] {
  const nodes = nodeNumbers(tree)
    .map((node) => ({ node, cores: parseList(tree.text(`sys/devices/system/node/node${node}/cpulist`) ?? '') }))
    .filter(({ cores }) => cores.length > 0);
  return nodes.length > 0 ? nodes : [{ node: 0, cores: online }];
}

const nodeNumbers = (tree: Tree): number[] =>
  tree
    .list('sys/devices/system/node')
    .flatMap((entry) => /^node(\d+)$/.exec(entry)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

export const hugepageFolders = { '2MiB': 'hugepages-2048kB', '1GiB': 'hugepages-1048576kB' } as const;

function readHugepages(tree: Tree): HugepagePool[] {
  return (['2MiB', '1GiB'] as const).flatMap((size) => {
    const folder = `sys/kernel/mm/hugepages/${hugepageFolders[size]}`;
    const count = Number(tree.text(`${folder}/nr_hugepages`) ?? 0);
    return count > 0 ? [{ size, count, free: Number(tree.text(`${folder}/free_hugepages`) ?? 0) }] : [];
  });
}

function readNodeHugepages(tree: Tree): Machine['nodeHugepages'] {
  return nodeNumbers(tree).flatMap((node) =>
    (['2MiB', '1GiB'] as const).flatMap((size) => {
      const folder = `sys/devices/system/node/node${node}/hugepages/${hugepageFolders[size]}`;
      const count = tree.text(`${folder}/nr_hugepages`);
      const free = Number(tree.text(`${folder}/free_hugepages`) ?? 0);
      return count === undefined ? [] : [{ node, size, count: Number(count), free }];
    }),
  );
}

/** PCI base class 02: network controllers. */
const networkClass = /^0x02/;

/** Network cards on PCI. */
export function readNics(tree: Tree): FoundNic[] {
  const devices = 'sys/bus/pci/devices';
  return tree.list(devices).flatMap((pci) => {
    const read = (file: string) => tree.text(`${devices}/${pci}/${file}`) ?? '';
    if (!networkClass.test(read('class'))) return [];
    const id = `${read('vendor').replace('0x', '')}:${read('device').replace('0x', '')}`;
    const node = Number(read('numa_node') || 0);
    return [
      {
        pci,
        id,
        model: nicModelByPciId(id),
        driver: tree.linkName(`${devices}/${pci}/driver`),
        interface: interfaceOf(tree, `${devices}/${pci}`),
        // -1: the firmware does not say.
        numaNode: Math.max(0, node),
      },
    ];
  });
}

/** The interface is below the device itself, or below its virtio child. */
function interfaceOf(tree: Tree, device: string): string | undefined {
  const virtio = tree.list(device).find((entry) => /^virtio\d+$/.test(entry));
  return tree.list(`${device}/net`)[0] ?? (virtio && tree.list(`${device}/${virtio}/net`)[0]);
}
