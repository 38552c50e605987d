/**
 * The shape of a config, for the run-time check. types.ts says the same to people and to the compiler; a test holds the
 * two equal. What concerns several keys at once is in rules/.
 */
import { z } from 'zod';
import { levelNames, marchNames } from '../hardware/cpus.ts';
import { limits } from '../hardware/limits.ts';
import { nicModelNames } from '../hardware/nics.ts';

const integer = (min: number, max: number) => z.int().min(min).max(max);

/** A pattern with the words that describe it in a diagnostic. */
const pattern = (regex: RegExp, what: string) => z.string().regex(regex, { error: what });

const name = pattern(
  /^[a-z][a-z0-9-]{0,31}$/,
  'a name: a lower-case letter, then at most 31 lower-case letters, digits and hyphens',
);
const nicName = pattern(/^[a-z][a-z0-9-]{0,14}$/, 'a name of at most 15 lower-case letters, digits and hyphens');
const pciAddress = pattern(/^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/, 'a PCI address such as 0000:3b:00.0');

/** IEEE 802: an even first byte is the address of one receiver. */
const macAddress = pattern(
  /^(?!00:00:00:00:00:00)[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/,
  'the Ethernet address of one receiver, in lower case, such as 02:00:00:00:00:01',
);

/** Text that becomes a C string: NUL would cut it short. */
const text = pattern(/^[^\0]*$/, 'text without NUL characters');
const filled = pattern(/^[^\0]+$/, 'text that is not empty and has no NUL character');
const variable = pattern(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable');

/** sockaddr_un(7): sun_path has room for 107 characters and the NUL. */
const unixListen = z.templateLiteral(['unix:', z.string()]).refine((s) => /^unix:\/[^\0]{1,106}$/.test(s), {
  error: "'unix:' and an absolute path of at most 107 characters",
});

const cores = z.array(integer(0, 4095)).min(1).max(limits.workers);

const cpu = z.strictObject({
  march: z.enum(marchNames).optional(),
  levels: z.array(z.enum(levelNames)).optional(),
  cores: cores.optional(),
});

const numaNode = z.strictObject({
  node: integer(0, 1023),
  cores: z.array(integer(0, 4095)),
});

const hugepages = z.strictObject({
  size: z.enum(['2MiB', '1GiB']),
  count: integer(1, 1 << 24),
});

const nic = z.strictObject({
  name: nicName,
  model: z.enum(nicModelNames),
  pci: pciAddress.optional(),
  device: filled.optional(),
  role: z.enum(['client', 'server']).optional(),
  mac: macAddress.optional(),
  queues: integer(1, 65535).optional(),
  rxDescriptors: integer(1, 65535).optional(),
  txDescriptors: integer(1, 65535).optional(),
  numaNode: integer(0, 1023).optional(),
});

const hardware = z.strictObject({
  cpu,
  numa: z.array(numaNode).optional(),
  hugepages: hugepages.optional(),
  nics: z.array(nic).optional(),
});

const network = z.strictObject({
  addresses: z.array(z.string()).min(1),
  gateway: z.string().optional(),
  gateway6: z.string().optional(),
  /** RFC 791: every host takes 576 bytes; RFC 8200 asks for 1280, which the rules check where there is IPv6. */
  mtu: integer(576, 65535).optional(),
});

const app = z.strictObject({
  command: z
    .array(text)
    .min(1)
    .refine((words) => words[0] !== '', { error: 'a command: its first word must not be empty', path: [0] }),
  env: z.record(variable, text).optional(),
  cwd: filled.optional(),
  listens: z.array(z.union([integer(1, 65535), unixListen])).optional(),
  talksTo: z.array(z.string()).optional(),
  log: filled.optional(),
  autostart: z.boolean().optional(),
  restart: z.enum(['no', 'on-failure']).optional(),
  waitFor: z.array(z.string()).optional(),
  user: filled.optional(),
  memoryLimit: integer(1 << 20, Number.MAX_SAFE_INTEGER).optional(),
});

const workload = z.strictObject({
  apps: z.record(name, app),
  traffic: z.enum(['rpc', 'bulk', 'mixed']).optional(),
  connections: integer(1, 100_000_000).optional(),
});

const arena = z.strictObject({
  sizeMiB: integer(limits.arenaMinMiB, limits.arenaMiB).optional(),
  hugepages: z.boolean().optional(),
});

const policy = z.strictObject({
  polling: z.enum(['adaptive', 'sleep', 'busy']).optional(),
  isolation: z.enum(['none', 'keys']).optional(),
  fork: z.boolean().optional(),
  tickMicroseconds: integer(100, 1_000_000).optional(),
  idleSpinMicroseconds: integer(0, 1_000_000).optional(),
  streamLimit: integer(4096, 1 << 30)
    .multipleOf(4096)
    .optional(),
  arena: arena.optional(),
  ipv6: z.boolean().optional(),
  congestion: z.enum(['cubic', 'reno', 'bbr']).optional(),
});

export const specSchema = z.strictObject({
  name,
  hardware,
  network: z.record(nicName, network).optional(),
  workload,
  policy: policy.optional(),
});
