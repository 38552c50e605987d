/** Random valid specs. */
import fc from 'fast-check';
import { marchNames } from '../../../gen/hardware/cpus.ts';
import { type NicModelName, nicModel } from '../../../gen/hardware/nics.ts';
import type { AppSpec, NicSpec, Spec } from '../../../gen/index.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/);
const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((s) => !s.includes('\0'));
const filled = text.filter((s) => s !== '');
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const app: fc.Arbitrary<AppSpec> = fc.record({
  command: fc.tuple(filled, fc.array(text, { maxLength: 4 })).map(([first, rest]) => [first, ...rest]),
  env: maybe(fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,6}$/), text, { maxKeys: 3 })),
  cwd: maybe(filled),
  log: maybe(fc.oneof(fc.constant('inherit'), filled)),
  autostart: maybe(fc.boolean()),
  restart: maybe(fc.constantFrom('no', 'on-failure')),
  memoryLimit: maybe(fc.integer({ min: 1 << 20, max: Number.MAX_SAFE_INTEGER })),
});

/** Programs that listen on ports of their own, talk to any of the others, and wait only for those before them. */
const apps = fc
  .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), fc.infiniteStream(app), fc.infiniteStream(fc.nat()))
  .map(([names, bodies, choices]) => {
    const choice = () => choices.next().value as number;
    const entries = names.map((own, i): [string, AppSpec] => {
      const others = names.filter((other) => other !== own && choice() % 3 === 0);
      const earlier = names.slice(0, i).filter(() => choice() % 3 === 0);
      const listens: AppSpec['listens'] = [10_000 + i, `unix:/run/${own}.sock`];
      return [own, { ...(bodies.next().value as AppSpec), listens, talksTo: others, waitFor: earlier }];
    });
    return Object.fromEntries(entries);
  });

const policy = fc.record({
  polling: maybe(fc.constantFrom('adaptive' as const)),
  fork: maybe(fc.boolean()),
  tickMicroseconds: maybe(fc.integer({ min: 100, max: 1_000_000 })),
  idleSpinMicroseconds: maybe(fc.integer({ min: 0, max: 1_000_000 })),
  congestion: maybe(fc.constantFrom('cubic', 'reno', 'bbr')),
  streamLimit: maybe(fc.integer({ min: 1, max: (1 << 30) / 4096 }).map((pages) => pages * 4096)),
  ipv6: maybe(fc.boolean()),
});

export const specs: fc.Arbitrary<Spec> = fc.record({
  name,
  hardware: fc.record({
    cpu: fc.record({
      march: maybe(fc.constantFrom(...marchNames)),
      cores: maybe(fc.uniqueArray(fc.integer({ min: 0, max: 4095 }), { minLength: 1, maxLength: 16 })),
    }),
    hugepages: maybe(
      fc.record({ size: fc.constantFrom('2MiB' as const, '1GiB' as const), count: fc.integer({ min: 64, max: 4096 }) }),
    ),
  }),
  workload: fc.record({
    apps,
    traffic: maybe(fc.constantFrom('rpc' as const, 'bulk' as const, 'mixed' as const)),
    connections: maybe(fc.integer({ min: 1, max: 100_000 })),
  }),
  policy: maybe(policy),
});

/** What a NIC of the model is named by. */
const attachments: Record<ReturnType<typeof nicModel>['attach'], Partial<NicSpec>> = {
  pci: { pci: '0000:03:00.0' },
  interface: { device: 'net0' },
  socket: { device: '/run/net0.sock' },
  nothing: {},
};

/** Numbers of descriptors that a ring of the model may have. */
function descriptors(model: NicModelName): fc.Arbitrary<number | undefined> {
  const limits = nicModel(model).descriptors;
  if (!limits) return fc.constant(undefined);
  const { min, max, multiple, powerOfTwo } = limits;
  if (!powerOfTwo) return maybe(fc.integer({ min: min / multiple, max: max / multiple }).map((n) => n * multiple));
  return maybe(fc.integer({ min: Math.log2(min), max: Math.log2(max) }).map((n) => 2 ** n));
}

/** Random valid specs with a NIC of the model. */
export function specsWithNic(model: NicModelName): fc.Arbitrary<Spec> {
  const { attach, maxQueues, maxMtu } = nicModel(model);
  const choices = fc.record({
    spec: specs,
    queues: fc.nat(),
    rxDescriptors: descriptors(model),
    txDescriptors: descriptors(model),
    gateway: maybe(fc.constant('10.0.0.1')),
    mtu: maybe(fc.integer({ min: 576, max: Math.min(9000, maxMtu.value) })),
  });
  return choices.map(({ spec, queues, rxDescriptors, txDescriptors, gateway, mtu }) => {
    const most = Math.min(maxQueues.value, spec.hardware.cpu.cores?.length ?? 1, 16);
    const nic = {
      name: 'net0',
      model,
      ...attachments[attach],
      queues: 1 + (queues % most),
      rxDescriptors,
      txDescriptors,
    };
    const network = { net0: { addresses: ['10.0.0.2/24'], gateway, mtu } };
    // Room for packets, beside the arena's.
    const hugepages = spec.hardware.hugepages && { ...spec.hardware.hugepages, size: '1GiB' as const };
    return { ...spec, hardware: { ...spec.hardware, hugepages, nics: [nic] }, network };
  });
}
