/**
 * The drivers of emulated PCI devices, in QEMU (no KVM needed, some 15 seconds each). Needs qemu-system-x86_64, busybox,
 * cpio and, named by BYPASSGEN_GUEST, an unpacked Debian kernel (apt-get download linux-image-amd64's dependency;
 * dpkg-deb -x); without them the tests are skipped.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { buildSelfTest } from '../runtime/build-self-test.ts';

const guest = process.env['BYPASSGEN_GUEST'] ?? '';
const has = (tool: string): boolean => spawnSync('which', [tool]).status === 0;
const able = guest !== '' && ['qemu-system-x86_64', 'busybox', 'cpio', 'gzip'].every(has);

const find = (folder: string, name: RegExp): string => {
  const all = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const found = all.find((file) => name.test(file));
  if (!found) throw new Error(`no ${name} in ${folder}`);
  return path.join(folder, found);
};

/** In the order in which they need each other. */
const modules = [
  'uio',
  'uio_pci_generic',
  'irqbypass',
  'vfio_virqfd',
  'vfio',
  'vfio_iommu_type1',
  'vfio-pci-core',
  'vfio-pci',
];

const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc; /bin/busybox mount -t sysfs sys /sys; /bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin; export PATH=/bin
word() { sed -n "s/.*$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline; }
for m in ${modules.join(' ')}; do insmod /mod/$m.ko; done
echo 128 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
mkdir -p /dev/hugepages; mount -t hugetlbfs none /dev/hugepages
for d in /sys/bus/pci/devices/*; do case $(cat $d/class) in 0x0200*)
  nics="$nics $(basename $d)"; echo $(word driver) > $d/driver_override; echo $(basename $d) > /sys/bus/pci/drivers_probe;;
esac; done
/nic_pci $(word model) $(word interrupts) $nics
poweroff -f
`;

function makeInitrd(program: string): string {
  const folder = temporaryFolder();
  const root = path.join(folder, 'root');
  for (const name of ['bin', 'mod', 'proc', 'sys', 'dev', 'tmp', 'var/run'])
    fs.mkdirSync(path.join(root, name), { recursive: true });
  fs.copyFileSync(execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim(), path.join(root, 'bin/busybox'));
  fs.copyFileSync(program, path.join(root, 'nic_pci'));
  for (const name of modules)
    fs.copyFileSync(find(guest, new RegExp(`/${name}\\.ko$`)), path.join(root, 'mod', `${name}.ko`));
  fs.writeFileSync(path.join(root, 'init'), init, { mode: 0o755 });
  execFileSync('sh', ['-c', 'find . | cpio -o -H newc --quiet | gzip -1 > ../initrd.gz'], { cwd: root });
  return path.join(folder, 'initrd.gz');
}

interface Case {
  readonly device: string;
  readonly driver: 'uio_pci_generic' | 'vfio-pci';
  readonly interrupts: boolean;
  readonly options?: string;
}

const cases: readonly Case[] = [
  { device: 'e1000', driver: 'uio_pci_generic', interrupts: false },
  { device: 'e1000e', driver: 'vfio-pci', interrupts: false },
  { device: 'vmxnet3', driver: 'uio_pci_generic', interrupts: true },
  { device: 'vmxnet3', driver: 'vfio-pci', interrupts: true },
  { device: 'virtio-net-pci', driver: 'vfio-pci', interrupts: true, options: ',disable-legacy=on,iommu_platform=on' },
];

describe.skipIf(!able)('emulated NICs', () => {
  let initrd = '';
  beforeAll(async () => {
    initrd = makeInitrd(await buildSelfTest(path.resolve(import.meta.dirname, 'nic_pci.c'), 'x86-64-v2'));
  }, 120_000);

  it.each(cases)(
    '$device on $driver',
    ({ device, driver, interrupts, options = '' }) => {
      const iommu = driver === 'vfio-pci';
      const nic = (i: number) => [
        ...['-netdev', `hubport,id=n${i},hubid=0`],
        ...['-device', `${device},netdev=n${i},romfile=,mac=52:54:00:00:00:0${i + 1}${options}`],
      ];
      const words = ['console=ttyS0', 'quiet', 'panic=-1', 'mitigations=off', `driver=${driver}`, `model=${device}`];
      const append = [...words, `interrupts=${Number(interrupts)}`, ...(iommu ? ['intel_iommu=on'] : [])].join(' ');
      const { stdout } = spawnSync(
        'qemu-system-x86_64',
        [
          ...['-accel', 'tcg', '-M', 'q35,kernel-irqchip=split', '-cpu', 'max', '-m', '768', '-smp', '1'],
          ...['-nographic', '-nodefaults', '-no-reboot', '-serial', 'stdio'],
          ...['-kernel', find(guest, /boot\/vmlinuz-/), '-initrd', initrd, '-append', append],
          ...(iommu ? ['-device', 'intel-iommu,intremap=on'] : []),
          ...nic(0),
          ...nic(1),
        ],
        { encoding: 'utf8', timeout: 110_000, input: '' },
      );
      expect(
        stdout.split('\n').filter((line) => line.startsWith('FAIL')),
        stdout,
      ).toEqual([]);
      expect(stdout).toContain('PASSED');
    },
    120_000,
  );
});
