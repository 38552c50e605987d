/** The table of all pairs. */
import type { Pair, Variant, Workload } from './pair.ts';
import { remotePairs } from './remote-pairs.ts';
import * as workloads from './workloads.ts';

/** Both programs of both sides on one and the same core. */
const oneCore = {
  linux: [{ name: 'one core', runner: 'linux', cores: 1 }],
  ours: [{ name: 'fused, one core', runner: 'generic', cores: 1 }],
} as const satisfies Record<string, readonly Variant[]>;

/** Both may use two cores; who does better with one of them, uses one. */
const onTwoCores = {
  linux: [
    { name: 'free', runner: 'linux', cores: 2 },
    { name: 'apart', runner: 'linux', cores: 2, apart: true },
    { name: 'one core', runner: 'linux', cores: 1 },
  ],
  ours: [
    { name: 'fused, two workers', runner: 'generic', cores: 2 },
    { name: 'fused, one worker', runner: 'generic', cores: 1 },
  ],
} as const satisfies Record<string, readonly Variant[]>;

/** For two programs that can poll instead of sleeping: another variant for each side. */
const spinningOnTwoCores = {
  linux: [...onTwoCores.linux, { name: 'apart, spinning', runner: 'linux', cores: 2, apart: true, spin: true }],
  ours: [...onTwoCores.ours, { name: 'fused, two workers, spinning', runner: 'generic', cores: 2, spin: true }],
} as const satisfies Record<string, readonly Variant[]>;

/** For two threads of one program, which the kernel places. */
const threadsOnTwoCores = {
  linux: onTwoCores.linux.filter((variant) => !('apart' in variant)),
  ours: onTwoCores.ours,
} as const satisfies Record<string, readonly Variant[]>;

const spinningThreadsOnTwoCores = {
  linux: [...threadsOnTwoCores.linux, { name: 'free, spinning', runner: 'linux', cores: 2, spin: true }],
  ours: spinningOnTwoCores.ours,
} as const satisfies Record<string, readonly Variant[]>;

const nanoseconds = { unit: 'ns', better: 'lower' } as const;
const perSecond = { unit: '1/s', better: 'higher' } as const;

const tcpEcho = { title: 'TCP echo of 1 byte, round trip', ...nanoseconds, workload: workloads.tcpEcho(1) };
const futex = { title: 'futex wake until the waiter runs', ...nanoseconds, workload: workloads.futexWake };
const pipe = { title: 'pipe, 64 bytes, round trip', ...nanoseconds, workload: workloads.pipeEcho };
const unix = { title: 'unix stream, 64 bytes, round trip', ...nanoseconds, workload: workloads.unixEcho };
const connect = { title: 'TCP connect, one request, close', ...perSecond, workload: workloads.connect };
const redisGet = { title: 'redis GET, 50 connections', ...perSecond, workload: workloads.redis('get') };
const redisSet = { title: 'redis SET, 50 connections', ...perSecond, workload: workloads.redis('set') };
const memcached = { title: 'memcached, 50 connections', ...perSecond, workload: workloads.memcached(1, 50) };
const nginxProxy = { title: 'nginx as a proxy, a connection per request', ...perSecond, workload: workloads.proxy };
const bulk = { title: 'one TCP stream', unit: 'GB/s', better: 'higher', workload: workloads.bulk } as const;

const idle = {
  title: 'an idle connection to redis',
  unit: 'B',
  better: 'lower',
  workload: workloads.idleConnections,
} as const;
const neighbour = { title: 'TCP echo beside a spinning program, p99', ...nanoseconds, workload: workloads.neighbour };

const forkExit = (megabytes: number) =>
  ({ title: `fork of ${megabytes} MB, exit, wait`, ...nanoseconds, workload: workloads.forkExit(megabytes) }) as const;
const forkExec = { title: 'posix_spawn of /bin/true, wait', ...nanoseconds, workload: workloads.forkExec };
const bgsave = { title: 'redis SET while BGSAVE runs', ...perSecond, workload: workloads.bgsave };

const call = (kind: 'patched' | 'trapped'): { title: string; workload: Workload } => ({
  title: `getpid, ${kind} call`,
  workload: workloads.call(kind),
});

