/** Each diagnostic of the catalogue has a case here that produces it. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { measureAll, settingsOf } from '../../gen/bench/bench.ts';
import { chooseCores, choosePairs } from '../../gen/bench/choose.ts';
import { pairs } from '../../gen/bench/pairs.ts';
import { RunFailed } from '../../gen/bench/waiting.ts';
import { buildBinary } from '../../gen/build/build.ts';
import { realDisk } from '../../gen/build/disk.ts';
import { environmentFailure } from '../../gen/build/tool-errors.ts';
import { compareOutput, writeOutput } from '../../gen/build/writer.ts';
import type { OptionValues } from '../../gen/commands/command.ts';
import { commands } from '../../gen/commands/index.ts';
import { catalogue, type DiagnosticName } from '../../gen/diagnostics/catalogue.ts';
import type { Diagnostic } from '../../gen/diagnostics/diagnostic.ts';
import { bindNic } from '../../gen/machine/binding.ts';
import { type FoundNic, readNics } from '../../gen/machine/machine.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { parseSpec } from '../../gen/spec/parse.ts';
import { readSpec } from '../../gen/spec/read-spec.ts';
import { coloursFor } from '../../gen/terminal/colours.ts';
import { silent } from '../../gen/terminal/talk.ts';
import { findKernel } from '../../gen/verify/guest/kernel.ts';
import { readModules } from '../../gen/verify/guest/modules.ts';
import { roomRefusal } from '../../gen/verify/guest/room.ts';
import { refuseHost } from '../../gen/verify/targets/host.ts';
import { bypassgen } from './helpers/cli.ts';
import { FakeKernel } from './helpers/fake-kernel.ts';
import { programHead } from './helpers/fixed-program.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';
import { miniRuntime } from './helpers/mini-runtime.ts';
import { smallest } from './helpers/specs.ts';

const fakeNic = { pci: '0000:0b:00.0', id: '15ad:07b0', driver: 'vmxnet3', interface: 'ens1' };

type Case = () => Promise<readonly Diagnostic[]> | readonly Diagnostic[];

const source =
  (text: string): Case =>
  async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'x.ts': text });
    return (await readSpec(path.join(folder, 'x.ts'))).diagnostics;
  };

/** A valid config with some keys replaced. */
const spec =
  (change: {
    cpu?: object;
    hardware?: object;
    network?: object;
    apps?: object;
    workload?: object;
    policy?: object;
    root?: object;
  }): Case =>
  () =>
    parseSpec({
      name: 'x',
      hardware: { cpu: { ...change.cpu }, ...change.hardware },
      workload: { apps: change.apps ?? { a: { command: ['true'] } }, ...change.workload },
      ...(change.network ? { network: change.network } : {}),
      ...(change.policy ? { policy: change.policy } : {}),
      ...change.root,
    }).diagnostics;

const virtio = { name: 'net0', model: 'virtio', pci: '0000:00:03.0' };
const nic = (...nics: object[]): Case => spec({ hardware: { nics } });
const network = (entry: object, policy = {}): Case =>
  spec({ hardware: { nics: [virtio] }, network: { net0: entry }, policy });

const build =
  (extra: Record<string, string>, env = process.env): Case =>
  async () => {
    const directory = temporaryFolder();
    const plan = makePlan(smallest);
    writeOutput(directory, plan, compareOutput(directory, [], false).changes, {});
    writeFiles(directory, {
      'src/bp_tables.c': '#include "main/tables.h"\n',
      'include/bp_config.h': '#include "bp_config_default.h"\n',
    });
    const result = await buildBinary({
      plan,
      directory,
      variant: 'generic',
      env,
      talk: silent,
      runtime: miniRuntime(extra),
    });
    return result.diagnostics;
  };

const output =
  (existing: Record<string, string>, edited = false): Case =>
  () => {
    const folder = temporaryFolder();
    const plan = makePlan(smallest);
    const files = [{ path: 'a.h', content: 'ours\n' }];
    if (edited) writeOutput(folder, plan, compareOutput(folder, files, false).changes, {});
    writeFiles(folder, existing);
    return compareOutput(folder, [{ path: 'a.h', content: 'new\n' }], false).diagnostics;
  };

