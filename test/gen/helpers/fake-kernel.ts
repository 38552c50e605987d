/** A tree that answers writes to sysfs as Linux does: drivers come and go, an override decides who takes a device. */
import fs from 'node:fs';
import path from 'node:path';
import type { Kernel } from '../../../gen/machine/binding.ts';
import { Tree } from '../../../gen/machine/tree.ts';
import { temporaryFolder, writeFiles } from './folders.ts';

export interface FakeNic {
  readonly pci: string;
  readonly id: string;
  /** The driver that Linux has for it, loaded from the start. */
  readonly driver: string;
  readonly interface: string;
  /** Absent: there is no IOMMU. */
  readonly group?: number;
}

export class FakeKernel extends Tree implements Kernel {
  readonly root: string;
  readonly tree = this;
  /** Modules that modprobe finds, beside those that are loaded. */
  modules = ['vfio-pci', 'uio_pci_generic'];
  /** Drivers that refuse every device. */
  broken = new Set<string>();
  /** Every write to sysfs fails with this. */
  denied: string | undefined;
  linux: Readonly<Record<string, readonly string[]>> = {};
  readonly #nics: readonly FakeNic[];

  constructor(nics: readonly FakeNic[]) {
    const root = temporaryFolder();
    super(root);
    this.root = root;
    this.#nics = nics;
    for (const { pci, id, driver, group } of nics) {
      const [vendor, device] = id.split(':');
      writeFiles(root, {
        [`sys/bus/pci/devices/${pci}/class`]: '0x020000\n',
        [`sys/bus/pci/devices/${pci}/vendor`]: `0x${vendor}\n`,
        [`sys/bus/pci/devices/${pci}/device`]: `0x${device}\n`,
        [`sys/bus/pci/devices/${pci}/driver_override`]: '(null)\n',
      });
      this.#load(driver);
      this.#attach(pci, driver);
      if (group !== undefined) {
        const folder = path.join(root, `sys/kernel/iommu_groups/${group}`);
        fs.mkdirSync(path.join(folder, 'devices', pci), { recursive: true });
        fs.symlinkSync(folder, this.#path(pci, 'iommu_group'));
      }
    }
  }

  modprobe(module: string): string | undefined {
    if (!this.modules.includes(module)) return `FATAL: Module ${module} not found`;
    this.#load(module);
    return undefined;
  }

  addresses(name: string): readonly string[] {
    return this.linux[name] ?? [];
  }

  driverOf(pci: string): string | undefined {
    return this.linkName(`sys/bus/pci/devices/${pci}/driver`);
  }

  override write(file: string, content: string): void {
    if (!file.startsWith('sys/')) {
      super.write(file, content);
      return;
    }
    if (this.denied) throw Object.assign(new Error(`${this.denied}: ${file}`), { code: this.denied });
    const [, pci, what] = /^sys\/bus\/pci\/devices\/([^/]+)\/(.*)$/.exec(file) ?? [];
    if (what === 'driver/unbind' && pci) this.#detach(pci);
    else if (what === 'driver_override' && pci)
      fs.writeFileSync(this.#path(pci, what), content.trim() ? content : '(null)\n');
    else if (file === 'sys/bus/pci/drivers_probe') this.#probe(content);
    else if (/^sys\/bus\/pci\/drivers\/[^/]+\/bind$/.test(file))
      this.#attach(content, path.basename(path.dirname(file)));
    else throw new Error(`no such file: ${file}`);
  }

  #path(pci: string, what: string): string {
    return path.join(this.root, `sys/bus/pci/devices/${pci}/${what}`);
  }

  #load(driver: string): void {
    fs.mkdirSync(path.join(this.root, `sys/bus/pci/drivers/${driver}`), { recursive: true });
  }

  #probe(pci: string): void {
    if (this.driverOf(pci)) return;
    const override = this.text(`sys/bus/pci/devices/${pci}/driver_override`) ?? '(null)';
    const driver = override === '(null)' ? this.#nics.find((nic) => nic.pci === pci)?.driver : override;
    if (driver && this.has(`sys/bus/pci/drivers/${driver}`)) this.#attach(pci, driver);
  }

  #attach(pci: string, driver: string): void {
    if (this.broken.has(driver)) return;
    fs.symlinkSync(`/drivers/${driver}`, this.#path(pci, 'driver'));
    const nic = this.#nics.find((candidate) => candidate.pci === pci);
    if (nic?.driver !== driver) return;
    fs.mkdirSync(this.#path(pci, `net/${nic.interface}`), { recursive: true });
    fs.mkdirSync(path.join(this.root, `sys/class/net/${nic.interface}`), { recursive: true });
  }

  #detach(pci: string): void {
    fs.rmSync(this.#path(pci, 'driver'));
    fs.rmSync(this.#path(pci, 'net'), { recursive: true, force: true });
  }
}
