/**
 * Which kernel driver holds a NIC, and giving it to another: driver_override, unbind, drivers_probe, as driverctl(8) does.
 * What held it before is kept below /run, so that it gets it back also when the one who took it was killed.
 */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import { nicModel } from '../hardware/nics.ts';
import type { FoundNic } from './machine.ts';
import { readNics } from './machine.ts';
import type { Tree } from './tree.ts';

/** The kernel's drivers that hand a PCI device to a process. */
export const userDrivers = ['vfio-pci', 'uio_pci_generic'] as const;
export type UserDriver = (typeof userDrivers)[number];

/** What is asked of the machine beside its files; exchangeable for tests. */
export interface Kernel {
  readonly tree: Tree;
  /** Loads a module; returns what modprobe complained about. */
  modprobe(module: string): string | undefined;
  /** Addresses of an interface, without those that it gave itself. */
  addresses(interfaceName: string): readonly string[];
}

export const kernelOf = (tree: Tree): Kernel => ({
  tree,
  modprobe(module) {
    const { error, status, stderr } = spawnSync('modprobe', [module], { encoding: 'utf8' });
    if (error) return error.message;
    return status === 0 ? undefined : stderr.trim() || `modprobe ended with ${status}`;
  },
  addresses: (name) =>
    (os.networkInterfaces()[name] ?? []).map(({ address }) => address).filter((text) => !/^fe80:/i.test(text)),
});

/** What held a NIC before it was given away. */
interface Kept {
  /** '' for none. */
  readonly driver: string;
  readonly override: string;
  readonly interface: string;
}

const device = (pci: string): string => `sys/bus/pci/devices/${pci}`;
const keptFile = (pci: string): string => `run/bypassgen/bindings/${pci}`;

const writeKept = ({ driver, override, interface: name }: Kept): string => `${driver}\n${override}\n${name}\n`;

function readKept(tree: Tree, pci: string): Kept | undefined {
  const text = tree.text(keptFile(pci), false);
  if (text === undefined) return undefined;
  const [driver = '', override = '', name = ''] = text.split('\n');
  return { driver, override, interface: name };
}

/** By PCI address, with or without its domain, or by the interface that Linux has of it, or had before it was given away. */
export function findNic(tree: Tree, name: string): FoundNic | Diagnostic {
  const nics = readNics(tree);
  const found = nics.find(
    ({ pci, interface: linux }) =>
      pci === name || pci === `0000:${name}` || linux === name || readKept(tree, pci)?.interface === name,
  );
  const list = nics.map(({ pci, interface: linux }) => (linux ? `${pci} (${linux})` : pci)).join(', ');
  return found ?? diagnose('noSuchNic', { name, list });
}

const failed = (nic: FoundNic, reason: string, hint: string): Diagnostic =>
  diagnose('bindFailed', { nic: nic.pci, reason, hint });

/** Why Linux still wants the NIC; undefined: it does not. */
export function whyInUse(kernel: Kernel, { interface: name }: FoundNic): string | undefined {
  if (!name) return undefined;
  const { tree } = kernel;
  if (defaultRoutes(tree).has(name)) return 'the default route goes over it';
  const master = tree.linkName(`sys/class/net/${name}/master`);
  if (master) return `it is a port of ${master}`;
  const [address] = kernel.addresses(name);
  if (address) return `Linux has the address ${address} on it`;
  // Node tells addresses of links that are up; routes are there before.
  const to = routes(tree).find(([over]) => over === name)?.[1];
  return to && `Linux reaches ${ipv4(to)} over it`;
}

/** Of IPv4: interface, network, gateway, flags, three counters, mask. */
const routes = (tree: Tree): string[][] => rows(tree, 'proc/net/route').slice(1);

const rows = (tree: Tree, file: string): string[][] =>
  (tree.text(file) ?? '').split('\n').map((line) => line.trim().split(/\s+/));

/** /proc/net/route has addresses as they are in memory. */
const ipv4 = (hex: string): string => [...Buffer.from(hex, 'hex')].reverse().join('.');

