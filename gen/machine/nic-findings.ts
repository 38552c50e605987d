/** What the NICs of a config need of the machine: a driver, an IOMMU, memory and cores near them. */
import fs from 'node:fs';
import { nicModel } from '../hardware/nics.ts';
import type { NicSpec } from '../spec/types.ts';
import { userDrivers } from './binding.ts';
import { type Examination, type Finding, fail, ok, type Patient, warn } from './finding.ts';
import { type FoundNic, hugepageFolders, type Machine } from './machine.ts';

/** DPDK's driver takes a PCI function only from these; mlx5 shares it with the kernel's own. */
const forPrograms: readonly string[] = [...userDrivers, 'igb_uio'];

const nics: Examination = ({ spec, machine }) =>
  (spec.hardware.nics ?? []).map((nic) => {
    const what = `nic ${nic.name}`;
    const { attach } = nicModel(nic.model);
    if (attach === 'interface' && nic.model !== 'tap')
      return fs.existsSync(`/sys/class/net/${nic.device}`)
        ? ok(what, `interface ${nic.device}`)
        : fail(what, `there is no interface '${nic.device}'`, "'ip link' lists those there are");
    if (attach !== 'pci') return ok(what, `model '${nic.model}' needs no device`);
    const found = machine.nics.find((n) => n.pci === nic.pci);
    if (!found) return fail(what, `there is no NIC at ${nic.pci}`, "'bypassgen init --stdout' lists those there are");
    if (found.model !== nic.model)
      return fail(
        what,
        `${found.id} at ${found.pci} is of model '${found.model ?? 'unknown'}'`,
        'correct hardware.nics',
      );
    return held(what, nic, found, machine);
  });

function held(what: string, nic: NicSpec, { id, pci, driver, interface: name }: FoundNic, { iommu }: Machine): Finding {
  if (nic.model === 'mlx5' || forPrograms.includes(driver ?? ''))
    return ok(what, `${id} at ${pci}, driver ${driver ?? 'none'}`);
  const user = iommu ? '' : ' --driver uio_pci_generic';
  const use = driver ? `driver ${driver} of the kernel${name ? `, as ${name}` : ''}` : 'no driver';
  return fail(what, `${id} at ${pci} is held by ${use}, and not by one for programs`, `bypassgen bind ${pci}${user}`);
}

/** NICs on PCI that a program gets whole, where they are. */
const wholeNics = ({ spec, machine }: Patient): { nic: NicSpec; found: FoundNic }[] =>
  (spec.hardware.nics ?? []).flatMap((nic) => {
    const found = machine.nics.find((n) => n.pci === nic.pci);
    return found && nicModel(nic.model).attach === 'pci' && nic.model !== 'mlx5' ? [{ nic, found }] : [];
  });

/** Words for the kernel's command line, by the vendor in /proc/cpuinfo. */
const iommuWords = ({ cpuVendor }: Machine): string =>
  cpuVendor === 'AuthenticAMD' ? 'iommu=pt' : 'intel_iommu=on iommu=pt';

const iommu: Examination = (patient) => {
  const whole = wholeNics(patient);
  if (whole.length === 0) return [];
  if (patient.machine.iommu) return ok('IOMMU', 'it keeps each NIC to the memory of its program');
  const words = iommuWords(patient.machine);
  const mend =
    `sed -i 's/^GRUB_CMDLINE_LINUX="/&${words} /' /etc/default/grub && update-grub && reboot, ` +
    'with VT-d or AMD-Vi enabled in the firmware';
  if (whole.every(({ found }) => found.driver && found.driver !== 'vfio-pci' && forPrograms.includes(found.driver)))
    return warn('IOMMU', 'there is none: a NIC can write to any memory, and its workers poll', mend);
  const without = whole.map(({ found }) => `bypassgen bind ${found.pci} --driver uio_pci_generic`).join('; ');
  return fail('IOMMU', 'there is none, and vfio-pci needs one', `${mend}; or do without: ${without}`);
};

const packetMemory: Examination = ({ plan, machine }) =>
  (plan.dpdk?.hugepages?.nodes ?? []).flatMap(({ node, count: wanted }): Finding[] => {
    const size = plan.dpdk?.hugepages?.size ?? '2MiB';
    const pool = machine.nodeHugepages.find((found) => found.node === node && found.size === size);
    // A kernel without nodes, or a node that is not there, which has a finding of its own.
    if (!pool) return [];
    const what = `huge pages on node ${node}`;
    if (pool.free >= wanted) return [ok(what, `${pool.free} free, ${wanted} for packets`)];
    const file = `/sys/devices/system/node/node${node}/hugepages/${hugepageFolders[size]}/nr_hugepages`;
    const more = pool.count + wanted - pool.free;
    return [fail(what, `${pool.free} free, but its packets take ${wanted} of ${size}`, `echo ${more} > ${file}`)];
  });

const nodeOfCore = ({ nodes }: Machine, core: number): number =>
  nodes.find(({ cores }) => cores.includes(core))?.node ?? 0;

/** Every packet that crosses from node to node pays for it. */
const distance: Examination = (patient) => {
  const { plan, machine } = patient;
  if (machine.nodes.length < 2) return [];
  return wholeNics(patient).flatMap(({ nic, found }) => {
    const planned = plan.nics.find(({ name }) => name === nic.name);
    const cores = (planned?.queues ?? []).flatMap(({ worker }) => plan.workers[worker]?.core ?? []);
    const far = cores.filter((core) => nodeOfCore(machine, core) !== found.numaNode);
    const what = `node of ${nic.name}`;
    const said = nic.numaNode ?? 0;
    if (far.length === 0 && said === found.numaNode) return [ok(what, `${said}, as its cores ${cores.join(', ')}`)];
    const near = machine.nodes.find(({ node }) => node === found.numaNode)?.cores ?? [];
    const usable = near.filter((core) => machine.allowedCores.includes(core));
    const mend = [
      ...(said === found.numaNode ? [] : [`set numaNode: ${found.numaNode} for ${nic.name} in hardware.nics`]),
      ...(usable.some((core) => plan.workers.some((worker) => worker.core === core))
        ? []
        : [`name some of ${usable.join(', ') || 'its cores'} in hardware.cpu.cores`]),
      ...(far.length === 0 ? [] : [`let hardware.numa say { node: ${found.numaNode}, cores: [${usable.join(', ')}] }`]),
    ].join(', and ');
    const detail =
      far.length === 0
        ? `it is on node ${found.numaNode}, but the config says ${said}`
        : `it is on node ${found.numaNode}, but served by core ${far.join(', ')} of another`;
    return [warn(what, detail, mend)];
  });
};

/** What a NIC that is going to be bound needs beside that; of nothing but the machine's own word. */
export function hardwareFindings(spec: Patient['spec'], plan: Patient['plan'], machine: Machine): Finding[] {
  const patient = { spec, plan, machine } as Patient;
  return [packetMemory, distance].flatMap((examination) => examination(patient));
}

export const nicExaminations: readonly Examination[] = [nics, iommu, packetMemory, distance];
