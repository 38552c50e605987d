/** The workloads: the programs of `bench/`, Redis and memcached, with how their figures are read. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program, RunParameters, Workload } from './pair.ts';

const loopback = '127.0.0.1';

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

export const tcpEcho = (bytes: number): Workload =>
  own((run) => [
    { command: ['tcp-echo', 'server', `${run.bind}:${run.port}`, `${bytes}`, ...spinning(run)] },
    {
      command: ['tcp-echo', 'client', `${run.server}:${run.port}`, `${bytes}`, `${run.milliseconds}`, ...spinning(run)],
    },
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

/** What idle connections cost busy ones: those that are open at the end, of which a hundred are busy. */
export const many = (connections: number): Workload =>
  own((run) => [
    { command: ['many', 'server', `${run.bind}:${run.port}`], endless: true, readyAt: run.port },
    { command: ['many', 'client', `${run.server}:${run.port}`, `${connections}`, `${run.milliseconds}`] },
  ]);

/** Bytes of a connection at each end, in the kernel and the processes. */
export const manyBytes = (connections: number): Workload => ({
  ...own((run) => [
    { command: ['many', 'server', `${run.bind}:${run.port}`], endless: true, readyAt: run.port },
    { command: ['many', 'hold', `${run.server}:${run.port}`, `${connections}`] },
  ]),
  figure: (output) => {
    const bytes = figureOfJson(output);
    return bytes === undefined ? undefined : bytes / (connections - 100) / 2;
  },
  weighs: true,
});

export const bulk = own((run) => [
  { command: ['bulk', 'server', `${run.bind}:${run.port}`, `${run.milliseconds}`] },
  { command: ['bulk', 'client', `${run.server}:${run.port}`] },
]);

/** A stream over a path that loses packets: goodput in megabits per second. Long runs: rare losses are to be seen. */
export const lossyBulk = (loss: number, congestion: 'cubic' | 'bbr'): Workload => ({
  ...own((run) => [
    { command: ['bulk', 'server', `${run.bind}:${run.port}`, `${run.milliseconds * 5}`] },
    { command: ['bulk', 'client', `${run.server}:${run.port}`, congestion], endless: true },
  ]),
  figure: (output) => {
    const gigabytes = figureOfJson(output);
    return gigabytes === undefined ? undefined : gigabytes * 8000;
  },
  link: { loss, reorder: 0, delay: 5000, rate: 100 },
});

/** Cycles of a packet through the whole stack. */
export const udpEcho: Workload = { programs: () => [], stack: 'udp-echo', figure: figureOfJson, needs: {} };

export const call = (kind: 'patched' | 'trapped'): Workload => own(() => [{ command: ['call', kind] }]);

/** Round trips beside a program that never sleeps. */
export const neighbour = own((run) => [
  { command: ['neighbour', 'spin'], endless: true },
  { command: ['tcp-echo', 'server', `${run.port}`, '1'] },
  { command: ['neighbour', 'client', `${run.port}`, `${run.milliseconds}`] },
]);

export const forkExit = (megabytes: number): Workload =>
  own((run) => [{ command: ['fork', 'exit', `${megabytes}`, `${run.milliseconds}`] }]);

export const forkExec = own((run) => [{ command: ['fork', 'exec', `${run.milliseconds}`] }]);

/** -u root: memcached refuses to run as root without being told; nobody else's name is looked at. */
export const memcached = own(
  (run) => [
    { command: ['memcached', '-u', 'root', '-l', run.bind, '-p', `${run.port}`, '-t', '1'], endless: true },
    { command: ['memcached-client', `${run.server}:${run.port}`, `${run.milliseconds}`] },
  ],
  { memcached: 'memcached' },
);

const nodeClient = fileURLToPath(new URL('../../bench/redis-get.mjs', import.meta.url));

/** A Node program and Redis: over the kernel's sockets, or attached to the runtime that Redis is fused into. */
export const nodeRedisGet: Workload = {
  programs: ({ port, milliseconds, attachment }) => [
    { command: redisServer(port), readyAt: port, endless: true },
    {
      command: [
        process.execPath,
        nodeClient,
        ...[port, milliseconds].map(String),
        ...(attachment ? [attachment.library, attachment.addon, attachment.controlSocket] : []),
      ],
      outside: true,
    },
  ],
  figure: figureOfJson,
  needs: { 'redis-server': 'redis-server' },
  attaches: true,
};

/** `"GET","150000.00",...`: requests per second in the second column of redis-benchmark --csv. */
export function figureOfRedisBenchmark(output: string): number | undefined {
  const rate = /^"[GS]ET","([\d.]+)"/m.exec(output)?.[1];
  return rate === undefined ? undefined : Number(rate);
}

