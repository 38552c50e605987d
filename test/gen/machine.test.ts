import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Spec } from '../../gen/index.ts';
import { kernelAtLeast, readAbilities } from '../../gen/machine/abilities.ts';
import { configFor } from '../../gen/machine/config-for.ts';
import { findProgram } from '../../gen/machine/find-program.ts';
import { examine } from '../../gen/machine/findings.ts';
import { addressClashes } from '../../gen/machine/fixed-addresses.ts';
import { listeningPorts } from '../../gen/machine/listening-ports.ts';
import { type Machine, readMachine } from '../../gen/machine/machine.ts';
import { parseList } from '../../gen/machine/tree.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { readSpec } from '../../gen/spec/read-spec.ts';
import { bypassgen } from './helpers/cli.ts';
import { programHead } from './helpers/fixed-program.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';
import { smallest } from './helpers/specs.ts';

/** A server with two nodes, huge pages, and three NICs of which one is of no known model. */
function server(): string {
  const root = temporaryFolder();
  const nic = (pci: string, vendor: string, device: string, node: string) => ({
    [`sys/bus/pci/devices/${pci}/class`]: '0x020000\n',
    [`sys/bus/pci/devices/${pci}/vendor`]: `0x${vendor}\n`,
    [`sys/bus/pci/devices/${pci}/device`]: `0x${device}\n`,
    [`sys/bus/pci/devices/${pci}/numa_node`]: `${node}\n`,
  });
  writeFiles(root, {
    'proc/sys/kernel/osrelease': '6.1.0-1\n',
    'proc/cpuinfo': 'model name\t: Good CPU\nflags\t\t: fpu cx16 popcnt sse4_1 sse4_2 ssse3\n',
    'proc/self/status': 'Cpus_allowed_list:\t0-2,7\n',
    'proc/sys/vm/overcommit_memory': '2\n',
    'sys/devices/system/cpu/online': '0-3\n',
    'sys/devices/system/node/node0/cpulist': '0-1\n',
    'sys/devices/system/node/node1/cpulist': '2-3\n',
    'sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '512\n',
    'sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages': '500\n',
    ...nic('0000:00:03.0', '1af4', '1041', '-1'),
    'sys/bus/pci/devices/0000:00:03.0/virtio1/net/eth7/mtu': '1500\n',
    ...nic('0000:3b:00.0', '15b3', '101d', '1'),
    ...nic('0000:3c:00.0', 'dead', 'beef', '0'),
    'sys/bus/pci/devices/0000:00:1f.0/class': '0x060100\n',
  });
  fs.symlinkSync('/drivers/mlx5_core', path.join(root, 'sys/bus/pci/devices/0000:3b:00.0/driver'));
  return root;
}

const all = { sud: true, fsgsbase: true, io_uring: true, tried: true };

function findings(spec: Spec, machine: Machine, abilities = all, env: NodeJS.ProcessEnv = process.env) {
  const found = examine({ spec, plan: makePlan(spec), machine, abilities, env, cwd: '/' });
  return Object.fromEntries(found.map((f) => [f.what, f]));
}

