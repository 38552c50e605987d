/** An unmodified redis-server over a NIC, with Linux's own clients at the other end. */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { Bed, buildConfig, ours, unable } from './bed.ts';

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
