import assert from 'node:assert/strict';
import { get } from '../http.ts';
import type { Program } from '../program.ts';

const asynchronous = `
import asyncio
async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper()); await writer.drain()
    writer.close()
async def client(port, n):
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    for i in range(20):
        writer.write(b'line %d %d\\n' % (n, i))
        assert await reader.readline() == b'LINE %d %d\\n' % (n, i)
    writer.close()
async def main():
    server = await asyncio.start_server(serve, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.gather(*(client(port, n) for n in range(50)))
    child = await asyncio.create_subprocess_exec('sort', '-n', stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate(b'3\\n1\\n2\\n')
    print(out.decode().split(), child.returncode)
asyncio.run(main())
`;

const processes = `
import multiprocessing, os, subprocess
def square(n): return n * n
def child(connection, queue):
    connection.send(connection.recv() + 1); queue.put(os.getpid())
if __name__ == '__main__':
    print(subprocess.run(['tr', 'a-z', 'A-Z'], input='hello', text=True, capture_output=True).stdout)
    print(subprocess.run(['sh', '-c', 'exit 9']).returncode, subprocess.Popen(['cat'], stdin=-1).kill())
    try: subprocess.run(['sleep', '30'], timeout=0.1)
    except subprocess.TimeoutExpired: print('timeout')
    ours, theirs = multiprocessing.Pipe()
    queue = multiprocessing.SimpleQueue()
    p = multiprocessing.Process(target=child, args=(theirs, queue)); p.start()
    ours.send(41); print(ours.recv(), queue.get() == p.pid); p.join(); print(p.exitcode)
    with multiprocessing.Pool(3) as pool: print(sum(pool.map(square, range(100))))
`;

const expected = ['HELLO', '9 None', 'timeout', '42 True', '0', '328350', ''].join('\n');

const compute = `
import hashlib, subprocess, threading
def work(n):
    for i in range(200): subprocess.check_output(['/bin/echo', str(i)]) if i % 20 == 0 else hashlib.sha256(b'x' * 100000).digest()
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for t in threads: t.start()
for t in threads: t.join()
`;

export const python: Program = {
  title: 'Python 3',
  packages: ['python3'],
  needs: ['/usr/bin/python3'],
  covers: 'asyncio with 50 connections, subprocess, multiprocessing with pipes, queues and a pool',
  scenario(place) {
    const script = (name: string, text: string) => ['/usr/bin/python3', place.write(`${name}.py`, text)];
    return {
      tasks: {
        asynchronous: script('asynchronous', asynchronous),
        processes: script('processes', processes),
        job: script('compute', compute),
      },
      job: 'job',
      async check(stage) {
        assert.equal(await stage.succeed('asynchronous'), "['1', '2', '3'] 0\n");
        assert.equal(await stage.succeed('processes'), expected);
      },
    };
  },
};

export const gunicorn: Program = {
  title: 'gunicorn',
  packages: ['python3-gunicorn', 'curl'],
  needs: ['/usr/bin/python3', '/usr/lib/python3/dist-packages/gunicorn', 'curl'],
  covers: 'two workers, a worker killed and replaced, reload by SIGHUP',
  async scenario(place) {
    const port = await place.port();
    place.write(
      'app.py',
      `import os, time
def app(environ, start):
    if environ['QUERY_STRING'] == 'slow':
        time.sleep(0.2)
    start('200 OK', [])
    return [str(os.getpid()).encode()]
`,
    );
    const url = `http://127.0.0.1:${port}/`;
    const command = ['/usr/bin/python3', '-m', 'gunicorn', '-w', '2', '-b', `127.0.0.1:${port}`, 'app:app'];
    return {
      servers: { gunicorn: { command: [...command, '--chdir', place.folder], port } },
      tasks: {
        fused: ['curl', '-sS', '--fail', url],
        job: ['curl', '-sS', '--fail', '-o', '/dev/null', `${url}?[1-500]`],
      },
      job: 'job',
      async check(stage) {
        const worker = async (query = '') => Number((await get(`${url}${query}`)).toString());
        // Whoever is quicker may take every connection, on Linux too: only a slow answer shows both.
        const workers = async () => new Set(await Promise.all([worker('?slow'), worker('?slow')]).catch(() => []));
        const first = await worker();
        assert.ok(first > 0 && first !== (await stage.pid('gunicorn')));
        assert.ok(Number(await stage.succeed('fused')) > 0);
        process.kill(first, 'SIGKILL');
        let others = new Set<number>();
        await stage.until('a worker in place of the killed one', async () => {
          others = await workers();
          return others.size === 2 && !others.has(first);
        });
        await stage.signal('gunicorn', 'SIGHUP');
        await stage.until('new workers after the reload', async () => {
          const now = await workers();
          return now.size === 2 && [...now].every((pid) => !others.has(pid));
        });
      },
    };
  },
};
