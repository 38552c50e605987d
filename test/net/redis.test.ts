/** An unmodified redis-server over a NIC, with Linux's own clients at the other end. */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { Bed, buildConfig, linux, ours, twoCores, unable, wires, withQueues } from './bed.ts';

const missing = (() => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return unable;
  } catch {
    return 'needs redis-server';
  }
})();

const server = 'redis-server --port 6379 --bind * -::* --protected-mode no --save --appendonly no'.split(' ');
server.splice(server.indexOf('--save') + 1, 0, '');

describe.skipIf(missing)(`redis-server over TAP${missing ? `: ${missing}` : ''}`, () => {
  let binary: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
  }, 180_000);

  it.each(['v4', 'v6'] as const)(
    'keeps what redis-cli gives it, under the load of redis-benchmark (%s)',
    async (family) => {
      await using bed = new Bed(binary);
      const redis = await bed.fused(server);
      await redis.says('Ready to accept connections');
      const cli = async (...command: string[]) => {
        const client = bed.native('redis-cli', '-h', ours[family], ...command);
        return [await client.ended, client.output];
      };
      const value = 'x'.repeat(100_000);
      expect(await cli('SET', 'key', value)).toEqual([0, 'OK\n']);
      const load = bed.native(
        ...`redis-benchmark -h ${ours[family]} -n 20000 -c 50 -P 4 -q -t set,get,lpush`.split(' '),
      );
      expect([await load.ended, load.output.match(/(SET|GET|LPUSH): [\d.]+ requests per second/g)?.length]).toEqual([
        0, 3,
      ]);
      expect(await cli('GET', 'key')).toEqual([0, `${value}\n`]);
      expect(await cli('LLEN', 'mylist')).toEqual([0, '20000\n']);
    },
    60_000,
  );
});

describe.skipIf(missing).each(wires)(
  `redis-server on two workers over %s with %d queues${missing ? `: ${missing}` : ''}`,
  (model, queues, wire) => {
    let binary: string;

    beforeAll(async () => {
      binary = await buildConfig('tap.ts', withQueues(model, queues));
    }, 180_000);

    it.each(['v4', 'v6'] as const)(
      'accepts the connections of redis-benchmark (%s)',
      async (family) => {
        await using bed = new Bed(binary, wire);
        const redis = await bed.fused(server, twoCores);
        await redis.says('Ready to accept connections');
        const load = bed.native(...`redis-benchmark -h ${ours[family]} -n 10000 -c 50 -P 4 -q -t lpush`.split(' '));
        expect([await load.ended, load.output]).toEqual([0, expect.stringContaining('LPUSH: ')]);
        const client = bed.native('redis-cli', '-h', ours[family], 'LLEN', 'mylist');
        expect([await client.ended, client.output]).toEqual([0, '10000\n']);
      },
      60_000,
    );

    it.each(['v4', 'v6'] as const)(
      'connects to a Linux redis-server, whose replica it is (%s)',
      async (family) => {
        await using bed = new Bed(binary, wire);
        const value = 'y'.repeat(100_000);
        const cli = async (...command: string[]) => {
          const client = bed.native('redis-cli', ...command);
          return [await client.ended, client.output];
        };
        const apart = () => ['--dir', temporaryFolder(), '--repl-diskless-sync-delay', '0'];
        const primary = bed.native(...server.map((word) => (word === '6379' ? '6380' : word)), ...apart());
        await primary.says('Ready to accept connections');
        const replica = await bed.fused([...server, ...apart(), '--replicaof', linux[family], '6380'], twoCores);
        await replica.says('Finished with success');
        const script = `printf 'SET key %s\\nWAIT 1 20000\\n' ${value} | redis-cli -p 6380`; // WAIT is for its client's writes
        const set = bed.native('sh', '-c', script);
        expect([await set.ended, set.output]).toEqual([0, 'OK\n1\n']);
        expect(await cli('-h', ours[family], 'GET', 'key')).toEqual([0, `${value}\n`]);
      },
      60_000,
    );
  },
);
