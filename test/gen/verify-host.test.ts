/** What `verify --target host` refuses before it touches anything, on a machine that is not there. */
import { describe, expect, it } from 'vitest';
import type { Spec } from '../../gen/index.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { refuseHost } from '../../gen/verify/targets/host.ts';
import { FakeKernel } from './helpers/fake-kernel.ts';
import { writeFiles } from './helpers/folders.ts';
import { smallest } from './helpers/specs.ts';

const nic = '0000:0b:00.0';
const spec: Spec = {
  ...smallest,
  hardware: {
    cpu: {},
    hugepages: { size: '2MiB', count: 256 },
    nics: [{ name: 'net0', model: 'vmxnet3', pci: nic }],
  },
  network: { net0: { addresses: ['10.0.0.2/24'] } },
};

/** A NIC, the card at its other end, and pages. */
function machine(free = 256): FakeKernel {
  const kernel = new FakeKernel([
    { pci: nic, id: '15ad:07b0', driver: 'vmxnet3', interface: 'ens1', group: 1 },
    { pci: '0000:0c:00.0', id: '8086:100e', driver: 'e1000', interface: 'ens2', group: 2 },
  ]);
  const pages = 'sys/devices/system/node/node0/hugepages/hugepages-2048kB';
  writeFiles(kernel.root, {
    'sys/devices/system/node/node0/cpulist': '0-1\n',
    [`${pages}/nr_hugepages`]: '256\n',
    [`${pages}/free_hugepages`]: `${free}\n`,
  });
  return kernel;
}

const refusal = (kernel: FakeKernel, peer: string | undefined, of = spec, driver?: string) =>
  refuseHost({ spec: of, plan: makePlan(of), driver, peer }, kernel, kernel.root);

describe('verify --target host', () => {
  it('takes a NIC that the kernel drives', () => {
    expect(refusal(machine(), 'ens2')).toBeUndefined();
  });

  it('wants the other end of each wire, free', () => {
    expect(refusal(machine(), undefined)).toMatchObject({
      name: 'hostNotReady',
      hint: expect.stringContaining('--peer <other end of net0>'),
    });
    expect(refusal(machine(), 'ens2,ens3')).toMatchObject({ name: 'hostNotReady' });
    expect(refusal(machine(), 'ens3')?.message).toContain("no interface 'ens3'");
    const used = machine();
    used.linux = { ens2: ['192.0.2.7'] };
    expect(refusal(used, 'ens2')?.message).toContain('192.0.2.7');
  });

  it('wants huge pages for the packets, and says how many are to be set aside', () => {
    expect(refusal(machine(1), 'ens2')?.hint).toMatch(/^echo \d+ > \/sys\/devices\/system\/node\/node0\//);
  });

  it('wants the NIC where the config has it', () => {
    const absent = {
      ...spec,
      hardware: { ...spec.hardware, nics: [{ name: 'net0', model: 'vmxnet3', pci: '0000:99:00.0' }] },
    };
    expect(refusal(machine(), 'ens2', absent as Spec)?.message).toContain('no NIC at 0000:99:00.0');
  });

  it('wants cards, and a driver that hands them out', () => {
    const tap = { ...spec, hardware: { cpu: {}, nics: [{ name: 'net0', model: 'tap', device: 'x' }] } };
    expect(refusal(machine(), 'ens2', tap as Spec)).toMatchObject({ name: 'notVerifiable' });
    expect(refusal(machine(), 'ens2', spec, 'vfio')).toMatchObject({ name: 'notVerifiable' });
    expect(refusal(machine(), 'ens2', smallest)).toMatchObject({ name: 'notVerifiable' });
  });
});