export const pairs: readonly Pair[] = [
  { id: 'local.tcp-echo', ...tcpEcho, ...oneCore, target: { ratio: 10 } },
  { id: 'local.futex', ...futex, ...oneCore, target: { ratio: 6 } },
  { id: 'local.pipe', ...pipe, ...oneCore, target: { ratio: 6 } },
  { id: 'local.unix', ...unix, ...oneCore, target: { ratio: 8 } },
  { id: 'local.connect', ...connect, ...oneCore, target: { ratio: 20 } },
  { id: 'local.redis-get', ...redisGet, ...oneCore, target: { ratio: 4 } },
  { id: 'local.redis-set', ...redisSet, ...oneCore, target: { ratio: 3.5 } },
  { id: 'local.memcached', ...memcached, ...oneCore, target: { ratio: 4 } },
  { id: 'local.bulk', ...bulk, ...oneCore, target: { ratio: 3 } },
  { id: 'local.nginx-proxy', ...nginxProxy, ...oneCore, target: { ratio: 3 } },
  { id: 'local.idle', ...idle, ...oneCore, target: { ratio: 2 } },
  { id: 'local.neighbour', ...neighbour, ...oneCore },
  { id: 'fork.exit', ...forkExit(100), ...oneCore, target: { ratio: 0.67 } },
  { id: 'fork.exit-small', ...forkExit(1), ...oneCore },
  { id: 'fork.exec', ...forkExec, ...oneCore },
  { id: 'fork.bgsave', ...bgsave, ...oneCore, target: { ratio: 1 } },
  { id: 'call.patched', ...call('patched'), ...nanoseconds, ...oneCore, target: { median: 20 } },
  { id: 'call.trapped', ...call('trapped'), ...nanoseconds, ...oneCore, target: { median: 1100 } },
  {
    id: 'generic.redis-get',
    ...redisGet,
    title: 'redis GET, generic against specialised binary',
    linux: [{ name: 'generic', runner: 'generic', cores: 1 }],
    ours: [{ name: 'specialised', runner: 'specialised', cores: 1 }],
  },
  {
    id: 'node.redis-get',
    title: 'redis GET by a Node client outside, 50 connections',
    ...perSecond,
    workload: workloads.nodeRedisGet,
    linux: oneCore.linux,
    ours: [{ name: 'attached, one core', runner: 'generic', cores: 1 }],
  },
  {
    id: 'packet.udp-echo',
    title: 'UDP echo of a 64-byte frame on a ring, generic against specialised stack',
    unit: 'cycles',
    better: 'lower',
    workload: workloads.udpEcho,
    linux: [{ name: 'generic', runner: 'generic', cores: 1 }],
    ours: [{ name: 'specialised', runner: 'specialised', cores: 1 }],
    target: { ratio: 1.15 },
  },
  {
    id: 'packet.io',
    title: 'receive and transmit alone on net_null, against testpmd in its mode io',
    unit: 'cycles',
    better: 'lower',
    workload: workloads.ioForward,
    other: 'testpmd',
    linux: [{ name: 'testpmd', runner: 'linux', cores: 1 }],
    ours: [{ name: 'specialised', runner: 'specialised', cores: 1 }],
    target: { ratio: 1 },
  },
  { id: 'local.tcp-echo.two', ...tcpEcho, ...spinningOnTwoCores },
  { id: 'local.futex.two', ...futex, ...threadsOnTwoCores },
  { id: 'local.pipe.two', ...pipe, ...spinningThreadsOnTwoCores },
  { id: 'local.unix.two', ...unix, ...spinningOnTwoCores },
  { id: 'local.connect.two', ...connect, ...onTwoCores },
  { id: 'local.redis-get.two', ...redisGet, ...onTwoCores },
  { id: 'local.redis-set.two', ...redisSet, ...onTwoCores },
  {
    id: 'node.redis-get.two',
    title: 'redis GET by a Node client outside, 50 connections',
    ...perSecond,
    workload: workloads.nodeRedisGet,
    linux: onTwoCores.linux,
    ours: [
      { name: 'attached, apart', runner: 'generic', cores: 2, apart: true },
      { name: 'attached, one core', runner: 'generic', cores: 1 },
    ],
  },
  { id: 'local.memcached.two', ...memcached, ...onTwoCores },
  { id: 'local.nginx-proxy.two', ...nginxProxy, ...onTwoCores },
  { id: 'local.bulk.two', ...bulk, ...onTwoCores },
  ...remotePairs,
];

/** How many cores a pair takes. */
export const coresOf = ({ linux, ours }: Pair): number => Math.max(...[...linux, ...ours].map((v) => v.cores));
