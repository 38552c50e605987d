/** The commands that look at a machine's NICs and change it, on a machine that has some: a guest. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Spec } from '../../gen/index.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { hardwareOf } from '../../gen/verify/guest/hardware.ts';
import { type Job, shellJob } from '../../gen/verify/guest/job.ts';
import type { UserDriver } from '../../gen/verify/models.ts';
import { bypassgen } from '../gen/helpers/cli.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { boot, everything, unavailable } from './helpers.ts';

const root = path.resolve(import.meta.dirname, '../..');
const minutes = 60_000;

/** A machine with two nodes, and an e1000e near the second. */
const machine: Spec = {
  name: 'host',
  hardware: {
    cpu: { cores: [0, 1] },
    numa: [
      { node: 0, cores: [0, 2, 3] },
      { node: 1, cores: [1] },
    ],
    hugepages: { size: '2MiB', count: 640 },
    nics: [{ name: 'net0', model: 'e1000e', pci: '0000:0b:00.0', numaNode: 1 }],
  },
  network: { net0: { addresses: ['10.0.0.2/24'] } },
  workload: { apps: { a: { command: ['true'] } } },
};

function job(scenario: string, driver: UserDriver, folder = ''): Job {
  const hardware = hardwareOf(machine, makePlan(machine), driver).job;
  const env = 'NO_COLOR=1 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin';
  // The guest has a /tmp and a /run of its own: a clone there is brought back.
  const own = `mkdir -p /host${root}; mount --bind /files${root} /host${root}\n`;
  const copy = folder && `mkdir -p /host${folder}; cp -a /files${folder}/. /host${folder}/\n`;
  const script = `${own}${copy}chroot /host env ${env} ${process.execPath} ${root}/scripts/run.mjs ${root}/test/hardware/in-guest.ts ${scenario} ${folder}`;
  return shellJob('host', script, {
    ...hardware,
    modules: [...hardware.modules, 'e1000e', 'vfio-pci', 'uio_pci_generic'],
    limitSeconds: 400,
  });
}

/** What strips the types keeps what it made: in the guest it would take a minute. */
function warm(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/run.mjs', 'test/hardware/in-guest.ts', 'none'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  for (const command of [
    ['doctor', 'configs/e1000e.ts'],
    ['init', '--stdout'],
    ['bind', 'none'],
  ])
    bypassgen(root, command);
}

