import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { get, https, selfSigned } from '../http.ts';
import type { Place, Program } from '../program.ts';

const config = (place: Place, port: number, tls: number, upstream: number, greeting: string) => `
user www-data;
worker_processes 2;
daemon off;
pid ${place.folder}/nginx.pid;
error_log ${place.folder}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  client_body_temp_path ${place.folder}/body;
  proxy_temp_path ${place.folder}/proxy;
  fastcgi_temp_path ${place.folder}/fastcgi;
  uwsgi_temp_path ${place.folder}/uwsgi;
  scgi_temp_path ${place.folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${tls} ssl;
    ssl_certificate ${place.folder}/cert.pem;
    ssl_certificate_key ${place.folder}/key.pem;
    root ${place.folder}/www;
    location /greeting { return 200 "${greeting}"; }
    location /up/ { proxy_pass http://127.0.0.1:${upstream}/; }
  }
}
`;

export const nginx: Program = {
  title: 'nginx',
  packages: ['nginx-light', 'lighttpd', 'curl', 'openssl'],
  needs: ['nginx', 'lighttpd', 'curl', 'openssl'],
  covers: 'master and two workers as www-data, sendfile, reload by SIGHUP, TLS, proxy to a fused lighttpd',
  async scenario(place) {
    const [port, tls, upstream] = [await place.port(), await place.port(), await place.port()];
    const big = randomBytes(8 << 20);
    place.write('www/small', 'small file\n');
    place.write('www/big', big.toString('latin1'));
    place.write('upstream/hello', 'from the upstream\n');
    selfSigned(place.folder);
    const file = place.write('nginx.conf', config(place, port, tls, upstream, 'first'));
    const lighttpd = place.write(
      'lighttpd.conf',
      `server.document-root = "${place.folder}/upstream"\nserver.port = ${upstream}\nserver.bind = "127.0.0.1"\n`,
    );
    const urls = `http://127.0.0.1:${port}/small?[1-2000]`;
    return {
      servers: {
        upstream: { command: ['lighttpd', '-D', '-f', lighttpd], port: upstream },
        nginx: { command: ['nginx', '-p', place.folder, '-e', `${place.folder}/error.log`, '-c', file], port },
      },
      tasks: {
        fused: ['curl', '-sS', '--fail', `http://127.0.0.1:${port}/small`, `http://127.0.0.1:${port}/up/hello`],
        fusedTls: ['curl', '-sSk', '--fail', `https://127.0.0.1:${tls}/small`],
        job: ['curl', '-sS', '--fail', '-o', '/dev/null', urls],
      },
      job: 'job',
      async check(stage) {
        const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex');
        const base = `http://127.0.0.1:${port}`;
        assert.equal((await get(`${base}/small`)).toString(), 'small file\n');
        const expected = Buffer.from(big.toString('latin1'));
        const bodies = await Promise.all([1, 2, 3, 4].map(() => get(`${base}/big`)));
        for (const body of bodies) assert.equal(digest(body), digest(expected));
        assert.equal((await get(`${base}/up/hello`)).toString(), 'from the upstream\n');
        assert.equal((await https(tls, '/small')).toString(), 'small file\n');
        assert.equal(digest(await https(tls, '/big')), digest(expected));
        assert.equal(await stage.succeed('fused'), 'small file\nfrom the upstream\n');
        assert.equal(await stage.succeed('fusedTls'), 'small file\n');
        place.write('nginx.conf', config(place, port, tls, upstream, 'second'));
        await stage.signal('nginx', 'SIGHUP');
        await stage.until('the reload', async () => (await get(`${base}/greeting`)).toString() === 'second');
        assert.equal((await get(`${base}/small`)).toString(), 'small file\n');
      },
    };
  },
};
