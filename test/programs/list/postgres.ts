import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Program } from '../program.ts';

const BIN = '/usr/lib/postgresql/15/bin';

/** It refuses to run as root. Under the runtime only a process of its own can change its user: a child of the shell. */
const asPostgres = (...command: string[]) => [
  'setpriv',
  '--reuid=postgres',
  '--regid=postgres',
  '--init-groups',
  ...command,
];

export const postgres: Program = {
  title: 'PostgreSQL 15',
  packages: ['postgresql-15', 'postgresql-contrib', 'util-linux'],
  needs: [`${BIN}/postgres`, `${BIN}/pgbench`, `${BIN}/initdb`, 'setpriv'],
  covers: 'initdb, pgbench with four clients, kill -9 of a backend and recovery',
  async scenario(place) {
    const port = await place.port();
    const data = path.join(place.folder, 'data');
    fs.chmodSync(place.folder, 0o777); // the tasks' output and the data are of another user
    const at = ['-h', '127.0.0.1', '-p', `${port}`];
    const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${place.folder}`];
    const create = asPostgres(`${BIN}/initdb`, '-D', data, '-A', 'trust', '-N', '--no-locale', '-E', 'UTF8').join(' ');
    const serve = asPostgres(
      `${BIN}/postgres`,
      '-D',
      data,
      '-p',
      `${port}`,
      ...settings,
      '-c',
      'shared_buffers=32MB',
    ).join(' ');
    const query = (sql: string) => ['psql', ...at, '-U', 'postgres', '-At', '-c', sql];
    return {
      servers: { server: { command: ['sh', '-c', `${create} && ${serve}; exit $?`], port } },
      tasks: {
        ready: ['pg_isready', ...at, '-U', 'postgres', '-t', '5'],
        fill: [`${BIN}/pgbench`, ...at, '-U', 'postgres', '-i', '-s', '1', '-q', 'postgres'],
        bench: [`${BIN}/pgbench`, ...at, '-U', 'postgres', '-c', '4', '-j', '2', '-t', '100', 'postgres'],
        killed: query("select 'alive'; select pg_sleep(60)"),
        kill: [
          'sh',
          '-c',
          `pid=$(${query('select pid from pg_stat_activity where query like $$%pg_sleep%$$ and pid != pg_backend_pid()')
            .map((word) => `'${word}'`)
            .join(' ')}); test -n "$pid" && kill -9 $pid`,
        ],
        count: query('select count(*), sum(abalance) = (select sum(delta) from pgbench_history) from pgbench_accounts'),
        job: [`${BIN}/pgbench`, ...at, '-U', 'postgres', '-n', '-c', '4', '-j', '2', '-t', '500', 'postgres'],
      },
      job: 'job',
      async check(stage) {
        await stage.until('it accepts connections', async () => (await stage.run('ready')).status === 0);
        await stage.succeed('fill');
        assert.match(await stage.succeed('bench'), /transactions actually processed: 400\/400/);
        const killed = stage.run('killed');
        await stage.until('a backend to kill', async () => (await stage.run('kill')).status === 0);
        assert.notEqual((await killed).status, 0);
        await stage.until('the recovery', async () => (await stage.run('count')).status === 0);
        assert.equal(await stage.succeed('count'), '100000|t\n');
      },
    };
  },
};
