import assert from 'node:assert/strict';
import http from 'node:http';
import type { Program } from '../program.ts';

const KEYS = 50;

const encode = (text: string): string => Buffer.from(text).toString('base64');

/** A call of its JSON gateway. */
const call = (port: number, name: string, body: object): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', method: 'POST', path: `/v3/kv/${name}`, timeout: 20_000 });
    request.on('timeout', () => request.destroy(new Error(`${name}: no answer`)));
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text) as Record<string, unknown>));
    });
    request.end(JSON.stringify(body));
  });

export const etcd: Program = {
  title: 'etcd (Go)',
  packages: ['etcd-server', 'curl'],
  needs: ['etcd', 'curl'],
  covers: 'writes and reads through the JSON gateway, fifty at a time',
  async scenario(place) {
    const [port, peer] = [await place.port(), await place.port()];
    const [client, cluster] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peer}`];
    const urls = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', cluster];
    const command = [
      'etcd',
      '--data-dir',
      `${place.folder}/data`,
      '--unsafe-no-fsync',
      '--log-level',
      'error',
      ...urls,
    ];
    const peers = ['--initial-advertise-peer-urls', cluster, '--initial-cluster', `default=${cluster}`];
    const put = JSON.stringify({ key: encode('fused'), value: encode('value') });
    const post = ['curl', '-sS', '--fail', '-o', '/dev/null', '-d', put];
    return {
      servers: { etcd: { command: [...command, ...peers], port } },
      tasks: {
        fused: [...post, `${client}/v3/kv/put`],
        job: [...post, `${client}/v3/kv/put?[1-1000]`],
      },
      job: 'job',
      async check(stage) {
        const keys = Array.from({ length: KEYS }, (_, i) => encode(`key${i}`));
        await stage.until('a leader', async () => 'header' in (await call(port, 'put', { key: keys[0], value: '' })));
        await Promise.all(keys.map((key) => call(port, 'put', { key, value: key })));
        const values = await Promise.all(keys.map((key) => call(port, 'range', { key })));
        for (const [i, { kvs }] of values.entries()) assert.equal((kvs as { value: string }[])[0]?.value, keys[i]);
        await stage.succeed('fused');
        assert.equal((await call(port, 'range', { key: encode('fused') }))['count'], '1');
      },
    };
  },
};
