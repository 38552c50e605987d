/** The generated package as its users meet it: installed from the tarball, compiled under strict, and run. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bypassgen } from '../gen/helpers/cli.ts';
import { temporaryFolder, writeFiles } from '../gen/helpers/folders.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const shop = temporaryFolder();
const home = path.join(shop, 'user');
let tarball: string;

const config = (stubborn: string) => `
import { defineConfig } from 'bypassgen';
export default defineConfig({
  name: 'trial',
  hardware: { cpu: { march: 'x86-64-v2', levels: ['x86-64-v3'], cores: [0] } },
  workload: {
    apps: {
      sleeper: { command: ['sleep', '1000'], listens: [7999] },
      failing: {
        command: ['sh', '-c', 'echo broken; ulimit -d >limit; read -r kib <limit; [ "$kib" = 65536 ] && exit 3'],
        memoryLimit: 64 << 20,
        autostart: false,
        log: 'inherit',
      },
      late: { command: ['sleep', '1000'], waitFor: ['sleeper'], autostart: false },
      stubborn: { command: ['${stubborn}'], autostart: false },
    },
  },
});
`;

const stubborn = `#include <signal.h>
#include <unistd.h>
int main(void)
{
    signal(SIGTERM, SIG_IGN);
    for (;;)
        pause();
}
`;

/** No types but those of the package and of the language. */
const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    types: [],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  },
  files: ['steer.ts', 'leave.ts', 'exit.ts', 'mistakes.ts'],
};

const outside = `declare const console: { log(text: string): void };
declare const process: { exit(): never };
`;

const scripts = {
  'package.json': '{ "type": "module" }',
  'tsconfig.json': JSON.stringify(tsconfig),
  'steer.ts': `${outside}
import { type AppName, connect, name, programs, RuntimeError, start, workers } from 'trial';

const port: 7999 = programs.sleeper.ports[0];
const core: 0 = workers[0].core;
const said: Record<string, unknown> = { name, port, core };
const failure = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(() => undefined, (reason) => reason);
  return error instanceof RuntimeError ? error.code : String(error);
};
const options = { runDirectory: 'run' };

said.before = await failure(connect(options));
const runtime = await start(options);
said.second = await failure(start(options));
const { sleeper, failing, late, stubborn } = runtime.apps;
said.states = Object.fromEntries(
  Object.entries((await runtime.status()).apps).map(([app, status]): [string, string] => [app as AppName, status.state]),
);

const before = runtime.counters();
await failing.start();
for (let status = await failing.status(); ; status = await failing.status()) {
  if (status.state !== 'stopped') continue;
  said.exitStatus = status.exitStatus;
  break;
}
const after = runtime.counters();
said.counted = {
  calls: after.apps.failing.calls > before.apps.failing.calls,
  starts: after.apps.failing.starts - before.apps.failing.starts,
  neighbour: after.apps.late.calls - before.apps.late.calls,
  switches: (after.workers[0]?.switches ?? 0) > (before.workers[0]?.switches ?? 0),
  own: failing.counters().starts,
};

const watcher = await connect(options);
said.startedTwice = await failure(watcher.apps.sleeper.start());
said.noSignal = await failure(sleeper.signal('SIGNONE'));
const stopped = await watcher.apps.sleeper.stop();
said.stopped = stopped.state === 'stopped' && stopped.signal;
said.stoppedTwice = (await sleeper.stop()).state;
await late.start();
said.waiting = (await late.status()).state;
said.waitingStopped = (await late.stop()).state;
await sleeper.start();
await late.start();

await stubborn.start();
while ((await stubborn.status()).state !== 'running' || stubborn.counters().calls < 20);
said.stubborn = await failure(runtime.stop({ timeout: 200 }));
await stubborn.signal('SIGKILL');
await runtime.stop();
await runtime.stop();
said.ended = await failure(watcher.status());
said.lastValues = watcher.counters().apps.failing.starts;
console.log(JSON.stringify(said));
`,
  'leave.ts': `${outside}
import { start } from 'trial';
const runtime = await start({ runDirectory: 'run', detached: true, only: ['sleeper'] });
console.log(String(runtime.pid));
`,
  'exit.ts': `${outside}
import { start } from 'trial';
const runtime = await start({ runDirectory: 'run' });
console.log(String(runtime.pid));
process.exit();
`,
  'mistakes.ts': `
import { type AppName, nics, type Port, programs, type Runtime, start } from 'trial';
export const port: Port = 7999;
export async function wrong(runtime: Runtime): Promise<void> {
  // @ts-expect-error no such program
  runtime.apps.redis;
  // @ts-expect-error no such program
  await start({ only: ['redis'] });
  // @ts-expect-error no such option
  await start({ runDir: 'x' });
  // @ts-expect-error no such counter
  runtime.counters().apps.sleeper.switches;
  // @ts-expect-error a program that is stopped has no pid
  (await runtime.apps.sleeper.status()).pid;
  // @ts-expect-error no other port
  const other: Port = 8000;
  // @ts-expect-error the facts are constants
  programs.sleeper.ports[0] = other;
  // @ts-expect-error no network card
  nics.net0;
  // @ts-expect-error no such name
  const name: AppName = 'redis';
  console.log(name);
}
declare const console: { log(text: string): void };
`,
};

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: home, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** An orphan may stay a zombie: not every init collects them. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Of the two in the package, for this processor. */
const bestBinary = /^flags\s*:.* avx2 .* bmi2 /m.test(fs.readFileSync('/proc/cpuinfo', 'utf8'))
  ? 'trial-x86-64-v3'
  : 'trial';