describe('the machine', () => {
  it('is read from sysfs and /proc', () => {
    const machine = readMachine(server());
    expect(machine).toMatchObject({
      kernel: '6.1.0-1',
      cpuName: 'Good CPU',
      onlineCores: [0, 1, 2, 3],
      allowedCores: [0, 1, 2],
      nodes: [
        { node: 0, cores: [0, 1] },
        { node: 1, cores: [2, 3] },
      ],
      hugepages: [{ size: '2MiB', count: 512, free: 500 }],
      strictOvercommit: true,
    });
    expect(machine.nics).toEqual([
      { pci: '0000:00:03.0', id: '1af4:1041', model: 'virtio', driver: undefined, interface: 'eth7', numaNode: 0 },
      { pci: '0000:3b:00.0', id: '15b3:101d', model: 'mlx5', driver: 'mlx5_core', interface: undefined, numaNode: 1 },
      { pci: '0000:3c:00.0', id: 'dead:beef', model: undefined, driver: undefined, interface: undefined, numaNode: 0 },
    ]);
  });

  it('may say nothing at all', () => {
    const machine = readMachine(temporaryFolder());
    expect(machine).toMatchObject({ onlineCores: [0], allowedCores: [0], hugepages: [], nics: [] });
  });

  it('is asked by a probe, and guessed without a compiler', () => {
    expect(readAbilities(process.env).tried).toBe(true);
    const guessed = readAbilities({ PATH: '/nonexistent' });
    expect(guessed.tried).toBe(false);
    expect(guessed.fsgsbase).toBe(readAbilities(process.env).fsgsbase);
  });

  it('is asked by a binary that was built already, unless that answers nonsense', () => {
    const folder = temporaryFolder();
    const answers = (text: string) => {
      const file = path.join(folder, 'probe');
      fs.writeFileSync(file, `#!/bin/sh\n[ "$1" = --probe ] && echo '${text}'\n`, { mode: 0o755 });
      return readAbilities(process.env, file);
    };
    expect(answers('{"sud":false,"fsgsbase":true,"io_uring":false,"kernel":"6.18"}')).toEqual({
      sud: false,
      fsgsbase: true,
      io_uring: false,
      tried: true,
    });
    expect(answers('what?')).toEqual(readAbilities(process.env));
  });

  it('lists cores as the kernel does', () => {
    expect(parseList('0-2,5,7-8')).toEqual([0, 1, 2, 5, 7, 8]);
    expect(parseList('')).toEqual([]);
    expect(kernelAtLeast('5.10.0-8-amd64', 5, 11)).toBe(false);
    expect(kernelAtLeast('6.1', 5, 11)).toBe(true);
  });
});

describe('init', () => {
  it.each(['machine', '9 Odd_Näme'])(
    'writes a config for the server that is valid, also in a file named %s',
    async (name) => {
      const folder = temporaryFolder();
      const machine = readMachine(server());
      const text = configFor(name, machine, all);
      writeFiles(folder, {
        'x.ts': text,
        'y.ts': text.replace(/^ *\/\/ (nics: \[|\],)$/gm, '$1').replace(/^( *)\/\/ {3}(\{.*\},).*$/gm, '$1$2'),
      });
      expect((await readSpec(path.join(folder, 'x.ts'))).diagnostics).toEqual([]);
      // The NICs that it offers as comments are valid too; only their addresses are missing.
      const withNics = await readSpec(path.join(folder, 'y.ts'));
      expect(withNics.spec?.hardware.nics?.map((nic) => nic.model)).toEqual(['virtio', 'mlx5']);
    },
  );

  it('names the NICs that programs have already, with addresses and a server for them', async () => {
    const folder = temporaryFolder();
    const machine = readMachine(server());
    const nics = machine.nics.map((nic) => (nic.model === 'virtio' ? { ...nic, driver: 'vfio-pci' } : nic));
    writeFiles(folder, { 'x.ts': configFor('x', { ...machine, nics }, all, true) });
    const { spec, diagnostics } = await readSpec(path.join(folder, 'x.ts'));
    expect(diagnostics).toEqual([]);
    expect(spec).toMatchObject({
      hardware: { nics: [{ name: 'net0', model: 'virtio', pci: '0000:00:03.0', numaNode: 0 }] },
      network: { net0: { addresses: ['10.0.0.2/24'] } },
      workload: { apps: { redis: { listens: [6379] } } },
    });
  });

  it('writes a valid config for this machine', async () => {
    const cwd = temporaryFolder();
    expect(bypassgen(cwd, ['init']).status).toBe(0);
    expect((await readSpec(path.join(cwd, 'configs/machine.ts'))).diagnostics).toEqual([]);
    expect(bypassgen(cwd, ['init']).stderr).toContain('BP9003');
    expect(bypassgen(cwd, ['init', '--force']).status).toBe(0);
    expect(bypassgen(cwd, ['doctor', 'configs/machine.ts', '--json']).status).toBe(0);
  });
});