const complaint =
  (stderr: string): Case =>
  () => [environmentFailure(stderr) as Diagnostic];

const command =
  (name: string, args: string[], options: OptionValues = {}): Case =>
  async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, {
      'x.ts':
        "export default { name: 'x', hardware: { cpu: {} }, workload: { apps: { redis: { command: ['x'] } } } };\n",
      'clash.ts':
        "export default { name: 'x', hardware: { cpu: {} }, workload: { apps: { a: { command: ['./fixed'] }, b: { command: ['./fixed'] } } } };\n",
      'none.ts': "export default { name: 'x', hardware: { cpu: {} }, workload: { apps: {} } };\n",
      'typed.ts':
        "import { defineConfig } from 'bypassgen';\nconst n: number = 'text';\nexport default defineConfig({ name: 'x', hardware: { cpu: {} }, workload: { apps: { a: { command: ['x', String(n)] } } } });\n",
    });
    fs.writeFileSync(path.join(cwd, 'fixed'), programHead(2, 0x400000, 0x1000), { mode: 0o755 });
    const found = commands.find((c) => c.name === name);
    const outcome = await found?.run({
      arguments: args,
      options,
      env: { ...process.env, BYPASSGEN_RUNTIME: miniRuntime() },
      cwd,
      talk: silent,
      colours: coloursFor({}, {}),
      json: false,
      takeSignals() {},
    });
    return outcome?.diagnostics ?? [];
  };