describe.skipIf(unavailable)(unavailable ? `a guest (skipped: ${unavailable})` : 'in a guest', () => {
  beforeAll(warm, minutes);

  it.runIf(everything)(
    'doctor finds what is missing, bind mends it and undoes it, and init writes a config',
    async () => {
      const { ending, found, console } = await boot(job('faults', 'vfio-pci'));
      expect(ending, console.join('\n')).toBe('done');
      const told = (name: string) => found.get(name) ?? `nothing; ${console.join('\n')}`;
      expect(told('ill.nic-net0')).toBe('fail bypassgen bind 0000:0b:00.0');
      expect(told('ill.huge-pages-on-node-0')).toMatch(/^fail echo \d+ > .*node0/);
      expect(told('ill.node-of-net0')).toMatch(/^warn .*numaNode: 1.*name some of 1/);
      expect(found.has('ill.IOMMU')).toBe(false);
      expect(told('mended')).toBe('0');
      expect(told('used')).toMatch(/^3 .*192\.0\.2/);
      expect(told('stays')).toBe('vfio-pci');
      expect(told('after')).toBe('0 e1000e (null)');
      expect(told('bind')).toMatch(/^0 .*from e1000e to vfio-pci/);
      expect(told('bound')).toBe('vfio-pci');
      expect([found.get('well.nic-net0'), found.get('well.huge-pages-on-node-0')]).toEqual([undefined, undefined]);
      expect(told('unbind')).toMatch(/^0 .*back to e1000e/);
      expect(told('unbound')).toBe('e1000e');
      expect(found.get('left') ?? '').toBe('');
      const [status, packed = ''] = told('init').split(' ');
      expect(status).toBe('0');
      const config = gunzipSync(Buffer.from(packed, 'base64')).toString();
      expect(config).toMatch(/^ *\{ name: 'net0', model: 'e1000e', pci: '0000:0b:00.0', numaNode: 1 \}/m);
      verifyAsItIs(config);
    },
    15 * minutes,
  );

  it.runIf(everything)(
    'verify --target host speaks over a cable, and gives NIC and interface back, also after Ctrl-C',
    async () => {
      const folder = temporaryFolder();
      fs.writeFileSync(path.join(folder, 'x.ts'), served);
      const built = bypassgen(root, ['build', `${folder}/x.ts`, '--out', `${folder}/out`]);
      expect(built.status, built.stderr).toBe(0);
      const { ending, found, console } = await boot(job('host', 'vfio-pci', folder));
      expect(ending, console.join('\n')).toBe('done');
      const told = (name: string) => found.get(name) ?? `nothing; ${console.join('\n')}`;
      expect(told('unnamed')).toMatch(/^3 .*--peer <other end of net0>/);
      expect(told('used')).toMatch(/^3 .*192\.0\.2/);
      expect(told('verify')).toMatch(/^0 .*pass {2}start 2: redis/);
      expect(told('afterwards')).toBe('e1000e peer');
      expect(told('pages')).toMatch(/^3 .*echo \d+ > .*node1/);
      expect(told('interrupted')).toBe('130 e1000e peer; 0 servers');
    },
    15 * minutes,
  );

  it.runIf(everything)(
    'without an IOMMU doctor and bind say so, and uio_pci_generic does',
    async () => {
      const { ending, found, console } = await boot(job('bare', 'uio_pci_generic'));
      expect(ending, console.join('\n')).toBe('done');
      const told = (name: string) => found.get(name) ?? 'nothing';
      expect(told('bare.IOMMU')).toMatch(/^fail sed .*iommu=pt.*--driver uio_pci_generic/);
      expect(told('bare.nic-net0')).toMatch(/^fail bypassgen bind .* --driver uio_pci_generic/);
      expect(told('vfio')).toMatch(/^3 .*there is no IOMMU/);
      expect(told('uio')).toMatch(/^0 .*to uio_pci_generic/);
      expect(told('uio.IOMMU')).toMatch(/^warn /);
      expect(found.has('uio.nic-net0')).toBe(false);
    },
    8 * minutes,
  );
});

/** What `verify` runs in the guest. */
const served = `import { defineConfig } from 'bypassgen';
export default defineConfig({
  name: 'x',
  hardware: {
    cpu: { cores: [1] },
    numa: [{ node: 0, cores: [0, 2, 3] }, { node: 1, cores: [1] }],
    hugepages: { size: '2MiB', count: 512 },
    nics: [{ name: 'net0', model: 'e1000e', pci: '0000:0b:00.0', numaNode: 1 }],
  },
  network: { net0: { addresses: ['10.0.0.2/24'] } },
  workload: {
    apps: {
      redis: {
        command: ['redis-server', '--port', '6379', '--bind', '*', '--protected-mode', 'no', '--save', ''],
        listens: [6379],
      },
    },
  },
});
`;

/** The config of the guest is built here, since a compiler takes minutes there, and verified in a guest like it. */
function verifyAsItIs(config: string): void {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'machine.ts'), config);
  if (!everything) {
    const { status, stderr } = bypassgen(folder, ['plan', 'machine.ts']);
    expect(status, stderr).toBe(0);
    return;
  }
  const { status, stdout, stderr } = bypassgen(folder, ['verify', 'machine.ts']);
  expect(status, `${stdout}${stderr}`).toBe(0);
  expect(stdout).toMatch(/pass {2}start 2: redis/);
}
