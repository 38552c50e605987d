/** Who floods a server, or forges packets of its conversations, keeps it from nobody else and takes no more than a bound. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { askNetwork } from '../../gen/control/network.ts';
import { askStatus } from '../../gen/control/status.ts';
import { waitFor } from '../../gen/control/wait.ts';
import { troublesOf } from '../../gen/seen/tcp-trouble.ts';
import { bypassgen } from '../gen/helpers/cli.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { Bed, buildConfig, compile, ours, type Running, unable } from './bed.ts';

const missing = (() => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return unable;
  } catch {
    return 'needs redis-server';
  }
})();

const server = ['redis-server', '--port', '6379', '--bind', '*', '--protected-mode', 'no', '--save', ''];

/** One connection, a question and its answer at a time. */
const conversation = `
import socket
s = socket.create_connection(('${ours.v4}', 6379)); f = s.makefile('rb')
for i in range(2000):
    s.sendall(b'ECHO %d\\r\\n' % i); f.readline(); assert f.readline() == b'%d\\r\\n' % i
print('all answered')
`;

/** One connection, that asks until there is a file. */
const patient = `
import os, socket, sys
s = socket.create_connection(('${ours.v4}', 6379)); f = s.makefile('rb')
print('connected', flush=True)
while not os.path.exists(sys.argv[1]):
    s.sendall(b'PING\\r\\n'); assert f.readline() == b'+PONG\\r\\n'
print('all answered')
`;

/** Listens, and takes nobody. */
const deaf = `
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('0.0.0.0', 6379)); s.listen(8)
print('ready', flush=True)
while True: time.sleep(1000)
`;

describe.skipIf(missing)(`a flood over TAP${missing ? `: ${missing}` : ''}`, () => {
  let binary: string, flood: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
    flood = compile('flood');
  }, 180_000);

  const serve = async (bed: Bed, command: string[], ready: string) => {
    const directory = temporaryFolder();
    const running = await bed.fused(command, [`--run-dir=${directory}`]);
    await running.says(ready);
    return directory;
  };
  const attack = async (bed: Bed, kind: string): Promise<Running> => {
    const running = bed.native(flood, 'bp0', ours.v4, '6379', kind);
    await running.says('ready');
    return running;
  };
  const converse = async (bed: Bed) => {
    const client = bed.native('python3', '-c', conversation);
    expect([await client.ended, client.output]).toEqual([0, 'all answered\n']);
  };
  const figures = async (directory: string) => {
    const { workers } = await askNetwork(directory);
    const connections = workers.reduce((sum, worker) => sum + worker.connections, 0);
    return { connections, opened: workers[0]?.tcp['PassiveOpens'], trouble: troublesOf(workers) };
  };
  /** MiB of memory that the runtime with its programs has touched. */
  const memory = async (directory: string): Promise<number> => {
    const status = fs.readFileSync(`/proc/${(await askStatus(directory)).pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  };

  it('of SYNs from many sources is answered with cookies, and costs no memory', { timeout: 60_000 }, async () => {
    await using bed = new Bed(binary);
    const directory = await serve(bed, server, 'Ready to accept connections');
    await converse(bed);
    const before = await memory(directory);
    const attacker = await attack(bed, 'syn');
    await attacker.says('\n20000 sent');
    await converse(bed);
    await attacker.says('\n100000 sent');
    await converse(bed);
    const { connections, trouble } = await figures(directory);
    expect(trouble['TcpExtSyncookiesSent']).toBeGreaterThan(10_000);
    expect(connections).toBeLessThan(10);
    expect((await memory(directory)) - before).toBeLessThan(32);
    expect(bypassgen('/', ['ss', directory, '-s']).stdout).toMatch(/^TcpExtSyncookiesSent +\d+ +SYN cookies sent/m);
  });

  it('of connections that say nothing ends at the backlog of who takes none', { timeout: 60_000 }, async () => {
    await using bed = new Bed(binary);
    const directory = await serve(bed, ['python3', '-c', deaf], 'ready');
    const before = await memory(directory);
    const attacker = await attack(bed, 'silent');
    await attacker.says('\n50000 sent');
    const { connections, trouble } = await figures(directory);
    expect(connections).toBeGreaterThan(0);
    expect(connections).toBeLessThanOrEqual(9);
    expect(trouble['TcpExtListenOverflows']).toBeGreaterThan(10_000);
    expect((await memory(directory)) - before).toBeLessThan(32);
  });

  it('of connections that a server turns away is forgotten beyond a bound', { timeout: 90_000 }, async () => {
    await using bed = new Bed(binary);
    const directory = await serve(bed, [...server, '--maxclients', '1000'], 'Ready to accept connections');
    const before = await memory(directory);
    const enough = path.join(directory, 'enough');
    const client = bed.native('python3', '-c', patient, enough);
    await client.says('connected');
    // Redis closes those beyond its thousand; whoever says nothing does not even acknowledge that.
    const attacker = await attack(bed, 'silent');
    const { connections, trouble } = await waitFor(
      async () => {
        const now = await figures(directory);
        return now.trouble['TcpExtTCPAbortOnMemory'] ? now : undefined;
      },
      60_000,
      'no connection is given up',
    );
    expect(connections).toBeLessThan(16384 + 3000); // with a thousand clients, a backlog of 511, and what is just being closed
    expect(trouble['TcpExtTCPAbortOnMemory']).toBeGreaterThan(0);
    expect((await memory(directory)) - before).toBeLessThan(128);
    fs.writeFileSync(enough, '');
    expect([await client.ended, client.output]).toEqual([0, 'connected\nall answered\n']);
    attacker.stop();
  });

  it('of forged resets and SYNs in the window ends no conversation', { timeout: 60_000 }, async () => {
    await using bed = new Bed(binary);
    const directory = await serve(bed, server, 'Ready to accept connections');
    const attacker = await attack(bed, 'forge');
    await converse(bed);
    await attacker.says('\n5000 sent');
    const { opened, trouble } = await figures(directory);
    expect(opened).toBe(1);
    expect(trouble).toMatchObject({ TcpEstabResets: 0 });
    expect(trouble['TcpExtTCPChallengeACK']).toBeGreaterThan(10);
  });
});
