/** Unmodified servers over TAP, with clients on Linux that check what they get. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../programs/http.ts';
import { Bed, buildConfig, linux, ours, unable } from './bed.ts';
import { download, Folder, fetch, lacks, run } from './programs.ts';

const LIMIT_MS = 120_000;

const nginxConfig = (folder: string, greeting: string) => `
user www-data;
worker_processes 2;
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 8080;
    listen [::]:8080;
    listen 8443 ssl;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    root ${folder};
    location /greeting { return 200 "${greeting}"; }
  }
}
`;

const haproxyConfig = `
global
  nbthread 2
defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend front
  bind :::8080 v4v6
  default_backend back
backend back
  balance roundrobin
  server first ${linux.v4}:8001
  server second [${linux.v6}]:8002
`;

const postgresBin = '/usr/lib/postgresql/15/bin';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const memcachedClient = `
import socket, sys, threading
def work(name):
    s = socket.create_connection((sys.argv[1], 11211)); f = s.makefile('rb')
    value = b'x' * 5000
    for i in range(100):
        key = b'%d-%d' % (name, i)
        s.sendall(b'set %s 0 0 5000\\r\\n%s\\r\\n' % (key, value)); assert f.readline() == b'STORED\\r\\n'
        s.sendall(b'get %s\\r\\n' % key); f.readline(); assert f.readline() == value + b'\\r\\n'; assert f.readline() == b'END\\r\\n'
    done.append(name)
done = []
threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
for t in threads: t.start()
for t in threads: t.join()
print(len(done))
`;

const asyncioServer = `
import asyncio
async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper()); await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(serve, ['0.0.0.0', '::'], 8080)
    print('ready', flush=True)
    await server.serve_forever()
asyncio.run(main())
`;

const asyncioClient = `
import asyncio, sys
async def client(n):
    reader, writer = await asyncio.open_connection(sys.argv[1], 8080)
    for i in range(20):
        writer.write(b'line %d %d\\n' % (n, i))
        assert await reader.readline() == b'LINE %d %d\\n' % (n, i)
    writer.close()
    return 1
async def main(): print(sum(await asyncio.gather(*(client(n) for n in range(50)))))
asyncio.run(main())
`;

const nodeServer = `
require('node:http').createServer((request, response) => {
  let length = 0;
  request.on('data', (chunk) => { length += chunk.length; });
  request.on('end', () => response.end(request.method + ' ' + length + '\\n'));
}).listen(8080);
`;

const javaServer = `
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
public class Main {
    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            byte[] body = (exchange.getRequestBody().readAllBytes().length + "\\n").getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
    }
}
`;

/** Says that every name is this address. */
const nameServer = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 53))
print('ready', flush=True)
while True:
    q, who = s.recvfrom(2000)
    end = q.index(0, 12) + 5
    a = q[end - 4:end - 2] == b'\\0\\1'
    answer = b'\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4' + socket.inet_aton(sys.argv[1]) if a else b''
    s.sendto(q[:2] + b'\\x85\\x80\\0\\1' + (b'\\0\\1' if a else b'\\0\\0') + b'\\0' * 4 + q[12:end] + answer, who)
`;

/** A server that answers the length of what it gets, and its clients. */
async function measures(bed: Bed, answer: (length: number) => string): Promise<void> {
  const file = new Folder().write('body', randomBytes(1 << 20));
  for (const host of [ours.v4, `[${ours.v6}]`]) {
    expect(await fetch(bed, `http://${host}:8080/`, '--data-binary', `@${file}`)).toBe(answer(1 << 20));
    const short = Array.from({ length: 20 }, () => fetch(bed, `http://${host}:8080/`, '-d', 'abc'));
    expect(new Set(await Promise.all(short))).toEqual(new Set([answer(3)]));
  }
}

