/** The package's net: a Node program outside talks to fused programs through memory, and they to it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Server, ServerOptions, Socket } from '../../gen/control/net-api.ts';
import type { AnyRuntime } from '../../gen/control/runtime.ts';
import { bypassgen } from '../gen/helpers/cli.ts';
import { temporaryFolder, writeFiles } from '../gen/helpers/folders.ts';
import { RespClient } from './resp-client.ts';

interface Net {
  connect(options: { port?: number; program?: string; runDirectory: string; allowHalfOpen?: boolean }): Socket;
  createServer(options: ServerOptions, onConnection?: (socket: Socket) => void): Server;
}

const repository = path.resolve(import.meta.dirname, '../..');
const shop = temporaryFolder();
const runDirectory = path.join(shop, 'run');
const where = { runDirectory };
const peer = path.join(shop, 'peer');

const config = `
import { defineConfig } from 'bypassgen';
export default defineConfig({
  name: 'joined',
  hardware: { cpu: { march: 'x86-64-v2', cores: [0, 1] } },
  workload: {
    apps: {
      redis: { command: ['redis-server', '--port', '7991', '--save', '', '--maxclients', '2000'], listens: [7991] },
      echo: { command: ['${peer}', 'echo', '7992'], listens: [7992] },
      forked: { command: ['${peer}', 'forked', '7993'], listens: [7993] },
      other: { command: ['${peer}', 'echo', '7997'], listens: [7997], autostart: false },
      call: { command: ['${peer}', 'call', '7994', '20', '300000'], autostart: false },
      flood: { command: ['${peer}', 'call', '7995', '1', '4000000'], autostart: false },
    },
  },
});
`;

let net: Net;
let startRuntime: (options: { runDirectory: string; only?: string[] }) => Promise<AnyRuntime>;
let runtime: AnyRuntime;

beforeAll(async () => {
  const gcc = spawnSync('gcc', ['-O2', '-pthread', path.join(import.meta.dirname, 'net-peer.c'), '-o', peer]);
  expect(String(gcc.stderr)).toBe('');
  writeFiles(shop, { 'joined.ts': config });
  const built = bypassgen(shop, ['build', 'joined.ts', '--json', '-j', '2']);
  expect(built.status, built.stderr).toBe(0);
  const library = path.join(shop, 'out/joined/npm');
  net = (await import(path.join(library, 'net.js'))) as Net;
  startRuntime = ((await import(path.join(library, 'index.js'))) as { start: typeof startRuntime }).start;
  runtime = await startRuntime(where);
  for (const program of ['redis', 'echo', 'forked']) await listening(program);
}, 300_000);

afterAll(async () => {
  await runtime?.stop();
});

const connect = (program: string, more: object = {}): Socket => net.connect({ program, ...where, ...more });

const connected = async (program: string): Promise<Socket> => {
  const socket = connect(program);
  await once(socket, 'connect');
  return socket;
};

/** Until a program that has just been started listens. */
const listening = (program: string): Promise<void> =>
  vi.waitFor(async () => (await connected(program)).destroy(), { timeout: 10_000, interval: 20 }).then(() => undefined);

const failureOf = async (socket: Socket): Promise<unknown> => {
  const [error] = await once(socket, 'error');
  return error;
};

/** Everything until the end. */
async function drain(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part);
  return Buffer.concat(parts);
}

const digest = (data: Buffer): string => crypto.createHash('sha256').update(data).digest('hex');

/** The same bytes on each run. */
function noise(length: number): Buffer {
  const cipher = crypto.createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2));
  return cipher.update(Buffer.alloc(length));
}

async function redisClients(client: RespClient): Promise<number> {
  const info = String(await client.ask('INFO', 'clients'));
  return Number(/connected_clients:(\d+)/.exec(info)?.[1]);
}

async function withRedis<T>(use: (client: RespClient) => Promise<T>): Promise<T> {
  const socket = await connected('redis');
  try {
    return await use(new RespClient(socket));
  } finally {
    socket.destroy();
  }
}