export const redisServer = (port: number, bind = loopback): string[] => [
  'redis-server',
  ...['--port', `${port}`, '--bind', bind, '--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
  ...(bind === loopback ? [] : ['--protected-mode', 'no']),
];

export const redisBenchmark = (port: number, kind: 'get' | 'set', requests: number, server = loopback): string[] => [
  'redis-benchmark',
  ...['-h', server, '-p', `${port}`, '-t', kind, '-c', '50', '-d', '64', '-P', '1', '-n', `${requests}`, '--csv'],
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

/** Its own folder: RDB files are written. */
export const bgsave = own(
  (run) => [
    {
      command: [...redisServer(run.port), '--dir', run.folder, '--enable-debug-command', 'yes'],
      readyAt: run.port,
      endless: true,
    },
    { command: ['bgsave', `${run.port}`, `${run.milliseconds}`] },
  ],
  { 'redis-server': 'redis-server' },
);

/** A master and two workers, which keep the master's user so that nobody else's name is looked at. */
const nginxProxy = ({ port, otherPort, folder }: RunParameters): string => `
user root;
worker_processes 2;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://127.0.0.1:${otherPort}; }
  }
}
`;

/** A connection per request, on both sides of the proxy. */
export const proxy: Workload = {
  ...own(
    (run) => [
      { command: ['http-server', `${run.otherPort}`], endless: true },
      { command: ['nginx', '-e', 'stderr', '-c', `${run.folder}/nginx.conf`], endless: true },
      { command: ['http-client', `${run.port}`, `${run.milliseconds}`] },
    ],
    { nginx: 'nginx' },
  ),
  files: (run) => ({ 'nginx.conf': nginxProxy(run) }),
};

const tlsProxy = ({ port, otherPort, folder, bind }: RunParameters): string =>
  nginx(
    folder,
    `
  upstream files { server 127.0.0.1:${otherPort}; keepalive 64; }
  server {
    listen ${bind}:${port} ssl;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / {
      proxy_pass http://files;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }`,
  );

const fileServer = ({ otherPort, folder }: RunParameters): string =>
  nginx(folder, `server { listen 127.0.0.1:${otherPort}; root ${folder}/files; }`, 'files.pid');

/** A master and one worker; no connection is closed for having been used much. */
const nginx = (folder: string, servers: string, pid = 'nginx.pid'): string => `
user root;
worker_processes 1;
daemon off;
pid ${folder}/${pid};
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  ${servers}
}
`;

/** A key and a certificate that nobody trusts: one for all runs of this process. */
let identity: { readonly 'key.pem': string; readonly 'cert.pem': string } | undefined;
function makeIdentity(): NonNullable<typeof identity> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bypassgen-key-'));
  try {
    const [key = '', cert = ''] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const args = ['req', '-x509', ...kind, '-subj', '/CN=bench', '-days', '2', '-keyout', key, '-out', cert];
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    return { 'key.pem': fs.readFileSync(key, 'utf8'), 'cert.pem': fs.readFileSync(cert, 'utf8') };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** `Requests/sec:  1234.56`; undefined when an answer was not what it should be. */
export function figureOfWrk(output: string): number | undefined {
  const rate = /^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1];
  return rate === undefined || /^\s*(Non-2xx|Socket errors)/m.test(output) ? undefined : Number(rate);
}

/** A TLS proxy, and behind it on the same host a server of a file of 1 KB: 48 connections that stay. */
export const tlsProxiedFiles: Workload = {
  programs: (run) => [
    { command: ['nginx', '-e', 'stderr', '-c', `${run.folder}/files.conf`], host: 0, endless: true },
    {
      command: ['nginx', '-e', 'stderr', '-c', `${run.folder}/nginx.conf`],
      host: 0,
      readyAt: run.port,
      endless: true,
    },
    {
      command: [
        'wrk',
        ...['-t', '1', '-c', '48', '-d', `${Math.max(2, Math.round(run.milliseconds / 1000))}s`],
        `https://${run.server}:${run.port}/page`,
      ],
      host: 1,
    },
  ],
  files: (run) => {
    identity ??= makeIdentity();
    const page = 'abcdefghijklmnopqrstuvwxyz123456'.repeat(32);
    return { 'nginx.conf': tlsProxy(run), 'files.conf': fileServer(run), 'files/page': page, ...identity };
  },
  figure: figureOfWrk,
  needs: { nginx: 'nginx', wrk: 'wrk', openssl: 'openssl' },
};

export const redis = (kind: 'get' | 'set'): Workload => ({
  programs: (run) => [
    { command: redisServer(run.port, run.bind), readyAt: run.port, endless: true },
    { command: redisBenchmark(run.port, kind, run.requests, run.server) },
  ],
  figure: figureOfRedisBenchmark,
  needs: { 'redis-server': 'redis-server', 'redis-benchmark': 'redis-tools' },
});
