/** What the machine at hand has, as sysfs and /proc tell it. */
import { type NicModelName, nicModelByPciId } from '../hardware/nics.ts';
import { parseList, Tree } from './tree.ts';

export interface Machine {
  readonly kernel: string;
  /** Flags of the first processor in /proc/cpuinfo. */
  readonly cpuFlags: readonly string[];
  readonly cpuName: string;
  /** Cores that are online, and those of them that this process may use. */
  readonly onlineCores: readonly number[];
  readonly allowedCores: readonly number[];
  readonly nodes: readonly { readonly node: number; readonly cores: readonly number[] }[];
  readonly hugepages: readonly HugepagePool[];
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
    nodes: readNodes(tree, online),
    hugepages: readHugepages(tree),
    strictOvercommit: tree.text('proc/sys/vm/overcommit_memory') === '2',
    nics: readNics(tree),
  };
}

function readNodes(tree: Tree, online: readonly number[]): Machine['nodes'] {
  const nodes = tree
    .list('sys/devices/system/node')
    .flatMap((entry) => /^node(\d+)$/.exec(entry)?.[1] ?? [])
    .map((n) => ({ node: Number(n), cores: parseList(tree.text(`sys/devices/system/node/node${n}/cpulist`) ?? '') }))
    .filter(({ cores }) => cores.length > 0);
  return nodes.length > 0 ? nodes.sort((a, b) => a.node - b.node) : [{ node: 0, cores: online }];
}

const hugepageFolders = { '2MiB': 'hugepages-2048kB', '1GiB': 'hugepages-1048576kB' } as const;

function readHugepages(tree: Tree): HugepagePool[] {
  return (['2MiB', '1GiB'] as const).flatMap((size) => {
    const folder = `sys/kernel/mm/hugepages/${hugepageFolders[size]}`;
    const count = Number(tree.text(`${folder}/nr_hugepages`) ?? 0);
    return count > 0 ? [{ size, count, free: Number(tree.text(`${folder}/free_hugepages`) ?? 0) }] : [];
  });
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
