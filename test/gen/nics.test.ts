/** Configs with NICs: each plans and prints; the catalogue agrees with the drivers of the installed DPDK; every driver links. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildBinary } from '../../gen/build/build.ts';
import { dpdkLink } from '../../gen/build/dpdk.ts';
import { compareOutput, writeOutput } from '../../gen/build/writer.ts';
import { emit } from '../../gen/emit/emit.ts';
import { driverArchives } from '../../gen/hardware/drivers.ts';
import { type NicDriver, nicModel, nicModelNames } from '../../gen/hardware/nics.ts';
import { bufferBytes, handoverSlots, poolCache, queuePackets } from '../../gen/hardware/packet-memory.ts';
import type { Spec } from '../../gen/index.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import type { NicPlan, Plan } from '../../gen/plan/plan.ts';
import { readSpec } from '../../gen/spec/read-spec.ts';
import { silent } from '../../gen/terminal/talk.ts';
import { temporaryFolder } from './helpers/folders.ts';
import { smallest } from './helpers/specs.ts';

const root = path.resolve(import.meta.dirname, '../..');
const configs = fs.readdirSync(path.join(root, 'configs')).filter((name) => name.endsWith('.ts'));

async function planOf(config: string): Promise<Plan> {
  const { spec, diagnostics } = await readSpec(path.join(root, 'configs', config));
  expect(diagnostics).toEqual([]);
  return makePlan(spec as Spec);
}

const withNic = (
  nic: Partial<NonNullable<Spec['hardware']['nics']>[number]>,
  rest: Partial<Spec['hardware']> = {},
): Spec => ({
  ...smallest,
  hardware: { cpu: {}, ...rest, nics: [{ name: 'net0', model: 'null', ...nic }] },
  network: { net0: { addresses: ['10.0.0.2/24'] } },
});

const nicOf = (spec: Spec): NicPlan => makePlan(spec).nics[0] as NicPlan;
const decision = (spec: Spec, key: string) => makePlan(spec).decisions.find((d) => d.key === key);

describe('configs', () => {
  it.each(configs)('%s plans and prints', async (config) => {
    const plan = await planOf(config);
    expect(plan.name).toBe(path.basename(config, '.ts'));
    const files = emit(plan).map((file) => file.path);
    expect(files.includes('src/bp_nics.c')).toBe(plan.nics.length > 0);
  });

  it('cover every model', async () => {
    const plans = await Promise.all(configs.map(planOf));
    const used = new Set(plans.flatMap((plan) => plan.nics.map((nic) => nic.model)));
    expect([...used].sort()).toEqual([...nicModelNames].sort());
  });
});

describe('a plan for NICs', () => {
  it('gives each queue a worker, those on the node of the device first', () => {
    const spec = withNic(
      { model: 'ice', pci: '0000:b1:00.0', queues: 2, numaNode: 1 },
      {
        cpu: { cores: [0, 1, 2] },
        hugepages: { size: '2MiB', count: 1024 },
        numa: [
          { node: 0, cores: [0] },
          { node: 1, cores: [1, 2] },
        ],
      },
    );
    expect(nicOf(spec).queues).toEqual([
      { worker: 1, numaNode: 1 },
      { worker: 2, numaNode: 1 },
    ]);
    expect(
      nicOf({
        ...spec,
        hardware: { ...spec.hardware, nics: [{ ...(spec.hardware.nics?.[0] as object), queues: 3 } as never] },
      }).queues[2],
    ).toEqual({ worker: 0, numaNode: 0 });
  });

  it('gives one worker a queue of every NIC, whatever nodes they are on', () => {
    const plan = makePlan({
      ...smallest,
      hardware: {
        cpu: { cores: [0, 1] },
        numa: [
          { node: 0, cores: [0] },
          { node: 1, cores: [1] },
        ],
        nics: [
          { name: 'net0', model: 'ice', pci: '0000:b1:00.0', numaNode: 1 },
          { name: 'net1', model: 'ice', pci: '0000:31:00.0', numaNode: 0 },
        ],
      },
      network: { net0: { addresses: ['10.0.0.2/24'] }, net1: { addresses: ['10.0.1.2/24'] } },
    });
    expect(plan.nics.map((nic) => nic.queues.map((queue) => queue.worker))).toEqual([[1], [1]]);
    expect(plan.decisions.find((d) => d.key === 'hardware.nics.net1.queue 0')?.reason).toMatch(/serves every NIC/);
  });

  it('has no more queues than workers', () => {
    const plan = nicOf(withNic({ model: 'ixgbe', pci: '0000:03:00.0', queues: 4 }, { cpu: { cores: [0, 1] } }));
    expect([plan.queues.length, plan.rss]).toEqual([2, true]);
    expect(nicOf(withNic({ model: 'ixgbe', pci: '0000:03:00.0', queues: 4 }))).toMatchObject({ rss: false });
  });

  it("counts the slots of the runtime's rings between workers", () => {
    const header = fs.readFileSync(path.join(root, 'runtime-c/net/handover.h'), 'utf8');
    expect(header).toContain(`BP_HANDOVER_SLOTS = ${handoverSlots},`);
  });

  it('spreads flows by RSS where the device can, and there are several queues', () => {
    const cpu = { cpu: { cores: [0, 1] } };
    const rss = (nic: Parameters<typeof withNic>[0]) => nicOf(withNic(nic, cpu)).rss;
    expect(rss({ model: 'ixgbe', pci: '0000:03:00.0', queues: 2 })).toBe(true);
    expect(rss({ model: 'ixgbe', pci: '0000:03:00.0', queues: 1 })).toBe(false);
    expect(rss({ model: 'tap', device: 'x', queues: 2 })).toBe(false);
    expect(decision(withNic({ model: 'tap', device: 'x' }, cpu), 'hardware.nics.net0.steering')?.value).toBe('none');
    expect(decision(withNic({ model: 'tap', device: 'x', queues: 2 }, cpu), 'hardware.nics.net0.steering')?.value).toBe(
      'software',
    );
  });

  it.each(nicModelNames)('has packets enough for %s, and pools whose rings are full', (model) => {
    const packets = queuePackets(model, 1024, 1024, 1);
    expect(Math.log2(packets + 1) % 1).toBe(0);
    expect(queuePackets(model, 1024, 1024, 16)).toBeGreaterThan(packets + 15 * handoverSlots);
    expect(packets).toBeGreaterThan(2048 + poolCache * 1.5 + (nicModel(model).ownPackets?.value ?? 0));
    for (const mtu of [576, 1500, nicModel(model).maxMtu.value])
      expect(bufferBytes(model, mtu)).toBeGreaterThanOrEqual(Math.min(mtu + 18, 65535));
  });

  it('leaves huge pages for packets', () => {
    const plan = makePlan(withNic({}, { hugepages: { size: '2MiB', count: 256 } }));
    const packets = plan.decisions.find((d) => d.key === 'packet memory')?.value as number;
    expect(plan.runtime.arenaMiB).toBe(512 - packets - (packets % 2)); // in whole pages
    expect(plan.dpdk?.args).toContain('--in-memory');
    expect(makePlan(withNic({})).dpdk?.args).toContain('--no-huge');
  });

  it('makes an address for a wire that has none: always the same, another for each end', () => {
    const memif = (role: 'client' | 'server') => nicOf(withNic({ model: 'memif', device: '/run/m.sock', role })).mac;
    expect(memif('client')).toEqual(memif('client'));
    expect(memif('client')).not.toEqual(memif('server'));
    expect((memif('client')?.[0] as number) & 3).toBe(2);
    expect(nicOf(withNic({ model: 'af_packet', device: 'eth1' })).mac).toBeUndefined();
    expect(nicOf(withNic({ mac: '02:00:00:00:00:ff' })).mac).toEqual([2, 0, 0, 0, 0, 255]);
  });

  it('names real devices only, or none at all, to the PCI bus', () => {
    const args = makePlan(withNic({ model: 'virtio', pci: '0000:00:03.0' })).dpdk?.args ?? [];
    expect(args.slice(args.indexOf('-a'))).toEqual(['-a', '0000:00:03.0']);
    expect(makePlan(withNic({ model: 'tap', device: 'bp0' })).dpdk?.args.slice(-2)).toEqual([
      '--no-pci',
      '--vdev=net_tap0,iface=bp0',
    ]);
  });
});

/** vendor:device pairs that a driver registers: DPDK keeps them as JSON among the strings of each object. */
function pciIdsOf(driver: NicDriver): Set<string> {
  const archive = `/usr/lib/x86_64-linux-gnu/librte_${driverArchives[driver].whole.find((name) => name.startsWith('net_'))}.a`;
  const text = execFileSync('strings', [archive], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const ids = new Set<string>();
  for (const [, json] of text.matchAll(/PMD_INFO_STRING= (\{.*\})/g)) {
    const { pci_ids = [] } = JSON.parse(json as string) as { pci_ids?: number[][] };
    for (const [vendor = 0, device = 0] of pci_ids)
      ids.add([vendor, device].map((n) => n.toString(16).padStart(4, '0')).join(':'));
  }
  return ids;
}

describe('the catalogue and the installed DPDK', () => {
  const hardware = nicModelNames.filter((name) => nicModel(name).attach === 'pci');

  it.each(hardware)('the driver of %s knows its PCI ids', (name) => {
    const known = pciIdsOf(nicModel(name).driver);
    expect(nicModel(name).pciIds.filter((id) => !known.has(id))).toEqual([]);
  });

  const main = path.join(temporaryFolder(), 'main.c');
  fs.writeFileSync(
    main,
    `int rte_eal_init(int, char **);
int __wrap_rte_intr_callback_unregister(void) { return 0; } // nic/quiesce.c
int main(int c, char **v) { return rte_eal_init(c, v); }
`,
  );

  it.each(Object.keys(driverArchives) as NicDriver[])('%s links alone', (driver) => {
    const dpdk = dpdkLink([driver], process.env);
    if ('diagnostic' in dpdk) throw new Error(dpdk.diagnostic.message);
    const output = path.join(temporaryFolder(), 'linked');
    const { status, stderr } = spawnSync(
      'gcc',
      ['-static-pie', '-fPIE', '-Wl,--gc-sections', main, ...dpdk.libraries, '-o', output],
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    const names = execFileSync('strings', [output], { encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(names).toContain(driver);
  });
});

describe('a build with NICs', () => {
  const build = async (config: string, env = process.env) => {
    const plan = await planOf(config);
    const directory = temporaryFolder();
    writeOutput(directory, plan, compareOutput(directory, emit(plan), false).changes, {});
    return buildBinary({ plan, directory, variant: 'specialised', env, talk: silent });
  };

  it('brings up what the config names', async () => {
    const { binary, diagnostics } = await build('null.ts');
    expect(diagnostics).toEqual([]);
    const { stdout, stderr, status } = spawnSync(binary as string, ['--nics'], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      nics: [{ name: 'net0', model: 'null', driver: 'net_null', mtu: 1500, queues: 1, link: true, missing: 0 }],
    });
    expect(spawnSync('readelf', ['-l', binary as string], { encoding: 'utf8' }).stdout).not.toContain('INTERP');
  }, 240_000);

  it('says which package is missing', async () => {
    // A gcc that knows no DPDK, and would do nothing else either.
    const folder = temporaryFolder();
    fs.writeFileSync(
      path.join(folder, 'gcc'),
      '#!/bin/sh\ncase $1 in -print-file-name=*) basename "$1" | sed s,.*=,,;; *) echo gcc;; esac\n',
      { mode: 0o755 },
    );
    const { diagnostics } = await build('null.ts', { ...process.env, PATH: `${folder}:${process.env['PATH']}` });
    expect(diagnostics).toMatchObject([{ name: 'libraryMissing', hint: 'apt-get install libdpdk-dev' }]);
  });
});