describe('connect()', () => {
  it('says who is connected to whom', async () => {
    const socket = await connected('redis');
    expect(socket).toMatchObject({
      remoteAddress: '127.0.0.1',
      remotePort: 7991,
      remoteFamily: 'IPv4',
      pending: false,
    });
    expect(socket.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port: socket.localPort });
    const seen = String(await new RespClient(socket).ask('CLIENT', 'INFO'));
    expect(seen).toContain(`addr=127.0.0.1:${socket.localPort} laddr=127.0.0.1:7991`);
    expect(socket.setNoDelay(true).setKeepAlive(true, 10)).toBe(socket);
    socket.destroy();
    await once(socket, 'close');
    expect(socket.readyState).toBe('closed');
  });

  it('sets and gets', () =>
    withRedis(async (client) => {
      expect(await client.ask('SET', 'key', 'value')).toBe('OK');
      expect(String(await client.ask('GET', 'key'))).toBe('value');
    }));

  it('takes 1,000 requests at once', () =>
    withRedis(async (client) => {
      const answers = Array.from({ length: 1000 }, (_, i) => client.ask('ECHO', `number ${i}`));
      expect((await Promise.all(answers)).map(String)).toEqual(answers.map((_, i) => `number ${i}`));
    }));

  it(
    'carries 64 MB both ways',
    () =>
      withRedis(async (client) => {
        const data = noise(64 << 20);
        expect(await client.ask('SET', 'big', data)).toBe('OK');
        expect(digest((await client.ask('GET', 'big')) as Buffer)).toBe(digest(data));
        await client.ask('DEL', 'big');
      }),
    60_000,
  );

  it(
    'holds 1,000 connections at once',
    () =>
      withRedis(async (client) => {
        const sockets = await Promise.all(Array.from({ length: 1000 }, () => connected('redis')));
        expect(await redisClients(client)).toBe(1001);
        const clients = sockets.map((socket) => new RespClient(socket));
        const answers = await Promise.all(clients.map((one, i) => one.ask('ECHO', String(i))));
        expect(answers.map(String)).toEqual(clients.map((_, i) => String(i)));
        for (const socket of sockets) socket.destroy();
        await expect.poll(() => redisClients(client)).toBe(1);
      }),
    30_000,
  );

  it('says EAGAIN when there is no place for one more', async () => {
    const sockets = Array.from({ length: 1025 }, () => connect('redis'));
    const results = await Promise.allSettled(sockets.map((socket) => once(socket, 'connect')));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(failures).not.toEqual([]);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'EAGAIN', syscall: 'connect' });
    for (const socket of sockets) socket.destroy();
    await listening('redis');
  }, 30_000);

  it('is refused where nobody listens', async () => {
    expect(await failureOf(net.connect({ port: 7999, ...where }))).toMatchObject({
      code: 'ECONNREFUSED',
      errno: -111,
      syscall: 'connect',
      address: '127.0.0.1',
      port: 7999,
      message: 'connect ECONNREFUSED 127.0.0.1:7999',
    });
  });

  it('is refused where no runtime runs, and says why', async () => {
    const error = await failureOf(net.connect({ program: 'redis', runDirectory: path.join(shop, 'nowhere') }));
    expect(error).toMatchObject({ code: 'ECONNREFUSED', cause: { code: 'not-running' } });
  });

  it.each(['echo', 'forked'])('ends one side and reads the other to its end: %s', async (program) => {
    const data = noise(1 << 20);
    const socket = connect(program, { allowHalfOpen: true });
    socket.end(data);
    expect(digest(await drain(socket))).toBe(digest(data));
    expect(socket).toMatchObject({ bytesRead: data.length, bytesWritten: data.length });
  });

  it('is a stream like others', async () => {
    const data = noise(1 << 20);
    const socket = connect('echo');
    const back = drain(socket);
    await pipeline(Readable.from([data]), socket, { end: true });
    expect(digest(await back)).toBe(digest(data));
  });

  it('waits when the other side does not read, without memory of its own', async () => {
    const socket = await connected('echo');
    const data = noise(4 << 20);
    let taken = false;
    socket.write(data, () => {
      taken = true;
    });
    await expect.poll(() => socket.bytesWritten).toBeGreaterThanOrEqual(128 << 10);
    // Two rings, the program's buffer, and what the stream has read ahead: far from all of it.
    expect(socket.bytesWritten).toBeLessThan(1 << 20);
    expect(taken).toBe(false);
    const back = drain(socket);
    socket.end();
    expect(digest(await back)).toBe(digest(data));
    expect(taken).toBe(true);
  });

  it('emits timeout when nothing happens', async () => {
    const socket = await connected('echo');
    await once(socket.setTimeout(1), 'timeout');
    socket.destroy();
  });

  it('can be given up before it is made', async () => {
    const socket = connect('redis');
    socket.destroy();
    await once(socket, 'close');
  });
});

