/** Pairs of two hosts on a wire: Linux over veth or a lossy wire, ours over memif, or against Linux over TAP. */
import type { Pair, Remote, Variant } from './pair.ts';
import * as workloads from './workloads.ts';

const variant = (name: string, remote: Remote, spin = false): Variant => ({
  name,
  runner: remote.hosts.includes('ours') ? 'specialised' : 'linux',
  cores: 2,
  remote,
  ...(spin && { spin }),
});

const veth: Remote = { wire: 'veth', hosts: ['linux', 'linux'] };
const memif: Remote = { wire: 'memif', hosts: ['ours', 'ours'] };
const afxdp: Remote = { wire: 'afxdp', hosts: ['ours', 'ours'] };
const tap: Remote = { wire: 'tap', hosts: ['ours', 'linux'] };

const linux = [variant('veth', veth)];
const byWay = {
  memif: [variant('memif, both ends ours', memif)],
  afxdp: [variant('AF_XDP on the veth, both ends ours', afxdp)],
  'linux-client': [variant('TAP, Linux client', tap)],
} as const;

const perSecond = { unit: '1/s', better: 'higher' } as const;

const redis = (kind: 'get' | 'set', way: keyof typeof byWay, target?: Pair['target']): Pair => ({
  id: `remote.redis-${kind}.${way}`,
  title: `redis ${kind.toUpperCase()} from another host, 64 connections`,
  ...perSecond,
  workload: workloads.redis(kind, 64),
  linux,
  ours: byWay[way],
  ...(target && { target }),
});

const memcached = (way: keyof typeof byWay, target: Pair['target']): Pair => ({
  id: `remote.memcached.${way}`,
  title: 'memcached with 2 threads from another host, 80 connections',
  ...perSecond,
  workload: workloads.memcached(2, 80),
  linux,
  ours: byWay[way],
  ...(target && { target }),
});

/** Both sides spin, if that is faster. */
const roundTrip = (way: 'memif' | 'afxdp', remote: Remote, target?: Pair['target']): Pair => ({
  id: `remote.rtt.${way}`,
  title: 'TCP echo of 64 bytes from another host, round trip',
  unit: 'ns',
  better: 'lower',
  workload: workloads.tcpEcho(64),
  linux: [variant('veth, spinning', veth, true), ...linux],
  ours: [variant(`${way}, spinning`, remote, true), ...byWay[way]],
  ...(target && { target }),
});

const bulk = (way: 'memif' | 'afxdp', target?: Pair['target']): Pair => ({
  id: `remote.bulk.${way}`,
  title: 'one TCP stream from another host',
  unit: 'GB/s',
  better: 'higher',
  workload: workloads.bulk,
  linux,
  ours: byWay[way],
  ...(target && { target }),
});

/** Rare losses, one stream; one end is ours or Linux's, the other is Linux's. */
const loss = (percent: number, congestion: 'cubic' | 'bbr', received = false): Pair => ({
  id: `remote.loss-${percent}.${congestion}${received ? '.received' : ''}`,
  title: `a stream with ${percent} % of the packets lost, ${congestion.toUpperCase()}${received ? ', received' : ''}`,
  unit: 'Mbit/s',
  better: 'higher',
  workload: workloads.lossyBulk(percent * 10_000, congestion),
  linux: [variant('Linux', { wire: 'lossy', hosts: ['linux', 'linux'] })],
  ours: [
    received
      ? variant('ours receives', { wire: 'lossy', hosts: ['ours', 'linux'] })
      : variant('ours sends', { wire: 'lossy', hosts: ['linux', 'ours'] }),
  ],
  target: { ratio: received ? 0.95 : 1 },
});

export const remotePairs: readonly Pair[] = [
  redis('get', 'memif', { ratio: 4 }),
  redis('set', 'memif', { ratio: 4 }),
  redis('get', 'afxdp', { ratio: 1.3 }),
  redis('set', 'afxdp', { ratio: 1.3 }),
  redis('get', 'linux-client'),
  memcached('memif', { ratio: 5 }),
  memcached('afxdp', { ratio: 1.3 }),
  {
    id: 'remote.nginx.memif',
    title: 'nginx, a small file to another host, 48 connections that stay',
    ...perSecond,
    workload: workloads.nginxFile(true),
    linux,
    ours: byWay.memif,
    target: { ratio: 4 },
  },
  {
    id: 'remote.nginx-cps.memif',
    title: 'nginx, a small file to another host, a connection per request',
    ...perSecond,
    workload: workloads.nginxFile(false),
    linux,
    ours: byWay.memif,
    target: { ratio: 6 },
  },
  {
    id: 'mixed.tls-proxy.memif',
    title: 'a TLS proxy and a file server on a host, the client on another',
    ...perSecond,
    workload: workloads.mixedTlsProxy,
    linux,
    ours: byWay.memif,
    target: { ratio: 4 },
  },
  {
    id: 'idle.remote.linux-client',
    title: 'the first message after a pause, round trip, median',
    unit: 'ns',
    better: 'lower',
    workload: workloads.afterIdle,
    linux,
    ours: byWay['linux-client'],
    target: { median: 100_000 },
  },
  roundTrip('memif', memif, { ratio: 3 }),
  roundTrip('afxdp', afxdp),
  bulk('memif', { ratio: 2 }),
  bulk('afxdp'),
  {
    id: 'remote.10k.memif',
    title: '100 busy connections from another host: how much slower with 9,900 idle ones beside',
    unit: 'times',
    better: 'lower',
    workload: workloads.many(10_000),
    linux,
    ours: byWay.memif,
    target: { median: 1.1 },
  },
  {
    id: 'remote.10k-memory.memif',
    title: 'memory of one of 10,000 connections, at each end',
    unit: 'bytes',
    better: 'lower',
    workload: workloads.manyBytes(10_000),
    linux,
    ours: byWay.memif,
    target: { ratio: 2 },
  },
  ...[0.1, 1, 5].flatMap((percent) => [loss(percent, 'cubic'), loss(percent, 'bbr')]),
  loss(1, 'cubic', true),
  loss(1, 'bbr', true),
];
