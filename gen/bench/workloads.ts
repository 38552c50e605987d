/** The workloads: the programs of `bench/`, Redis and memcached, with how their figures are read. */
import { execFileSync } from 'node:child_process';
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
    { command: ['bulk', 'sender', `${run.server}:${run.port}`, congestion], endless: true },
  ]),
  figure: (output) => {
    const gigabytes = figureOfJson(output);
    return gigabytes === undefined ? undefined : gigabytes * 8000;
  },
  link: { loss, reorder: 0, delay: 5000, rate: 100 },
});

/** Cycles of a packet through the whole stack. */
export const udpEcho: Workload = {
  programs: () => [],
  stack: { name: 'udp-echo', nic: 'ring' },
  figure: figureOfJson,
  needs: {},
};

/** `CPU cycles/packet=46.70 (total cycles=...`, with which testpmd ends. */
export const figureOfTestpmd = (output: string): number | undefined => {
  const cycles = /CPU cycles\/packet=([\d.]+)/.exec(output)?.[1];
  return cycles === undefined ? undefined : Number(cycles);
};

/** Its main thread waits for the end of the input, and another one forwards, on the same core. */
const testpmd = ({ milliseconds }: RunParameters): string => {
  const eal = '--no-huge -m 256 --no-pci --no-telemetry --no-shconf --lcores 0,1@0 --main-lcore 0 --vdev net_null0';
  const mode = '--forward-mode=io --auto-start --record-core-cycles --total-num-mbufs=2048';
  return `sleep ${milliseconds / 1000 + 0.5} | exec dpdk-testpmd ${eal} -- ${mode}`;
};

/** Cycles of a packet that is received and sent back as it is. */
export const ioForward: Workload = {
  programs: (run) => [{ command: ['sh', '-c', testpmd(run)] }],
  stack: { name: 'io-forward', nic: 'null' },
  figure: (output) => figureOfTestpmd(output) ?? figureOfJson(output),
  needs: { sh: 'dash', 'dpdk-testpmd': 'dpdk-dev' },
};

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
export const memcached = (threads: number, connections: number): Workload =>
  own(
    (run) => [
      { command: ['memcached', '-u', 'root', '-l', run.bind, '-p', `${run.port}`, '-t', `${threads}`], endless: true },
      { command: ['memcached-client', `${run.server}:${run.port}`, `${connections}`, `${run.milliseconds}`] },
    ],
    { memcached: 'memcached' },
  );

/** Both ends have slept when a message comes. */
export const afterIdle = own((run) => [
  { command: ['after-idle', 'server', `${run.bind}:${run.port}`], endless: true },
  { command: ['after-idle', 'client', `${run.server}:${run.port}`, `${run.milliseconds}`] },
]);

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

export const redisBenchmark = (
  port: number,
  kind: 'get' | 'set',
  requests: number,
  server = loopback,
  connections = 50,
): string[] => [
  'redis-benchmark',
  ...['-h', server, '-p', `${port}`, '-t', kind, '-c', `${connections}`, '-d', '64', '-P', '1'],
  ...['-n', `${requests}`, '--csv'],
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

/** Programs keep the master's user, so that nobody else's name is looked at, and write in the run's folder only. */
const nginxConfig = (folder: string, processes: string, servers: string): string => `
user root;
${processes}
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
${servers}
}
`;

const nginx = (run: RunParameters, config = 'nginx.conf'): Program => ({
  command: ['nginx', '-e', 'stderr', '-c', `${run.folder}/${config}`],
  endless: true,
});

/** A master and two workers. */
const nginxProxy = ({ port, otherPort, folder }: RunParameters): string =>
  nginxConfig(
    folder,
    'worker_processes 2;',
    `  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://127.0.0.1:${otherPort}; }
  }`,
  );

/** A connection per request, on both sides of the proxy. */
export const proxy: Workload = {
  ...own(
    (run) => [
      { command: ['http-server', `${run.otherPort}`], endless: true },
      nginx(run),
      { command: ['http-client', `${run.port}`, `${run.milliseconds}`] },
    ],
    { nginx: 'nginx' },
  ),
  files: (run) => ({ 'nginx.conf': nginxProxy(run) }),
};

/** What http-client expects. */
const page = Array.from({ length: 512 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');

/** One process: a host has one core. Requests do not end a connection before the client does. */
const fileServer = ({ port, folder, bind }: RunParameters, listen = `${bind}:${port}`): string =>
  nginxConfig(
    folder,
    'master_process off;',
    `  sendfile on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  server {
    listen ${listen} backlog=1024;
    root ${folder};
  }`,
  );

/** A small file, 48 connections. */
export const nginxFile = (keepAlive: boolean): Workload => ({
  ...own(
    (run) => [
      nginx(run),
      {
        command: [
          'http-client',
          `${run.server}:${run.port}`,
          `${run.milliseconds}`,
          ...(keepAlive ? ['--keep-alive'] : []),
        ],
      },
    ],
    { nginx: 'nginx' },
  ),
  files: (run) => ({ page, 'nginx.conf': fileServer(run) }),
});

/** `Requests/sec:  12345.67`, if all were answered with success. */
export function figureOfWrk(output: string): number | undefined {
  const rate = /^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1];
  return rate === undefined || /Non-2xx|Socket errors/.test(output) ? undefined : Number(rate);
}

const tlsProxy = ({ port, otherPort, folder, bind }: RunParameters): string =>
  nginxConfig(
    folder,
    'master_process off;',
    `  keepalive_requests 1000000000;
  upstream files { server 127.0.0.1:${otherPort}; keepalive 48; }
  server {
    listen ${bind}:${port} ssl backlog=1024;
    ssl_certificate ${folder}/certificate.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / {
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass http://files;
    }
  }`,
  );

/** A TLS proxy and a file server on one host, a client on another; 48 connections that stay. */
export const mixedTlsProxy: Workload = {
  programs: (run) => [
    nginx(run, 'files.conf'),
    { ...nginx(run, 'proxy.conf'), readyAt: run.port },
    {
      command: [
        'wrk',
        ...['-t', '1', '-c', '48', '-d', `${Math.max(1, Math.round(run.milliseconds / 1000))}s`],
        `https://${run.server}:${run.port}/page`,
      ],
    },
  ],
  files: (run) => ({
    page,
    'files.conf': fileServer(run, `127.0.0.1:${run.otherPort}`).replace('nginx.pid', 'files.pid'),
    'proxy.conf': tlsProxy(run),
    ...selfSigned(),
  }),
  figure: figureOfWrk,
  needs: { nginx: 'nginx', wrk: 'wrk', openssl: 'openssl' },
};

/** A key and a certificate of it; wrk does not look who signed. */
function selfSigned(): { 'key.pem': string; 'certificate.pem': string } {
  const command =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench -keyout - -out -';
  const pem = execFileSync('openssl', command.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return { 'key.pem': pem, 'certificate.pem': pem };
}

export const redis = (kind: 'get' | 'set', connections = 50): Workload => ({
  programs: (run) => [
    { command: redisServer(run.port, run.bind), readyAt: run.port, endless: true },
    { command: redisBenchmark(run.port, kind, run.requests, run.server, connections) },
  ],
  figure: figureOfRedisBenchmark,
  needs: { 'redis-server': 'redis-server', 'redis-benchmark': 'redis-tools' },
});