describe('createServer()', () => {
  const echoServer = async (port: number, options: object = {}): Promise<Server> => {
    const server = net.createServer({ ...where, allowHalfOpen: true, ...options }, (socket) => {
      pipeline(socket, socket).catch(() => socket.destroy());
    });
    server.listen(port);
    await once(server, 'listening');
    return server;
  };

  it('is found by programs', async () => {
    const server = await echoServer(7994);
    expect(server.address()).toMatchObject({ port: 7994 });
    await runtime.apps['call']?.start();
    await expect.poll(() => runtime.apps['call']?.status(), { timeout: 20_000 }).toMatchObject({ state: 'stopped' });
    expect(await runtime.apps['call']?.status()).toMatchObject({ exitStatus: 0 });
    server.close();
    await once(server, 'close');
  }, 30_000);

  it('lets programs wait for a reader', async () => {
    const server = net.createServer({ ...where, pauseOnConnect: true, allowHalfOpen: true });
    server.listen(7995);
    await once(server, 'listening');
    const connection = once(server, 'connection');
    await runtime.apps['flood']?.start();
    const [socket] = (await connection) as [Socket];
    const back = pipeline(socket, socket);
    socket.resume();
    await back;
    await expect.poll(() => runtime.apps['flood']?.status(), { timeout: 20_000 }).toMatchObject({ exitStatus: 0 });
    server.close();
  }, 30_000);

  it('shares ports with nobody', async () => {
    const first = await echoServer(0);
    for (const port of [7991, first.address()?.port]) {
      const server = net.createServer(where);
      server.listen(port);
      expect((await once(server, 'error'))[0]).toMatchObject({ code: 'EADDRINUSE', syscall: 'listen' });
    }
    first.close();
    await once(first, 'close');
  });

  it('refuses programs when it is closed', async () => {
    const server = await echoServer(7994);
    server.close();
    await once(server, 'close');
    await runtime.apps['call']?.start();
    await expect.poll(() => runtime.apps['call']?.status(), { timeout: 20_000 }).toMatchObject({ exitStatus: 1 });
  });
});