describe('doctor', () => {
  const machine = readMachine(server());

  it('is content with a machine that has everything', () => {
    const found = findings({ ...smallest, hardware: { cpu: { cores: [0] } } }, { ...machine, strictOvercommit: false });
    expect(Object.values(found).filter((f) => f.status !== 'ok')).toEqual([]);
  });

  it('says what is missing, and what mends it', () => {
    const spec: Spec = {
      name: 'x',
      hardware: {
        cpu: { march: 'x86-64-v3', cores: [2, 3, 9] },
        numa: [
          { node: 0, cores: [2] },
          { node: 4, cores: [3] },
        ],
        hugepages: { size: '2MiB', count: 600 },
        nics: [
          { name: 'a', model: 'mlx5', pci: '0000:3b:00.0' },
          { name: 'b', model: 'ice', pci: '0000:00:03.0' },
          { name: 'c', model: 'ice', pci: '0000:99:00.0' },
          { name: 'd', model: 'af_packet', device: 'nosuch' },
          { name: 'e', model: 'af_packet', device: 'lo' },
          { name: 'f', model: 'null' },
          { name: 'g', model: 'virtio', pci: '0000:00:03.0' },
        ],
      },
      workload: { apps: { gone: { command: ['no-such-program'] } } },
    };
    const old = { ...machine, kernel: '5.4.0' };
    const found = findings(spec, old, { sud: false, fsgsbase: false, io_uring: false, tried: true });
    const status = Object.fromEntries(Object.entries(found).map(([what, f]) => [what, f.status]));
    expect(status).toMatchObject({
      kernel: 'fail',
      'Syscall User Dispatch': 'fail',
      FSGSBASE: 'fail',
      io_uring: 'warn',
      processor: 'fail',
      'core 2': 'ok',
      'core 3': 'fail',
      'core 9': 'fail',
      'NUMA node 0': 'fail',
      'NUMA node 4': 'fail',
      'huge pages of 2MiB': 'warn',
      memory: 'warn',
      'program gone': 'fail',
      'nic a': 'ok',
      'nic b': 'fail',
      'nic c': 'fail',
      'nic d': 'fail',
      'nic e': 'ok',
      'nic f': 'ok',
      'nic g': 'fail',
      DPDK: 'ok',
    });
    expect(findings(spec, machine, all, { PATH: '/nonexistent' })['DPDK']?.mend).toBe('apt-get install libdpdk-dev');
    expect(found['huge pages of 2MiB']?.mend).toBe('echo 600 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages');
    expect(found['core 3']?.detail).toContain('may not use it');
    expect(Object.values(found).every((f) => f.status === 'ok' || f.mend)).toBe(true);
  });

  describe('of hardware', () => {
    const nic = '0000:3d:00.0';
    /** A NIC on node 1 of a machine with two nodes, and a config whose only worker is on node 0. */
    const spec: Spec = {
      name: 'x',
      hardware: {
        cpu: { cores: [0] },
        hugepages: { size: '2MiB', count: 64 },
        nics: [{ name: 'net0', model: 'ice', pci: nic }],
      },
      network: { net0: { addresses: ['10.0.0.2/24'] } },
      workload: { apps: { a: { command: ['true'] } } },
    };
    const found = (driver: string, { iommu = true, free = 500, vendor = 'GenuineIntel' } = {}) =>
      findings(spec, {
        ...machine,
        iommu,
        cpuVendor: vendor,
        nodeHugepages: [0, 1].map((node) => ({ node, size: '2MiB', count: 500, free: node === 0 ? free : 0 }) as const),
        nics: [{ pci: nic, id: '8086:159b', model: 'ice', driver, interface: 'ens1', numaNode: 1 }],
      });

    it('a NIC that the kernel holds is to be bound', () => {
      expect(found('ice')['nic net0']).toMatchObject({
        status: 'fail',
        detail: expect.stringContaining('driver ice of the kernel, as ens1'),
        mend: `bypassgen bind ${nic}`,
      });
      expect(found('vfio-pci')['nic net0']?.status).toBe('ok');
    });

    it('an IOMMU is to be turned on, or done without', () => {
      const { IOMMU, 'nic net0': held } = found('ice', { iommu: false });
      expect(IOMMU).toMatchObject({ status: 'fail', mend: expect.stringMatching(/intel_iommu=on.*uio_pci_generic/) });
      expect(held?.mend).toContain('--driver uio_pci_generic');
      expect(found('ice', { iommu: false, vendor: 'AuthenticAMD' })['IOMMU']?.mend).toMatch(/&iommu=pt /);
      expect(found('uio_pci_generic', { iommu: false })['IOMMU']?.status).toBe('warn');
      expect(found('vfio-pci')['IOMMU']?.status).toBe('ok');
    });

    it('each node has huge pages for the packets of its queues', () => {
      expect(found('vfio-pci')['huge pages on node 0']?.status).toBe('ok');
      const { 'huge pages on node 0': few, 'huge pages on node 1': other } = found('vfio-pci', { free: 1 });
      expect(few).toMatchObject({
        status: 'fail',
        mend: expect.stringMatching(
          /^echo 5\d\d > \/sys\/devices\/system\/node\/node0\/hugepages\/hugepages-2048kB\/nr_hugepages$/,
        ),
      });
      expect(other).toBeUndefined();
    });

    it('a NIC is served by cores of its node', () => {
      expect(found('vfio-pci')['node of net0']).toMatchObject({
        status: 'warn',
        detail: 'it is on node 1, but served by core 0 of another',
        mend: expect.stringMatching(/numaNode: 1.*name some of 2 .*\{ node: 1, cores: \[2\] \}/),
      });
    });
  });

  it('finds out that there is no compiler', () => {
    const { compiler } = findings(smallest, machine, all, { PATH: '/nonexistent' });
    expect(compiler).toMatchObject({ status: 'fail', mend: 'apt-get install gcc libc6-dev linux-libc-dev binutils' });
  });

  it('looks at the program files as the loader will', () => {
    const cwd = temporaryFolder();
    const elf = fs.readFileSync('/bin/true').subarray(0, 64);
    const of32 = Buffer.from(elf);
    of32[4] = 1;
    const files: Record<string, string | Buffer> = {
      good: elf,
      of32,
      script: '#!/bin/sh\n',
      text: 'text',
      short: '\x7fELF',
      empty: '',
    };
    for (const [name, content] of Object.entries(files))
      fs.writeFileSync(path.join(cwd, name), content, { mode: 0o755 });
    fs.writeFileSync(path.join(cwd, 'data'), elf, { mode: 0o644 });
    const verdict = (name: string) => {
      const found = findProgram(`./${name}`, { env: {}, cwd });
      return 'problem' in found ? found.problem.replace(`${cwd}/`, '') : 'fine';
    };
    expect(Object.fromEntries([...Object.keys(files), 'data', 'none'].map((name) => [name, verdict(name)]))).toEqual({
      good: 'fine',
      script: 'fine',
      of32: 'of32 is not a 64-bit x86 program',
      short: 'short is not a 64-bit x86 program',
      text: 'text is neither an ELF program nor a script',
      empty: 'empty is neither an ELF program nor a script',
      data: './data is not found, or is not executable',
      none: './none is not found, or is not executable',
    });
  });

  it('finds programs that are linked to the same addresses', () => {
    const cwd = temporaryFolder();
    const files = {
      low: programHead(2, 0x400123, 0x2000),
      middle: programHead(2, 0x402000, 0x10),
      high: programHead(2, 0x500000, 0x1000),
      pie: programHead(3, 0x400000, 0x1000),
      truncated: programHead(2, 0x400000, 0x1000).subarray(0, 70),
      script: Buffer.from('#!/bin/sh\n'),
    };
    for (const [name, content] of Object.entries(files))
      fs.writeFileSync(path.join(cwd, name), content, { mode: 0o755 });
    const apps = Object.fromEntries([...Object.keys(files), 'none'].map((name) => [name, { command: [`./${name}`] }]));
    const spec = { ...smallest, workload: { apps } };
    expect(addressClashes(makePlan(spec).apps, { env: {}, cwd })).toEqual([
      { apps: ['low', 'middle'], range: '0x402000-0x402010' },
    ]);
    const found = examine({
      spec,
      plan: makePlan(spec),
      machine: readMachine(server()),
      abilities: all,
      env: process.env,
      cwd,
    });
    expect(found.find((f) => f.what === 'programs low and middle')?.status).toBe('fail');
  });

  it('knows which ports are taken', () => {
    const root = temporaryFolder();
    const row = (port: string, state: string) => `   0: 0100007F:${port} 00000000:0000 ${state} 00000000:00000000\n`;
    writeFiles(root, { 'proc/net/tcp': `  sl local\n${row('18EB', '0A')}${row('0050', '01')}` });
    expect(listeningPorts(root)).toEqual(new Set([6379]));
  });
});