/** Interfaces with a route to everywhere, of both families. */
function defaultRoutes(tree: Tree): Set<string> {
  const v4 = routes(tree).filter(
    ([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000',
  );
  const v6 = rows(tree, 'proc/net/ipv6_route').filter(
    ([to = '', prefix, , , , , , , , name]) => /^0+$/.test(to) && prefix === '00' && name !== 'lo',
  );
  return new Set([...v4.map(([name = '']) => name), ...v6.map((row) => row[9] ?? '')]);
}

const iommuHelp = (pci: string): string =>
  "boot with 'intel_iommu=on iommu=pt' (AMD: 'iommu=pt') on the kernel's command line and the IOMMU enabled in the firmware; " +
  `or do without its protection: bypassgen bind ${pci} --driver uio_pci_generic`;

/** vfio-pci hands out whole groups, and needs something that keeps a device to its memory. */
function checkGroup(tree: Tree, nic: FoundNic): Diagnostic | undefined {
  if (!tree.linkName(`${device(nic.pci)}/iommu_group`)) {
    if (tree.text('sys/module/vfio/parameters/enable_unsafe_noiommu_mode') === 'Y') return undefined;
    return failed(nic, 'there is no IOMMU, which vfio-pci needs', iommuHelp(nic.pci));
  }
  const others = tree.list(`${device(nic.pci)}/iommu_group/devices`).filter((pci) => {
    const driver = tree.linkName(`${device(pci)}/driver`);
    const bridge = (tree.text(`${device(pci)}/class`) ?? '').startsWith('0x0604');
    return pci !== nic.pci && !bridge && driver !== undefined && driver !== 'vfio-pci';
  });
  if (others.length === 0) return undefined;
  const held = others.map((pci) => `${pci} (${tree.linkName(`${device(pci)}/driver`)})`).join(', ');
  const hint = 'the IOMMU cannot tell them apart: give all of them to vfio-pci, or use another slot';
  return failed(nic, `its IOMMU group has devices that the kernel uses: ${held}`, hint);
}

function load(kernel: Kernel, nic: FoundNic, driver: UserDriver): Diagnostic | undefined {
  const there = () => kernel.tree.has(`sys/bus/pci/drivers/${driver}`);
  if (there()) return undefined;
  const complaint = kernel.modprobe(driver);
  if (!complaint && there()) return undefined;
  return failed(nic, `module ${driver} cannot be loaded: ${complaint ?? 'it brought no driver'}`, `modprobe ${driver}`);
}

/** Hands the device from whatever holds it to the driver; '' is the one that the kernel chooses. */
function handOver(tree: Tree, pci: string, override: string): void {
  if (tree.linkName(`${device(pci)}/driver`)) tree.write(`${device(pci)}/driver/unbind`, pci);
  // A line that is empty takes the override away.
  tree.write(`${device(pci)}/driver_override`, `${override}\n`);
  tree.write('sys/bus/pci/drivers_probe', pci);
}

/** Files of sysfs refuse by errors that are worth telling. */
function attempt(nic: FoundNic, action: () => void): Diagnostic | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    return denied
      ? failed(nic, 'only root may give a NIC to another driver', 'sudo')
      : failed(nic, `the kernel refuses: ${message}`, "the reason is in the kernel's log: dmesg | tail");
  }
}

export interface Binding {
  /** Drivers, '' for none. */
  readonly before: string;
  readonly after: string;
}

/** Gives the NIC to a driver for programs. Nothing is changed when it refuses. */
export function bindNic(
  kernel: Kernel,
  nic: FoundNic,
  { driver, force }: { driver: UserDriver; force: boolean },
): Binding | Diagnostic {
  const { tree } = kernel;
  const before = nic.driver ?? '';
  if (before === driver) return { before, after: driver };
  if (nic.model && nicModel(nic.model).driver === 'net_mlx5')
    return failed(nic, "programs share it with the kernel's driver", 'leave it where it is: DPDK takes it from there');
  const reason = force ? undefined : whyInUse(kernel, nic);
  if (reason) return diagnose('nicInUse', { nic: nic.pci, interface: nic.interface ?? '', reason });
  const refused = load(kernel, nic, driver) ?? (driver === 'vfio-pci' ? checkGroup(tree, nic) : undefined);
  if (refused) return refused;
  const override = tree.text(`${device(nic.pci)}/driver_override`)?.replace('(null)', '') ?? '';
  const wrong = attempt(nic, () => {
    // Of a NIC that a program's driver has already, what it was before stays known.
    if (!readKept(tree, nic.pci))
      tree.write(keptFile(nic.pci), writeKept({ driver: before, override, interface: nic.interface ?? '' }));
    handOver(tree, nic.pci, driver);
  });
  const after = tree.linkName(`${device(nic.pci)}/driver`) ?? '';
  if (after === driver) return { before, after };
  const back = unbindNic(kernel, nic);
  const state = 'code' in back ? back.message : `${back.after || 'no driver'} has it again`;
  return (
    wrong ?? failed(nic, `${driver} does not take it; ${state}`, "the reason is in the kernel's log: dmesg | tail")
  );
}

/** Gives the NIC back to what held it; to the one that the kernel chooses when nobody knows. */
export function unbindNic(kernel: Kernel, nic: FoundNic): Binding | Diagnostic {
  const { tree } = kernel;
  const holder = () => tree.linkName(`${device(nic.pci)}/driver`) ?? '';
  const before = holder();
  const kept = readKept(tree, nic.pci);
  if (!kept && !(userDrivers as readonly string[]).includes(before)) return { before, after: before };
  const wrong = attempt(nic, () => {
    handOver(tree, nic.pci, kept?.override ?? '');
    if (!kept) return;
    if (kept.driver && holder() !== kept.driver) {
      if (!tree.has(`sys/bus/pci/drivers/${kept.driver}`)) kernel.modprobe(kept.driver);
      if (!holder()) tree.write(`sys/bus/pci/drivers/${kept.driver}/bind`, nic.pci);
    }
    if (!kept.driver || holder() === kept.driver) tree.remove(keptFile(nic.pci));
  });
  if (wrong) return wrong;
  if (kept?.driver && holder() !== kept.driver)
    return failed(
      nic,
      `${kept.driver}, which held it, does not take it back`,
      `echo ${nic.pci} > /sys/bus/pci/drivers/${kept.driver}/bind`,
    );
  return { before, after: holder() };
}