describe('death', () => {
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  /** A Node program with connections to Redis and a server, that says when it has them. */
  async function another(connections: number): Promise<ChildProcess> {
    const script = `
      const { connect, createServer } = await import(${JSON.stringify(path.join(shop, 'out/joined/npm/net.js'))});
      const where = { runDirectory: ${JSON.stringify(runDirectory)} };
      let missing = ${connections};
      const server = createServer(where).listen(7996, () => {
        for (let i = 0; i < ${connections}; i++)
          connect({ program: 'redis', ...where }, function () { this.write('GET x' ); if (--missing === 0) console.log('ready'); });
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout as Readable, 'data');
    return child;
  }

  it(
    'of this side frees everything in the runtime, again and again',
    () =>
      withRedis(async (client) => {
        for (let round = 0; round < 10; round++) {
          const child = await another(20);
          expect(await redisClients(client)).toBe(21);
          child.kill('SIGKILL');
          await expect.poll(() => redisClients(client), { timeout: 1000, interval: 20 }).toBe(1);
        }
      }),
    60_000,
  );

  it('of a program ends its connections', async () => {
    const socket = await connected('echo');
    const closed = once(socket, 'close');
    socket.on('error', () => undefined);
    socket.resume();
    await runtime.apps['echo']?.signal('SIGKILL');
    await closed;
  });

  it('of the runtime ends connections and servers', async () => {
    const other = path.join(shop, 'other');
    const doomed = await startRuntime({ runDirectory: other, only: ['other'] }).catch((error) => error);
    expect(doomed).not.toBeInstanceOf(Error);
    const server = net.createServer({ runDirectory: other });
    server.listen(0);
    await once(server, 'listening');
    const serverFails = once(server, 'error');
    const socket = await vi.waitFor(
      async () => {
        const one = net.connect({ program: 'other', runDirectory: other });
        await once(one, 'connect');
        return one;
      },
      { timeout: 10_000, interval: 20 },
    );
    const fails = once(socket, 'error');
    process.kill(doomed.pid, 'SIGKILL');
    expect((await fails)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect((await serverFails)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await failureOf(net.connect({ program: 'other', runDirectory: other }))).toMatchObject({
      code: 'ECONNREFUSED',
    });
  }, 20_000);
});

describe('a Node program', () => {
  const run = (script: string, more: readonly string[] = []) => {
    const imports = `const { connect } = await import(${JSON.stringify(path.join(shop, 'out/joined/npm/net.js'))});
      const where = { program: 'redis', runDirectory: ${JSON.stringify(runDirectory)} };`;
    const args = [...more, '--input-type=module', '-e', `${imports}${script}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
    return { status, stdout, stderr };
  };

  it('ends by itself when its connections have', () => {
    const script = "connect(where).on('data', (data) => process.stdout.write(data)).end('PING\\r\\n');";
    expect(run(script)).toEqual({ status: 0, stdout: '+PONG\r\n', stderr: '' });
  });

  it('may exit in the middle of everything', () => {
    const script = "const one = connect(where, () => { one.write('PING\\r\\n'); process.exit(7); });";
    expect(run(script)).toEqual({ status: 7, stdout: '', stderr: '' });
  });

  it('does not wait for connections that are unreferenced', () => {
    expect(run('connect(where, function () { this.unref(); });')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('sees what its handlers throw as uncaught', () => {
    const script = `process.on('uncaughtException', (error) => { console.log(error.message); process.exit(0); });
      connect(where, () => { throw new Error('thrown'); });`;
    expect(run(script)).toEqual({ status: 0, stdout: 'thrown\n', stderr: '' });
  });

  it('is refused when eight are attached already', () => {
    const lib = path.join(shop, 'out/joined/npm');
    const script = `
      const { Attachment } = await import(${JSON.stringify(path.join(lib, 'lib/attachment.js'))});
      const open = () => Attachment.open(${JSON.stringify(path.join(lib, 'prebuilds/linux-x64/joined.node'))},
        where.runDirectory + '/control.sock', () => undefined);
      let count = 1; // the tests' own
      while (await open().then(() => true, (error) => console.log(error.message))) count++;
      console.log(count);
      connect(where).on('error', ({ code, cause }) => console.log(code, cause.code));`;
    expect(run(script)).toEqual({
      status: 0,
      stdout: expect.stringMatching(/no room for another attachment"\}\n8\nECONNREFUSED not-attached\n$/),
      stderr: '',
    });
  });

  it('uses it in a worker thread, too, which may be terminated', () => {
    const worker = path.join(shop, 'worker.mjs');
    writeFiles(shop, {
      'worker.mjs': `
        import { parentPort, workerData } from 'node:worker_threads';
        const { connect } = await import(${JSON.stringify(path.join(shop, 'out/joined/npm/net.js'))});
        connect(workerData, () => parentPort.postMessage('connected'));`,
    });
    const script = `const { Worker } = await import('node:worker_threads');
      const worker = new Worker(${JSON.stringify(worker)}, { workerData: where, execArgv: [] });
      worker.once('message', async (text) => { console.log(text); await worker.terminate(); });`;
    expect(run(script)).toEqual({ status: 0, stdout: 'connected\n', stderr: '' });
  });
});

describe('types', () => {
  it('know the ports and the programs of the config', () => {
    const scripts = {
      'right.ts': `
        import { pipeline } from 'node:stream/promises';
        import { type Port, connect, createConnection, createServer } from 'joined/net';
        const port: Port = 7991;
        export const socket = connect(port, () => undefined);
        socket.setNoDelay().end('x');
        connect({ program: 'echo', allowHalfOpen: true });
        createConnection({ port: 7993 });
        createServer((one) => pipeline(one, one)).listen({ port: 0 });`,
      'wrong.ts': `
        import { connect } from 'joined/net';
        // @ts-expect-error nobody listens there
        connect(7990);
        // @ts-expect-error nobody listens there
        connect({ port: 7990 });
        // @ts-expect-error no such program
        connect({ program: 'memcached' });
        // @ts-expect-error it listens nowhere
        connect({ program: 'call' });
        // @ts-expect-error one of the two
        connect({ program: 'redis', port: 7991 });`,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          target: 'es2023',
          module: 'nodenext',
          strict: true,
          noEmit: true,
          types: ['node'],
          typeRoots: [path.join(repository, 'node_modules/@types')],
          paths: { 'joined/net': [path.join(shop, 'out/joined/npm/net.d.ts')] },
        },
        files: ['right.ts', 'wrong.ts'],
      }),
      'package.json': '{ "type": "module" }',
    };
    const folder = path.join(shop, 'typed');
    fs.mkdirSync(folder);
    writeFiles(folder, scripts);
    const tsc = path.join(repository, 'node_modules/typescript/bin/tsc');
    expect(spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })).toMatchObject({
      stdout: '',
      status: 0,
    });
  });
});
