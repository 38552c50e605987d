/** The workloads: the programs of `bench/`, Redis and memcached, with how their figures are read. */
import type { Program, RunParameters, Workload } from './pair.ts';

/** The programs of `bench/` print one line of JSON. */
export function figureOfJson(output: string): number | undefined {
  const value = /^\{"value":(-?[\d.]+),"count":\d+\}$/m.exec(output)?.[1];
  return value === undefined ? undefined : Number(value);
}

const own = (programs: (run: RunParameters) => readonly Program[], needs: Workload['needs'] = {}): Workload => ({
  programs,
  figure: figureOfJson,
  needs,
});

const spinning = ({ spin }: RunParameters): string[] => (spin ? ['--spin'] : []);

export const tcpEcho = own((run) => [
  { command: ['tcp-echo', 'server', `${run.port}`, ...spinning(run)] },
  { command: ['tcp-echo', 'client', `${run.port}`, `${run.milliseconds}`, ...spinning(run)] },
]);

export const unixEcho = own((run) => [
  { command: ['unix-echo', 'server', `${run.folder}/echo.sock`, ...spinning(run)] },
  { command: ['unix-echo', 'client', `${run.folder}/echo.sock`, `${run.milliseconds}`, ...spinning(run)] },
]);

export const pipeEcho = own((run) => [{ command: ['pipe-echo', `${run.milliseconds}`, ...spinning(run)] }]);

export const futexWake = own((run) => [{ command: ['futex-wake', `${run.milliseconds}`] }]);

export const connect = own((run) => [
  { command: ['connect', 'server', `${run.port}`] },
  { command: ['connect', 'client', `${run.port}`, `${run.milliseconds}`] },
]);

export const bulk = own((run) => [
  { command: ['bulk', 'server', `${run.port}`, `${run.milliseconds}`] },
  { command: ['bulk', 'client', `${run.port}`] },
]);

export const call = (kind: 'patched' | 'trapped'): Workload => own(() => [{ command: ['call', kind] }]);

/** Round trips beside a program that never sleeps. */
export const neighbour = own((run) => [
  { command: ['neighbour', 'spin'], endless: true },
  { command: ['tcp-echo', 'server', `${run.port}`] },
  { command: ['neighbour', 'client', `${run.port}`, `${run.milliseconds}`] },
]);

/** -u root: memcached refuses to run as root without being told; nobody else's name is looked at. */
export const memcached = own(
  (run) => [
    { command: ['memcached', '-u', 'root', '-l', '127.0.0.1', '-p', `${run.port}`, '-t', '1'], endless: true },
    { command: ['memcached-client', `${run.port}`, `${run.milliseconds}`] },
  ],
  { memcached: 'memcached' },
);

/** `"GET","150000.00",...`: requests per second in the second column of redis-benchmark --csv. */
export function figureOfRedisBenchmark(output: string): number | undefined {
  const rate = /^"[GS]ET","([\d.]+)"/m.exec(output)?.[1];
  return rate === undefined ? undefined : Number(rate);
}

export const redisServer = (port: number): string[] => [
  'redis-server',
  ...['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
];

export const redisBenchmark = (port: number, kind: 'get' | 'set', requests: number): string[] => [
  'redis-benchmark',
  ...['-p', `${port}`, '-t', kind, '-c', '50', '-d', '64', '-P', '1', '-n', `${requests}`, '--csv'],
];

const IDLE_CONNECTIONS = 9000;

/** Connections that do nothing. A tenth more are opened first, and redis-server keeps some descriptors for itself. */
export const idleConnections = own(
  (run) => [
    { command: [...redisServer(run.port), '--maxclients', '10000'], readyAt: run.port, endless: true },
    { command: ['idle', `${run.port}`, `${IDLE_CONNECTIONS}`] },
  ],
  { 'redis-server': 'redis-server' },
);

export const redis = (kind: 'get' | 'set'): Workload => ({
  programs: (run) => [
    { command: redisServer(run.port), readyAt: run.port, endless: true },
    { command: redisBenchmark(run.port, kind, run.requests) },
  ],
  figure: figureOfRedisBenchmark,
  needs: { 'redis-server': 'redis-server', 'redis-benchmark': 'redis-tools' },
});
