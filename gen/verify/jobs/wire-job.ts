/** The job that drives one emulated card with DPDK and talks to it from Linux. */
import fs from 'node:fs';
import path from 'node:path';
import type { Job } from '../guest/job.ts';
import { shellJob } from '../guest/job.ts';
import type { EmulatedModel, UserDriver } from '../models.ts';

const script = (name: string): string => fs.readFileSync(path.join(import.meta.dirname, name), 'utf8');

const macs = { peer: '52:54:00:00:00:01', card: '52:54:00:00:00:02' } as const;

/** Device number on the first PCI bus, in hexadecimal: the card's, or that of its root port. */
const slot = '10';

/** What answers: a file of shell functions (see testpmd.sh). */
export type Answerer = 'testpmd.sh';

export function wireJob(row: EmulatedModel, driver: UserDriver, answerer: Answerer, peer: Buffer): Job {
  const variables = {
    driver,
    peer_mac: macs.peer,
    dut_mac: macs.card,
    dut_slot: `0000:00:${slot}.0`,
  };
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  return shellJob(`${row.model} ${driver}`, [...settings, script(answerer), script('wire.sh')].join(''), {
    files: { peer },
    modules: [driver],
    devices: [...iommu(driver), ...cards(row)],
    kernelArguments: driver === 'vfio-pci' ? ['intel_iommu=on'] : [],
    cpus: 2,
    memoryMiB: 768,
    limitSeconds: 90,
  });
}

const iommu = (driver: UserDriver): string[] =>
  driver === 'vfio-pci' ? ['-device', 'intel-iommu,intremap=on,device-iotlb=on'] : [];

/** Two cards on one hub; without boot ROMs, which take seconds. */
function cards({ device, behindRootPort }: EmulatedModel): string[] {
  const place = behindRootPort ? 'bus=port' : `bus=pcie.0,addr=${slot}`;
  const port = ['-device', `pcie-root-port,id=port,bus=pcie.0,addr=${slot},chassis=1,slot=1`];
  return [
    ...['-netdev', 'hubport,id=peer,hubid=0', '-netdev', 'hubport,id=card,hubid=0'],
    ...['-device', `virtio-net-pci,netdev=peer,mac=${macs.peer},romfile=,disable-legacy=on`],
    ...(behindRootPort ? port : []),
    ...['-device', `${device},netdev=card,mac=${macs.card},romfile=,${place}`],
  ];
}