const cases: Record<DiagnosticName, Case> = {
  configNotFound: async () => (await readSpec('/nonexistent/x.ts')).diagnostics,
  configSyntax: source('export default {;\n'),
  configThrew: source("throw new Error('x');\n"),
  configWithoutDefault: source('export const x = 1;\n'),
  configTypes: command('check', ['typed.ts']),
  unknownKey: spec({ root: { polcy: {} } }),
  missingKey: spec({ apps: { a: {} } }),
  wrongType: spec({ policy: { fork: 'yes' } }),
  notAChoice: spec({ cpu: { march: 'pentium' } }),
  outOfRange: spec({ policy: { tickMicroseconds: 1 } }),
  badFormat: spec({ root: { name: '9' } }),

  nativeWithLevels: spec({ cpu: { march: 'native', levels: ['x86-64-v3'] } }),
  duplicateCore: spec({ cpu: { cores: [1, 1] } }),
  coreOnTwoNodes: spec({
    hardware: {
      numa: [
        { node: 0, cores: [1] },
        { node: 1, cores: [1] },
      ],
    },
  }),
  duplicateNode: spec({
    hardware: {
      numa: [
        { node: 0, cores: [1] },
        { node: 0, cores: [2] },
      ],
    },
  }),
  unknownNode: nic({ ...virtio, numaNode: 3 }),
  duplicateNic: nic(virtio, { ...virtio, pci: '0000:00:04.0' }),
  duplicatePci: nic(virtio, { ...virtio, name: 'net1' }),
  queuesOverModel: nic({ ...virtio, queues: 64 }),
  queuesOverCores: nic({ ...virtio, queues: 2 }),
  fragmentsOverPacketSocket: spec({
    hardware: { cpu: { cores: [0, 1] }, nics: [{ name: 'net0', model: 'af_packet', device: 'x', queues: 2 }] },
  }),
  packetsOnAnyNode: spec({
    hardware: {
      cpu: { cores: [0, 1] },
      numa: [
        { node: 0, cores: [0] },
        { node: 1, cores: [1] },
      ],
      nics: [{ name: 'net0', model: 'tap', device: 'x' }],
    },
  }),
  badDescriptors: nic({ ...virtio, rxDescriptors: 1000 }),
  pciMissing: nic({ name: 'net0', model: 'ice' }),
  pciOnVirtual: nic({ name: 'net0', model: 'null', pci: '0000:00:03.0' }),
  deviceMissing: nic({ name: 'net0', model: 'af_xdp' }),
  badDevice: nic({ name: 'net0', model: 'tap', device: 'a,b' }),
  roleWithoutSocket: nic({ name: 'net0', model: 'null', role: 'server' }),
  hugepagesTooFew: spec({ hardware: { hugepages: { size: '2MiB', count: 64 } }, policy: { arena: { sizeMiB: 1024 } } }),
  hugepagesMissing: spec({ policy: { arena: { hugepages: true } } }),

  networkOfUnknownNic: spec({ network: { net7: { addresses: ['10.0.0.1/24'] } } }),
  nicWithoutNetwork: nic(virtio),
  duplicateAddress: network({ addresses: ['fd00::1/64', 'fd00:0::0:1/64'] }),
  gatewayOffLink: network({ addresses: ['10.0.0.2/24'], gateway: '10.0.1.1' }),
  badAddress: network({ addresses: ['10.0.0.2'] }),
  addressOfNoHost: network({ addresses: ['10.0.0.255/24'] }),
  gatewayIsOwn: network({ addresses: ['10.0.0.2/24'], gateway: '10.0.0.2' }),
  mtuOverModel: network({ addresses: ['10.0.0.2/24'], mtu: 60000 }),
  ipv6Off: network({ addresses: ['fd00::1/64'] }, { ipv6: false }),

  listenTaken: spec({ apps: { a: { command: ['x'], listens: [80] }, b: { command: ['x'], listens: [80] } } }),
  unknownApp: spec({ apps: { redis: { command: ['x'], talksTo: ['redsi'] } } }),
  selfReference: spec({ apps: { a: { command: ['x'], talksTo: ['a'] } } }),
  waitCycle: spec({
    apps: { a: { command: ['x'], listens: [1], waitFor: ['b'] }, b: { command: ['x'], listens: [2], waitFor: ['a'] } },
  }),
  waitForSilent: spec({ apps: { a: { command: ['x'] }, b: { command: ['x'], waitFor: ['a'] } } }),
  waitForManual: spec({
    apps: { a: { command: ['x'], listens: [1], autostart: false }, b: { command: ['x'], waitFor: ['a'] } },
  }),
  otherUser: spec({ apps: { a: { command: ['x'], user: 'nobody-else' } } }),
  tooManyApps: spec({ apps: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, { command: ['x'] }])) }),
  arenaTooSmall: spec({ workload: { connections: 1_000_000 }, policy: { arena: { sizeMiB: 64 } } }),

  notYet: spec({ policy: { isolation: 'keys' } }),
  spinWithoutSpinning: spec({ policy: { polling: 'sleep', idleSpinMicroseconds: 10 } }),

  handEdited: output({ 'a.h': 'mine\n' }, true),
  foreignFile: output({ 'a.h': 'mine\n' }),
  writeFailed: () => {
    const full = {
      ...realDisk,
      write: () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
    };
    const changes = [{ kind: 'create', path: 'a.h', after: 'x' }] as const;
    return [writeOutput(temporaryFolder(), makePlan(smallest), changes, {}, full) as Diagnostic];
  },
  manifestUnreadable: output({ 'manifest.json': '{' }),

  toolMissing: build({}, { PATH: '/nonexistent' }),
  headerMissing: build({ 'base/x.c': '#include <linux/no_such_header.h>\n' }),
  libraryMissing: complaint('/usr/bin/ld: cannot find -lc: No such file or directory\n'),
  marchUnknown: complaint("cc1: error: bad value ('znver9') for '-march=' switch\n"),
  diskFull: complaint('/tmp/x.s: Fatal error: write: No space left on device\n'),
  addressesClash: command('build', ['clash.ts']),

  kernelMissing: () => [findKernel({}, [temporaryFolder()]) as Diagnostic],
  kernelUnusable: () => {
    const root = temporaryFolder();
    writeFiles(root, { 'boot/vmlinuz-6.1.0': 'no kernel', 'lib/modules/6.1.0/modules.dep': '' });
    return [findKernel({}, [root]) as Diagnostic];
  },
  guestNeedsRoom: () => {
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    return [roomRefusal(full, '/tmp', 'TMPDIR')];
  },
  moduleMissing: () => {
    const kernel = { release: '6.1.0', image: '', modules: temporaryFolder() };
    return [readModules(kernel, ['virtio_pci'], {}) as Diagnostic];
  },
  compileFailed: build({ 'base/x.c': 'int x = ;\n' }),
  linkFailed: build({
    'main/y.c':
      'int bp_y(void);\nint bp_z(void);\nint bp_z(void)\n{\n    return bp_y();\n}\nint (*bp_keep)(void) __attribute__((used, retain)) = bp_z;\n',
  }),
  libcInHandler: build({ 'base/x.c': '#include <stdio.h>\nvoid bp_x(void);\nvoid bp_x(void)\n{\n    puts("x");\n}\n' }),

  noSuchPair: command('bench', ['x.ts'], { only: 'local.futx' }),
  benchCoresMissing: () => [chooseCores(pairs, [0], [0]) as Diagnostic],
  noSuchNic: command('bind', ['nosuch0']),
  nicInUse: () => {
    const kernel = new FakeKernel([{ ...fakeNic, group: 1 }]);
    kernel.linux = { ens1: ['192.0.2.7'] };
    return [bindNic(kernel, readNics(kernel)[0] as FoundNic, { driver: 'vfio-pci', force: false }) as Diagnostic];
  },
  hostNotReady: () => {
    const plan = makePlan({
      ...smallest,
      hardware: { cpu: {}, nics: [{ name: 'net0', model: 'vmxnet3', pci: fakeNic.pci }] },
      network: { net0: { addresses: ['10.0.0.2/24'] } },
    });
    const request = { spec: smallest, plan, driver: undefined, peer: undefined };
    return [refuseHost(request, new FakeKernel([fakeNic]), '/') as Diagnostic];
  },
  bindFailed: () => {
    const kernel = new FakeKernel([fakeNic]);
    return [bindNic(kernel, readNics(kernel)[0] as FoundNic, { driver: 'vfio-pci', force: false }) as Diagnostic];
  },
  notVerifiable: command('verify', ['x.ts'], { target: 'netns' }),
  benchNeedsRoot: () => choosePairs('remote.rtt.memif', false).diagnostics,
  benchLeftOut: () => choosePairs(undefined, false).diagnostics,
  benchFailed: async () => {
    const run = async () => {
      throw new RunFailed('ended with 1');
    };
    const settings = settingsOf(true, [0]);
    const options = { config: 'x.ts', settings, run, env: process.env, talk: silent };
    return (await measureAll(pairs.slice(0, 1), options)).diagnostics;
  },
  noSuchProgram: command('run', ['x.ts'], { only: 'reddis' }),
  programsTwice: command('run', ['x.ts', 'redis-server']),
  programsMissing: command('run', ['none.ts']),
  cannotStart: async () => {
    const { execute } = await import('../../gen/commands/run.ts');
    const nobody = { env: {}, cwd: '/', json: false, takeSignals() {} };
    const ended = await execute('/nonexistent/binary', [], nobody);
    return 'diagnostic' in ended ? [ended.diagnostic] : [];
  },
  cannotWatch: command('top', ['x.ts'], { runDir: '/nonexistent', once: true }),

  usage: command('build', ['x.ts'], { jobs: 'many' }),
  unknownTopic: command('explain', ['BP0000']),
  fileExists: command('init', ['x.ts']),
};

describe('every diagnostic', () => {
  it.each(Object.entries(cases))('%s', async (name, produce) => {
    const found = (await produce()).find((d) => d.name === name);
    expect(found, `${name} was not among the diagnostics`).toBeDefined();
    expect(found?.code).toBe(catalogue[name as DiagnosticName].code);
    expect(found?.message).not.toMatch(/undefined|\[object/);
  });

  it('has a code of its own that explain knows', () => {
    const codes = Object.values(catalogue).map((entry) => entry.code);
    expect(new Set(codes).size).toBe(codes.length);
    const { status, stdout } = bypassgen('/', ['explain', codes[0] as string]);
    expect(status).toBe(0);
    expect(stdout).toContain(codes[0]);
  });
});

it('a config on a read-only place is a diagnostic of init', () => {
  const cwd = temporaryFolder();
  fs.writeFileSync(path.join(cwd, 'blocked'), '');
  const { status, stderr } = bypassgen(cwd, ['init', 'blocked/x.ts']);
  expect(stderr).toContain('BP3003');
  expect(status).toBe(3);
});
