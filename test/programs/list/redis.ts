import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Program } from '../program.ts';

const CLIENTS = 1000;

const loop = "for i = 1, 1000 do redis.call('incr', KEYS[1]) end return redis.call('get', KEYS[1])";

const status = (info: string, field: string): string | undefined =>
  new RegExp(`^${field}:(.*)\r?$`, 'm').exec(info)?.[1]?.trim();

export const redis: Program = {
  title: 'Redis',
  packages: ['redis-server', 'redis-tools'],
  needs: ['redis-server', 'redis-cli', 'redis-benchmark'],
  covers: `BGSAVE and AOF rewrite under writes, a replica, ${CLIENTS} clients, Lua`,
  async scenario(place) {
    const port = await place.port();
    const replicaPort = await place.port();
    for (const folder of ['master', 'replica']) fs.mkdirSync(path.join(place.folder, folder));
    const server = (folder: string, at: number, ...more: string[]) => ({
      command: [
        ...['redis-server', '--port', `${at}`, '--bind', '127.0.0.1', '--dir', path.join(place.folder, folder)],
        ...['--save', '', '--repl-diskless-sync-delay', '0', ...more],
      ],
      port: at,
    });
    const cli = (...args: string[]) => ['redis-cli', '-p', `${port}`, ...args];
    const benchmark = (clients: number, requests: number) =>
      ['redis-benchmark', '-p', `${port}`, '-q', '-t', 'set', '-r', '20000', '-d', '100'].concat([
        '-c',
        `${clients}`,
        '-n',
        `${requests}`,
      ]);
    return {
      servers: {
        master: server('master', port, '--appendonly', 'yes', '--maxclients', '2000'),
        replica: server('replica', replicaPort, '--replicaof', '127.0.0.1', `${port}`),
      },
      tasks: {
        fill: benchmark(20, 20_000),
        saveUnderWrites: ['sh', '-c', `redis-cli -p ${port} bgsave; ${benchmark(20, 20_000).join(' ')}`],
        rewriteUnderWrites: ['sh', '-c', `redis-cli -p ${port} bgrewriteaof; ${benchmark(20, 20_000).join(' ')}`],
        crowd: benchmark(CLIENTS, 20_000),
        lua: cli('eval', loop, '1', 'counter'),
        info: cli('info'),
        size: cli('dbsize'),
        replicaSize: ['redis-cli', '-p', `${replicaPort}`, 'dbsize'],
        replicaCounter: ['redis-cli', '-p', `${replicaPort}`, 'get', 'counter'],
        job: benchmark(50, 200_000),
      },
      job: 'job',
      async check(stage) {
        const settled = (running: string) => async () => status(await stage.succeed('info'), running) === '0';
        await stage.succeed('fill');
        await stage.succeed('saveUnderWrites');
        await stage.until('the end of BGSAVE', settled('rdb_bgsave_in_progress'));
        await stage.succeed('rewriteUnderWrites');
        await stage.until('the end of the AOF rewrite', settled('aof_rewrite_in_progress'));
        await stage.succeed('crowd');
        assert.equal((await stage.succeed('lua')).trim(), '1000');
        const info = await stage.succeed('info');
        assert.equal(status(info, 'rdb_last_bgsave_status'), 'ok');
        assert.equal(status(info, 'aof_last_bgrewrite_status'), 'ok');
        assert.ok(fs.statSync(path.join(place.folder, 'master/dump.rdb')).size > 1_000_000);
        const size = await stage.succeed('size');
        assert.ok(Number(size) > 10_000);
        await stage.until(
          'the replica has it all',
          async () => (await stage.succeed('replicaCounter')).trim() === '1000',
        );
        assert.equal(await stage.succeed('replicaSize'), size);
      },
    };
  },
};
