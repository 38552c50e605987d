import assert from 'node:assert/strict';
import { get } from '../http.ts';
import type { Program } from '../program.ts';

const SIZE = 3_000_000;

export const lighttpd: Program = {
  title: 'lighttpd',
  packages: ['lighttpd', 'curl'],
  needs: ['lighttpd', 'curl'],
  covers: 'static files, ranges, a CGI script, parallel clients',
  async scenario(place) {
    const port = await place.port();
    place.write('www/small', 'small\n');
    place.write('www/big', 'abcdef'.repeat(SIZE / 6));
    place.write(
      'www/hello.cgi',
      '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\necho "query $QUERY_STRING"\n',
      0o755,
    );
    const file = place.write(
      'lighttpd.conf',
      `server.modules = ("mod_cgi")
server.document-root = "${place.folder}/www"
server.port = ${port}
server.bind = "127.0.0.1"
cgi.assign = (".cgi" => "")
`,
    );
    const base = `http://127.0.0.1:${port}`;
    return {
      servers: { lighttpd: { command: ['lighttpd', '-D', '-f', file], port } },
      tasks: {
        range: ['curl', '-sS', '--fail', '-r', '6000-6011', `${base}/big`],
        cgi: ['curl', '-sS', '--fail', `${base}/hello.cgi?a=[1-5]`],
        job: ['curl', '-sS', '--fail', '-o', '/dev/null', `${base}/small?[1-3000]`],
      },
      job: 'job',
      async check(stage) {
        const bodies = await Promise.all(Array.from({ length: 8 }, () => get(`${base}/big`)));
        for (const body of bodies) assert.equal(body.length, SIZE);
        assert.equal(await stage.succeed('range'), 'abcdefabcdef');
        const lines = (await stage.succeed('cgi')).trim().split('\n');
        assert.deepEqual(
          lines,
          [1, 2, 3, 4, 5].map((i) => `query a=${i}`),
        );
      },
    };
  },
};
