/** Giving NICs to programs and back, on a kernel that is not there. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../gen/diagnostics/diagnostic.ts';
import { type Binding, bindNic, findNic, type UserDriver, unbindNic } from '../../gen/machine/binding.ts';
import type { FoundNic } from '../../gen/machine/machine.ts';
import { bypassgen } from './helpers/cli.ts';
import { FakeKernel } from './helpers/fake-kernel.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';

const first = '0000:0b:00.0';
const second = '0000:0c:00.0';

const twoNics = () =>
  new FakeKernel([
    { pci: first, id: '15ad:07b0', driver: 'vmxnet3', interface: 'ens1', group: 1 },
    { pci: second, id: '8086:100e', driver: 'e1000', interface: 'ens2', group: 2 },
  ]);

function nicOf(kernel: FakeKernel, name = first): FoundNic {
  const nic = findNic(kernel, name);
  if ('code' in nic) throw new Error(nic.message);
  return nic;
}

const bind = (kernel: FakeKernel, driver: UserDriver = 'vfio-pci', force = false): Binding | Diagnostic =>
  bindNic(kernel, nicOf(kernel), { driver, force });
const unbind = (kernel: FakeKernel, name = first) => unbindNic(kernel, nicOf(kernel, name));
const kept = (kernel: FakeKernel) => fs.readdirSync(path.join(kernel.root, 'run/bypassgen/bindings'));
const overrideOf = (kernel: FakeKernel) => kernel.text(`sys/bus/pci/devices/${first}/driver_override`);

describe('a NIC', () => {
  it('is found by its address, with and without the domain, and by its interface', () => {
    const kernel = twoNics();
    for (const name of [first, '0b:00.0', 'ens1']) expect(nicOf(kernel, name).pci).toBe(first);
    expect(findNic(kernel, 'ens9')).toMatchObject({
      name: 'noSuchNic',
      hint: `there are: ${first} (ens1), ${second} (ens2)`,
    });
    expect(findNic(new FakeKernel([]), 'x')).toMatchObject({ hint: 'there is none at all' });
  });

  it('goes to vfio-pci and back to the driver that held it', () => {
    const kernel = twoNics();
    expect(bind(kernel)).toEqual({ before: 'vmxnet3', after: 'vfio-pci' });
    expect([kernel.driverOf(first), overrideOf(kernel), kernel.driverOf(second)]).toEqual([
      'vfio-pci',
      'vfio-pci',
      'e1000',
    ]);
    // Its interface is gone, and yet its name is known.
    expect(unbind(kernel, 'ens1')).toEqual({ before: 'vfio-pci', after: 'vmxnet3' });
    expect([kernel.driverOf(first), overrideOf(kernel), kept(kernel)]).toEqual(['vmxnet3', '(null)', []]);
  });

  it('is left alone where it is right already', () => {
    const kernel = twoNics();
    expect(unbind(kernel)).toEqual({ before: 'vmxnet3', after: 'vmxnet3' });
    bind(kernel);
    expect(bind(kernel)).toEqual({ before: 'vfio-pci', after: 'vfio-pci' });
  });

  it('comes back from a second driver to the first of all', () => {
    const kernel = twoNics();
    bind(kernel);
    expect(bind(kernel, 'uio_pci_generic')).toEqual({ before: 'vfio-pci', after: 'uio_pci_generic' });
    expect(unbind(kernel)).toMatchObject({ after: 'vmxnet3' });
  });

  it('comes back to the driver that the kernel chooses when somebody else gave it away', () => {
    const kernel = twoNics();
    bind(kernel);
    kernel.remove(`run/bypassgen/bindings/${first}`);
    expect(unbind(kernel)).toMatchObject({ after: 'vmxnet3' });
  });

  it('keeps an override that somebody has set before', () => {
    const kernel = twoNics();
    kernel.write(`sys/bus/pci/devices/${first}/driver_override`, 'vmxnet3');
    bind(kernel);
    unbind(kernel);
    expect([overrideOf(kernel), kernel.driverOf(first)]).toEqual(['vmxnet3', 'vmxnet3']);
  });

  it('has nobody again when nobody had it', () => {
    const kernel = twoNics();
    kernel.write(`sys/bus/pci/devices/${first}/driver/unbind`, first);
    kernel.broken.add('vmxnet3');
    expect(bind(kernel)).toEqual({ before: '', after: 'vfio-pci' });
    expect(unbind(kernel)).toEqual({ before: 'vfio-pci', after: '' });
    expect(kept(kernel)).toEqual([]);
  });
});

describe('bind refuses', () => {
  const refused = (kernel: FakeKernel, driver?: UserDriver) => {
    const before = kernel.driverOf(first);
    const answer = bind(kernel, driver);
    expect(kernel.driverOf(first)).toBe(before);
    return answer as Diagnostic;
  };

  it('a NIC with an address, with the default route, or in a bridge, unless it is forced', () => {
    const addressed = twoNics();
    addressed.linux = { ens1: ['192.0.2.7'] };
    expect(refused(addressed)).toMatchObject({ name: 'nicInUse', message: expect.stringContaining('192.0.2.7') });

    const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n';
    const routed = twoNics();
    writeFiles(routed.root, { 'proc/net/route': `${header}ens1\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n` });
    expect(refused(routed).message).toContain('default route');
    const routed6 = twoNics();
    const zeros = '0'.repeat(32);
    writeFiles(routed6.root, {
      'proc/net/ipv6_route': `${zeros} 00 ${zeros} 00 ${zeros} 00000400 00000001 00000000 00000003 ens1\n`,
    });
    expect(refused(routed6).message).toContain('default route');
    const elsewhere = twoNics();
    writeFiles(elsewhere.root, { 'proc/net/route': `${header}ens2\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n` });
    expect(bind(elsewhere)).toMatchObject({ after: 'vfio-pci' });

    const quiet = twoNics();
    writeFiles(quiet.root, { 'proc/net/route': `${header}ens1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n` });
    expect(refused(quiet).message).toContain('192.0.2.0');

    const bridged = twoNics();
    fs.symlinkSync('../br0', path.join(bridged.root, 'sys/class/net/ens1/master'));
    expect(refused(bridged).message).toContain('br0');
    expect(bind(bridged, 'vfio-pci', true)).toMatchObject({ after: 'vfio-pci' });
  });

  it('vfio-pci without an IOMMU, and says how to have one or do without', () => {
    const nic = { pci: first, id: '15ad:07b0', driver: 'vmxnet3', interface: 'ens1' };
    const kernel = new FakeKernel([nic]);
    const { message, hint } = refused(kernel);
    expect(message).toContain('no IOMMU');
    expect(hint).toMatch(/intel_iommu=on.*--driver uio_pci_generic/);
    expect(bind(kernel, 'uio_pci_generic')).toMatchObject({ after: 'uio_pci_generic' });
    const unsafe = new FakeKernel([nic]);
    writeFiles(unsafe.root, { 'sys/module/vfio/parameters/enable_unsafe_noiommu_mode': 'Y\n' });
    expect(bind(unsafe)).toMatchObject({ after: 'vfio-pci' });
  });

  it('one of a group whose others the kernel uses', () => {
    const kernel = new FakeKernel([
      { pci: first, id: '15ad:07b0', driver: 'vmxnet3', interface: 'ens1', group: 1 },
      { pci: second, id: '8086:100e', driver: 'e1000', interface: 'ens2' },
    ]);
    fs.mkdirSync(path.join(kernel.root, 'sys/kernel/iommu_groups/1/devices', second));
    expect(refused(kernel).message).toContain(`${second} (e1000)`);
  });

  it('a driver that no module has', () => {
    const kernel = twoNics();
    kernel.modules = [];
    expect(refused(kernel)).toMatchObject({ hint: 'modprobe vfio-pci', message: expect.stringContaining('not found') });
  });

  it('who may not', () => {
    const kernel = twoNics();
    kernel.denied = 'EACCES';
    expect(refused(kernel)).toMatchObject({ hint: 'sudo' });
  });

  it('what DPDK shares with the kernel', () => {
    const kernel = new FakeKernel([{ pci: first, id: '15b3:101d', driver: 'mlx5_core', interface: 'ens1', group: 1 }]);
    expect(refused(kernel).message).toContain('share');
  });

  it('in the middle, and gives the NIC back', () => {
    const kernel = twoNics();
    kernel.broken.add('vfio-pci');
    expect(refused(kernel).message).toContain('vfio-pci does not take it; vmxnet3 has it again');
    expect([overrideOf(kernel), kept(kernel)]).toEqual(['(null)', []]);
  });
});

it('unbind says so when the driver does not come back, and knows it still', () => {
  const kernel = twoNics();
  bind(kernel);
  kernel.broken.add('vmxnet3');
  expect(unbind(kernel)).toMatchObject({
    name: 'bindFailed',
    hint: `echo ${first} > /sys/bus/pci/drivers/vmxnet3/bind`,
  });
  kernel.broken.clear();
  expect(unbind(kernel)).toMatchObject({ after: 'vmxnet3' });
});

describe('the commands', () => {
  it.each(['bind', 'unbind'])('%s names the NICs that there are', (command) => {
    const { status, stderr } = bypassgen(temporaryFolder(), [command, 'nosuch0']);
    expect([status, stderr]).toEqual([3, expect.stringContaining("there is no NIC 'nosuch0'")]);
  });

  it('bind knows two drivers', () => {
    const { status, stderr } = bypassgen(temporaryFolder(), ['bind', 'nosuch0', '--driver', 'vfio']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('vfio-pci, uio_pci_generic')]);
  });
});