describe.skipIf(unable)(`servers over TAP${unable ? `: ${unable}` : ''}`, () => {
  let binary: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
  }, 180_000);

  const serves = (name: string, programs: readonly string[], body: () => Promise<void>) => {
    const reason = lacks(unable, ...programs);
    it.skipIf(reason)(`${name}${reason ? `: ${reason}` : ''}`, body, LIMIT_MS);
  };

  serves('nginx: two workers, TLS, reload', ['nginx', 'curl', 'openssl'], async () => {
    const folder = new Folder();
    const big = randomBytes(2 << 20);
    folder.write('small', 'small file\n');
    folder.write('big', big);
    selfSigned(folder.path);
    const config = folder.write('nginx.conf', nginxConfig(folder.path, 'first'));
    await using bed = new Bed(binary);
    await bed.fused(['nginx', '-p', folder.path, '-e', `${folder.path}/error.log`, '-c', config]);
    for (const base of [`http://${ours.v4}:8080`, `http://[${ours.v6}]:8080`, `https://${ours.v4}:8443`]) {
      expect(await fetch(bed, `${base}/small`)).toBe('small file\n');
      const bodies = await Promise.all([1, 2, 3, 4].map(() => download(bed, `${base}/big`)));
      expect(bodies.map((body) => body.equals(big))).toEqual([true, true, true, true]);
    }
    folder.write('nginx.conf', nginxConfig(folder.path, 'second'));
    process.kill(Number(fs.readFileSync(`${folder.path}/nginx.pid`, 'utf8')), 'SIGHUP');
    while ((await fetch(bed, `http://${ours.v4}:8080/greeting`)) !== 'second');
    expect(await download(bed, `http://${ours.v4}:8080/big`)).toEqual(big);
  });

  serves('curl inside, of nginx on Linux: HTTP, HTTPS, names', ['nginx', 'curl', 'openssl', 'python3'], async () => {
    const folder = new Folder();
    const big = randomBytes(2 << 20);
    folder.write('big', big);
    selfSigned(folder.path, 'server.test');
    const config = folder.write('nginx.conf', nginxConfig(folder.path, 'hello'));
    const names = folder.write('resolv.conf', `nameserver ${linux.v4}\n`);
    const withNames = ['sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', names];
    const script = `
      for i in 1 2 3 4 5 6 7 8 9; do curl -s -o /dev/null http://${linux.v4}:8080/greeting && break; sleep 0.3; done
      curl -sS --fail http://${linux.v4}:8080/greeting && echo
      curl -gsS --fail 'http://[${linux.v6}]:8080/greeting' && echo
      curl -sS --fail --cacert ${folder.path}/cert.pem https://server.test:8443/greeting && echo
      curl -sS --fail --cacert ${folder.path}/cert.pem https://server.test:8443/big | sha256sum
      curl -sS https://server.test:8443/greeting || echo not trusted`;
    await using bed = new Bed(binary);
    bed.native('nginx', '-p', folder.path, '-e', `${folder.path}/error.log`, '-c', config);
    await bed.native('python3', '-c', nameServer, linux.v4).says('ready');
    const client = await bed.fused(['/bin/sh', '-c', script], [], withNames);
    expect(await client.ended, client.said).toBe(0);
    const sum = createHash('sha256').update(big).digest('hex');
    expect(client.said).toMatch(new RegExp(`^(hello\\n){3}${sum}  -\\n.*not trusted\\n$`, 's'));
  });

  serves('HAProxy before Linux servers', ['haproxy', 'curl', '/usr/bin/python3'], async () => {
    const folder = new Folder();
    const config = folder.write('haproxy.cfg', haproxyConfig);
    for (const name of ['first', 'second']) folder.write(`${name}/name`, `${name}\n`);
    const backend = (name: string, port: number) =>
      `/usr/bin/python3 -m http.server -b :: -d ${folder.path}/${name} ${port}`.split(' ');
    await using bed = new Bed(binary);
    bed.native(...backend('first', 8001));
    bed.native(...backend('second', 8002));
    await bed.fused(['haproxy', '-db', '-f', config]);
    for (const url of [`http://${ours.v4}:8080/name`, `http://[${ours.v6}]:8080/name`]) {
      const answers: string[] = [];
      for (let i = 0; i < 6; i++) answers.push(await fetch(bed, url));
      expect(answers.sort()).toEqual([...Array(3).fill('first\n'), ...Array(3).fill('second\n')]);
    }
  });

  serves('memcached with four threads', ['memcached', '/usr/bin/python3'], async () => {
    const client = new Folder().write('client.py', memcachedClient);
    await using bed = new Bed(binary);
    const server = await bed.fused('memcached -vv -t 4 -u root -l 0.0.0.0,:: -p 11211'.split(' '));
    await server.says('server listening');
    for (const host of Object.values(ours)) expect(await run(bed, '/usr/bin/python3', client, host)).toBe('16\n');
  });

  serves('Python asyncio', ['/usr/bin/python3'], async () => {
    const folder = new Folder();
    const client = folder.write('client.py', asyncioClient);
    await using bed = new Bed(binary);
    const server = await bed.fused(['/usr/bin/python3', folder.write('server.py', asyncioServer)]);
    await server.says('ready');
    for (const host of Object.values(ours)) expect(await run(bed, '/usr/bin/python3', client, host)).toBe('50\n');
  });

  serves('Node http', ['node', 'curl'], async () => {
    await using bed = new Bed(binary);
    await bed.fused(['node', new Folder().write('server.js', nodeServer)]);
    await measures(bed, (length) => `POST ${length}\n`);
  });

  serves('Java http', ['java', 'curl'], async () => {
    await using bed = new Bed(binary);
    await bed.fused(['java', '-Xmx128m', new Folder().write('Main.java', javaServer)]);
    await measures(bed, (length) => `${length}\n`);
  });

  serves('etcd (Go)', ['etcd', 'curl'], async () => {
    const client = 'http://0.0.0.0:2379';
    const own = `http://${ours.v4}:2379`;
    const folder = new Folder();
    await using bed = new Bed(binary);
    await bed.fused([
      ...['etcd', '--data-dir', `${folder.path}/data`, '--unsafe-no-fsync', '--log-level', 'error'],
      ...['--listen-client-urls', client, '--advertise-client-urls', own],
    ]);
    const encode = (text: string) => Buffer.from(text).toString('base64');
    const value = encode('v'.repeat(100_000));
    const put = folder.write('put', JSON.stringify({ key: encode('key'), value }));
    expect(await fetch(bed, `${own}/v3/kv/put`, '-d', `@${put}`)).toContain('revision');
    const got = await fetch(bed, `${own}/v3/kv/range`, '-d', JSON.stringify({ key: encode('key') }));
    expect(JSON.parse(got).kvs[0].value).toBe(value);
  });

  serves('PostgreSQL', [`${postgresBin}/postgres`, 'psql', 'setpriv'], async () => {
    const folder = new Folder();
    fs.chmodSync(folder.path, 0o777);
    const as = 'setpriv --reuid=postgres --regid=postgres --init-groups';
    const create = `${as} ${postgresBin}/initdb -D ${folder.path}/data -A trust -N --no-locale -E UTF8`;
    folder.write('hba.conf', 'host all all all trust\n');
    const settings = `-c listen_addresses=* -c unix_socket_directories= -c hba_file=${folder.path}/hba.conf`;
    await using bed = new Bed(binary);
    const server = await bed.fused([
      ...['sh', '-c', `${create} && ${as} ${postgresBin}/postgres -D ${folder.path}/data ${settings}; exit $?`],
    ]);
    await server.says('ready to accept connections');
    for (const host of Object.values(ours)) {
      const psql = (sql: string) => run(bed, 'psql', '-h', host, '-U', 'postgres', '-Atc', sql);
      await psql(
        'create unlogged table t as select i, repeat(md5(i::text), 100) as text from generate_series(1, 1000) i',
      );
      const expected = Array.from({ length: 1000 }, (_, i) => md5(`${i + 1}`).repeat(100));
      expect(await psql('select text from t order by i')).toBe(`${expected.join('\n')}\n`);
      await psql('drop table t');
    }
  });
});
