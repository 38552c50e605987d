import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Program } from '../program.ts';

const KEYS = 200;

/** Sends text and collects what comes until the connection is closed. */
const talk = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    socket.once('end', () => resolve(received)).once('error', reject);
  });

const client = `
import socket, sys, threading
port, rounds = int(sys.argv[1]), int(sys.argv[2])
def work(name):
    s = socket.create_connection(('127.0.0.1', port)); f = s.makefile('rb')
    value = b'x' * 500
    for i in range(rounds):
        key = b'%d-%d' % (name, i % 100)
        s.sendall(b'set %s 0 0 500\\r\\n%s\\r\\n' % (key, value)); assert f.readline() == b'STORED\\r\\n'
        s.sendall(b'get %s\\r\\n' % key); f.readline(); assert f.readline() == value + b'\\r\\n'; assert f.readline() == b'END\\r\\n'
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print('done')
`;

export const memcached: Program = {
  title: 'memcached -t 4',
  packages: ['memcached', 'python3'],
  needs: ['memcached', '/usr/bin/python3'],
  covers: 'four threads, text protocol over several connections, counters, eight client threads',
  async scenario(place) {
    const port = await place.port();
    const file = place.write('client.py', client);
    return {
      servers: {
        server: { command: ['memcached', '-t', '4', '-u', 'root', '-l', '127.0.0.1', '-p', `${port}`], port },
      },
      tasks: {
        clients: ['/usr/bin/python3', file, `${port}`, '20'],
        job: ['/usr/bin/python3', file, `${port}`, '2000'],
      },
      job: 'job',
      async check(stage) {
        const keys = Array.from({ length: KEYS }, (_, i) => i);
        const answers = await Promise.all(
          keys.map((i) => talk(port, `set key${i} 0 0 3\r\nabc\r\nget key${i}\r\nquit\r\n`)),
        );
        answers.forEach((answer, i) => {
          assert.equal(answer, `STORED\r\nVALUE key${i} 0 3\r\nabc\r\nEND\r\n`);
        });
        assert.equal(await talk(port, 'set n 0 0 1\r\n5\r\nincr n 37\r\nquit\r\n'), 'STORED\r\n42\r\n');
        assert.equal(await stage.succeed('clients'), 'done\n');
        assert.match(await talk(port, 'stats\r\nquit\r\n'), /STAT threads 4\r\n/);
      },
    };
  },
};
