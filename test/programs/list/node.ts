import assert from 'node:assert/strict';
import type { Program } from '../program.ts';

const server = `
const cluster = require('node:cluster'), http = require('node:http');
if (cluster.isPrimary) {
  cluster.fork(); cluster.fork();
  cluster.on('exit', () => cluster.fork());
} else {
  http.createServer((request, response) => {
    if (request.url === '/die') process.exit(1);
    response.end(String(process.pid));
  }).listen(Number(process.argv[2]), '127.0.0.1');
}
`;

const children = `
const { execFileSync, fork, spawn, spawnSync } = require('node:child_process');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
if (process.argv[2] === 'child') process.on('message', (n) => process.send(n + 1, () => process.disconnect()));
else if (!isMainThread) parentPort.postMessage('from a thread');
else (async () => {
  console.log(execFileSync('tr', ['a-z', 'A-Z'], { input: 'hello' }).toString());
  console.log(spawnSync('sh', ['-c', 'exit 3']).status, spawnSync('nosuchprogram').error.code);
  const child = fork(__filename, ['child']);
  child.send(41);
  child.on('message', (n) => console.log(n));
  await new Promise((done) => child.on('exit', done));
  const sleeper = spawn('sleep', ['30']); sleeper.kill();
  console.log(await new Promise((done) => sleeper.on('exit', (_, signal) => done(signal))));
  console.log(await new Promise((done) => new Worker(__filename).on('message', done)));
})();
`;

export const node: Program = {
  title: 'Node.js',
  packages: ['nodejs', 'curl'],
  needs: ['node', 'curl'],
  covers: 'http in a cluster of two workers, one replaced, child_process, fork with messages, worker threads',
  async scenario(place) {
    const port = await place.port();
    const url = `http://127.0.0.1:${port}/`;
    return {
      servers: { server: { command: ['node', place.write('server.js', server), `${port}`] } },
      tasks: {
        // Debian's node has fixed addresses, which the server occupies: this one needs a process of its own.
        children: ['sh', '-c', `node ${place.write('children.js', children)}; exit $?`],
        ask: ['curl', '-sS', '--fail', url],
        die: ['curl', '-sS', `${url}die`],
        job: ['curl', '-sS', '--fail', '-o', '/dev/null', `${url}?[1-3000]`],
      },
      job: 'job',
      async check(stage) {
        // Only fused clients: a connection from outside cannot be passed on to a worker yet (SCM_RIGHTS).
        await stage.until('the server listens', async () => (await stage.run('ask')).status === 0);
        const worker = async () => Number(await stage.succeed('ask'));
        const seen = new Set<number>();
        await stage.until('both workers answer', async () => seen.add(await worker()).size === 2);
        await stage.run('die');
        await stage.until('a new worker answers', async () => seen.add(await worker()).size === 3);
        const lines = ['HELLO', '3 ENOENT', '42', 'SIGTERM', 'from a thread', ''];
        assert.equal(await stage.succeed('children'), lines.join('\n'));
      },
    };
  },
};
