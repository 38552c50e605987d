import assert from 'node:assert/strict';
import { get } from '../http.ts';
import type { Program } from '../program.ts';

export const haproxy: Program = {
  title: 'HAProxy',
  packages: ['haproxy', 'lighttpd', 'curl'],
  needs: ['haproxy', 'lighttpd', 'curl'],
  covers: 'two fused lighttpd behind it in turns, health checks, two threads',
  async scenario(place) {
    const [port, first, second] = [await place.port(), await place.port(), await place.port()];
    const backend = (name: string, at: number) => {
      place.write(`${name}/name`, `${name}\n`);
      const config = `server.document-root = "${place.folder}/${name}"\nserver.port = ${at}\nserver.bind = "127.0.0.1"\n`;
      return { command: ['lighttpd', '-D', '-f', place.write(`${name}.conf`, config)], port: at };
    };
    const file = place.write(
      'haproxy.cfg',
      `global
  maxconn 500
  nbthread 2
defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
  balance roundrobin
  server first 127.0.0.1:${first} check inter 100ms
  server second 127.0.0.1:${second} check inter 100ms
`,
    );
    const url = `http://127.0.0.1:${port}/name`;
    return {
      servers: {
        first: backend('first', first),
        second: backend('second', second),
        haproxy: { command: ['haproxy', '-db', '-f', file], port },
      },
      tasks: {
        fused: ['curl', '-sS', '--fail', url, url, url, url],
        job: ['curl', '-sS', '--fail', '-o', '/dev/null', `${url}?[1-2000]`],
      },
      job: 'job',
      async check(stage) {
        const bodies = await Promise.all(Array.from({ length: 20 }, async () => (await get(url)).toString()));
        assert.equal(bodies.filter((body) => body === 'first\n').length, 10);
        assert.equal(bodies.filter((body) => body === 'second\n').length, 10);
        assert.deepEqual((await stage.succeed('fused')).trim().split('\n').sort(), [
          'first',
          'first',
          'second',
          'second',
        ]);
      },
    };
  },
};