beforeAll(() => {
  const program = path.join(shop, 'stubborn');
  const gcc = spawnSync('gcc', ['-x', 'c', '-', '-o', program], { input: stubborn, encoding: 'utf8' });
  expect(gcc.stderr).toBe('');
  writeFiles(shop, { 'trial.ts': config(program) });
  const built = bypassgen(shop, ['build', 'trial.ts', '--json', '-j', '2']);
  expect(built.status, built.stderr).toBe(0);
  tarball = path.join(shop, JSON.parse(built.stdout).package);
  fs.mkdirSync(home);
  const installed = run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball]);
  expect(installed.status, installed.stderr).toBe(0);
  writeFiles(home, scripts);
}, 300_000);

describe('the installed package', () => {
  it('brings nothing else along, and asks npm for no script', () => {
    expect(fs.readdirSync(path.join(home, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['trial']);
    const manifest = JSON.parse(fs.readFileSync(path.join(home, 'node_modules/trial/package.json'), 'utf8'));
    expect(manifest).toMatchObject({ os: ['linux'], cpu: ['x64'], gypfile: false });
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest).not.toHaveProperty('dependencies');
  });

  it('is typed by the config, under strict and without the types of Node', () => {
    const { status, stdout } = run(process.execPath, [
      path.join(repository, 'node_modules/typescript/bin/tsc'),
      '-p',
      '.',
    ]);
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('starts, steers, counts and stops the runtime', () => {
    const { status, stdout, stderr } = run(process.execPath, ['steer.js']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      name: 'trial',
      port: 7999,
      core: 0,
      before: 'not-running',
      second: 'already-running',
      states: { failing: 'stopped', late: 'stopped', sleeper: 'running', stubborn: 'stopped' },
      exitStatus: 3,
      counted: { calls: true, starts: 1, neighbour: 0, switches: true, own: 1 },
      startedTwice: 'refused',
      noSignal: 'RangeError: there is no signal SIGNONE',
      stopped: 15,
      stoppedTwice: 'stopped',
      waiting: 'waiting',
      waitingStopped: 'stopped',
      stubborn: 'timeout',
      ended: 'not-running',
      lastValues: 1,
    });
    expect(status).toBe(0);
    expect(fs.readFileSync(path.join(home, 'run/runtime.log'), 'utf8')).toContain('broken');
  });

  it('leaves a detached runtime running, which connect finds again', async () => {
    const pid = Number(run(process.execPath, ['leave.js']).stdout);
    expect(lives(pid)).toBe(true);
    expect(path.basename(fs.readlinkSync(`/proc/${pid}/exe`))).toBe(bestBinary);
    const stop = "const { connect } = await import('trial'); await (await connect({ runDirectory: 'run' })).stop();";
    expect(run(process.execPath, ['--input-type=module', '-e', stop])).toMatchObject({ status: 0, stderr: '' });
    await expect.poll(() => lives(pid), { timeout: 10_000 }).toBe(false);
  });

  it('takes a runtime that is not detached along when the process exits', async () => {
    const pid = Number(run(process.execPath, ['exit.js']).stdout);
    await expect.poll(() => lives(pid), { timeout: 10_000 }).toBe(false);
  });

  it('reads counters without a system call', () => {
    const reads = 2_000;
    const script = `
      const { accessSync } = await import('node:fs');
      const { start } = await import('trial');
      const runtime = await start({ runDirectory: 'run' });
      const mark = (name) => { try { accessSync('/mark/' + name); } catch {} };
      let sum = 0;
      for (const name of ['warm', 'from', 'to']) {
        mark(name);
        for (let i = 0; i < ${reads}; i++) sum += runtime.counters().apps.sleeper.calls;
      }
      await runtime.stop();`;
    const trace = path.join(home, 'trace');
    const node = [process.execPath, '--input-type=module', '-e', script];
    // Of our own thread alone: others collect garbage.
    const { status, stderr } = run('strace', ['-o', trace, ...node]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = fs.readFileSync(trace, 'utf8').split('\n');
    const at = (name: string) => lines.findIndex((line) => line.includes(`"/mark/${name}"`));
    expect(at('to')).toBeGreaterThan(at('from'));
    expect(at('to') - at('from')).toBeLessThan(reads / 10);
  });

  it('works in a worker thread too', () => {
    const script = `
      const { Worker } = await import('node:worker_threads');
      const { start } = await import('trial');
      const runtime = await start({ runDirectory: 'run' });
      const code = "import('trial').then(async (t) => process.stdout.write(String((await t.connect({ runDirectory: 'run' })).counters().apps.sleeper.starts)))";
      for (let i = 0; i < 2; i++) await new Promise((done) => new Worker(code, { eval: true }).on('exit', done));
      await runtime.stop();`;
    expect(run(process.execPath, ['--input-type=module', '-e', script])).toEqual({
      status: 0,
      stdout: '11',
      stderr: '',
    });
  });

  it.each([
    ['platform', 'darwin', 'wrong-platform', 'darwin-x64'],
    ['arch', 'arm64', 'wrong-platform', 'linux-arm64'],
  ])('refuses another %s', (property, value, code, shown) => {
    const pretend = `data:text/javascript,Object.defineProperty(process,'${property}',{value:'${value}'})`;
    const script =
      "const { start } = await import('trial'); await start().catch((e) => console.log(e.code, e.message));";
    const { stdout } = run(process.execPath, ['--import', pretend, '--input-type=module', '-e', script]);
    expect(stdout).toContain(`${code} trial was built for linux-x64, but this is ${shown}`);
  });
});

describe('the tarball', () => {
  it('is the same bytes when it is built again', () => {
    const before = fs.readFileSync(tarball);
    fs.rmSync(tarball);
    fs.rmSync(path.join(shop, 'out/trial/npm'), { recursive: true });
    expect(bypassgen(shop, ['build', 'trial.ts', '-q', '-j', '2']).status).toBe(0);
    expect(fs.readFileSync(tarball).equals(before)).toBe(true);
  });

  it('is what npm itself would pack', () => {
    const listing = spawnSync('tar', ['tzf', tarball], { encoding: 'utf8' }).stdout.trim().split('\n').sort();
    const args = ['pack', '--dry-run', '--json', '--offline', path.join(shop, 'out/trial/npm')];
    const [packed] = JSON.parse(run('npm', args).stdout) as [{ files: { path: string }[] }];
    expect(listing).toEqual(packed.files.map((file) => `package/${file.path}`).sort());
  });
});
