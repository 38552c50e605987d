import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ask } from '../../gen/control/ask.ts';
import { definePackage } from '../../gen/control/package.ts';
import { chooseBuild, type Machine } from '../../gen/control/requirements.ts';
import { controlSocket, defaultRunDirectory, makeRunDirectory } from '../../gen/control/run-directory.ts';
import { counterName } from '../../gen/control/statistics.ts';
import { askStatus } from '../../gen/control/status.ts';
import { waitFor } from '../../gen/control/wait.ts';
import { controlServer } from './helpers/control-server.ts';
import { temporaryFolder } from './helpers/folders.ts';

const rejects = (promise: Promise<unknown>, code: string, message: string | RegExp) =>
  expect(promise).rejects.toMatchObject({
    name: 'RuntimeError',
    code,
    message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  });

describe('a request', () => {
  it('is answered by one object, also when it comes in parts and more follows', async () => {
    const { folder, asked } = await controlServer(() => '{"ok":true,"n":7}\n{"ok":false}\n');
    expect(await ask(folder, 'start redis')).toEqual({ ok: true, n: 7 });
    expect(asked).toEqual(['start redis']);
  });

  it('says what the runtime said when it is refused', async () => {
    const { folder } = await controlServer(() => '{"ok":false,"error":"it runs already"}\n');
    await rejects(
      ask(folder, 'start redis'),
      'refused',
      `the runtime in ${folder} refused 'start redis': it runs already`,
    );
  });

  it.each(['hello\n', '[]\n', '3\n', 'null\n', '{"ok":\n', '\n', `"${'x'.repeat(200)}"\n`])(
    'takes no %j for an answer',
    async (text) => {
      const { folder } = await controlServer(() => text);
      await rejects(ask(folder, 'status'), 'bad-answer', 'no runtime of this version');
    },
  );

  it('does not read on for ever', async () => {
    const { folder } = await controlServer(() => 'x'.repeat(2 << 20));
    await rejects(ask(folder, 'status'), 'bad-answer', 'its answer has no end');
  });

  it('says that nobody is there', async () => {
    await rejects(ask(temporaryFolder(), 'status'), 'not-running', 'there is no control socket');
    const { folder } = await controlServer(() => 'close');
    await rejects(ask(folder, 'status'), 'not-running', 'closed without an answer');
  });

  it('can wait for the end of the runtime, but not for ever', async () => {
    const { folder } = await controlServer(() => '{"ok":true}\n');
    await rejects(ask(folder, 'shutdown', { untilClosed: 20 }), 'timeout', 'has not ended after 20 ms');
  });
});

describe('the status', () => {
  const reply = (change: object) =>
    `${JSON.stringify({ format_version: 1, name: 'x', build: 'b', pid: 9, apps: [], ...change })}\n`;
  const statusOf = async (change: object) => askStatus((await controlServer(() => reply(change))).folder);

  it('tells of each program by its name', async () => {
    const apps = [
      { name: 'a', state: 'running', starts: 2, pid: 10 },
      { name: 'b', state: 'stopped', starts: 0 },
      { name: 'c', state: 'stopped', starts: 1, exitStatus: 3 },
      { name: 'd', state: 'stopped', starts: 1, signal: 11 },
      { name: 'e', state: 'waiting', starts: 0, pid: 0 },
      { name: 'constructor', state: 'stopping', starts: 1, pid: 11 },
    ];
    expect(await statusOf({ apps })).toEqual({
      name: 'x',
      build: 'b',
      pid: 9,
      apps: {
        a: { state: 'running', starts: 2, pid: 10 },
        b: { state: 'stopped', starts: 0 },
        c: { state: 'stopped', starts: 1, exitStatus: 3 },
        d: { state: 'stopped', starts: 1, signal: 11 },
        e: { state: 'waiting', starts: 0 },
        constructor: { state: 'stopping', starts: 1, pid: 11 },
      },
    });
  });

  it.each([
    { format_version: 2 },
    { name: 1 },
    { pid: -1 },
    { pid: '9' },
    { apps: {} },
    { apps: [null] },
    { apps: [{ name: 'a', state: 'running', starts: 1 }] },
    { apps: [{ name: 'a', state: 'asleep', starts: 1 }] },
    { apps: [{ state: 'stopped', starts: 1 }] },
  ])('is refused with %j', async (change) => {
    await rejects(statusOf(change), 'bad-answer', 'no runtime of this version');
  });
});

describe('the run directory', () => {
  it('is where the binary looks for it', () => {
    vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/1');
    expect(defaultRunDirectory('x')).toBe('/run/user/1/bypassgen/x');
    for (const useless of [undefined, '', 'relative']) {
      vi.stubEnv('XDG_RUNTIME_DIR', useless);
      expect(defaultRunDirectory('x')).toBe(`/tmp/bypassgen-${process.geteuid?.()}/x`);
    }
    vi.unstubAllEnvs();
  });

  it("is its owner's alone, with the common one above it", () => {
    const base = temporaryFolder();
    vi.stubEnv('XDG_RUNTIME_DIR', base);
    makeRunDirectory(`${base}/bypassgen/x`);
    for (const made of ['bypassgen', 'bypassgen/x'])
      expect(fs.statSync(path.join(base, made)).mode & 0o777).toBe(0o700);
    makeRunDirectory(`${base}/bypassgen/x`);
    vi.unstubAllEnvs();
  });

  it('is refused when it is a link, a file, or cannot be made', () => {
    const base = temporaryFolder();
    fs.writeFileSync(`${base}/file`, '');
    fs.symlinkSync(base, `${base}/link`);
    const refusal = (directory: string) => expect(() => makeRunDirectory(directory));
    refusal(`${base}/file`).toThrow('is not a directory of ours; choose another with runDirectory');
    refusal(`${base}/link`).toThrow('is not a directory of ours');
    refusal(`${base}/a/b`).toThrow('cannot be made (ENOENT)');
  });

  it('may not be longer than the path of a socket can be', () => {
    expect(controlSocket('/x'.repeat(47))).toHaveLength(107);
    expect(() => controlSocket(`${'/x'.repeat(47)}y`)).toThrow('too long');
  });
});

describe('the machine', () => {
  const v3 = { march: 'x86-64-v3', cpuFlags: ['avx2', 'bmi2'], binary: 'bin/edge' };
  const v4 = { march: 'x86-64-v4', cpuFlags: ['avx2', 'bmi2', 'avx512f'], binary: 'bin/edge-x86-64-v4' };
  const need = { name: 'edge', builds: [v3] };
  const machine = (change: Partial<Machine> = {}): Machine => ({
    platform: 'linux',
    arch: 'x64',
    cpuinfo: () => 'processor\t: 0\nflags\t\t: fpu avx2 bmi2 avx\nbugs\t\t: none\n',
    ...change,
  });

  it('passes when it has what the runtime was built for', () => {
    expect(chooseBuild(need, machine())).toBe(v3);
    expect(() => chooseBuild({ name: 'edge', builds: [{ ...v3, cpuFlags: [] }] })).not.toThrow();
  });

  it('is told what it lacks', () => {
    expect(() => chooseBuild(need, machine({ platform: 'darwin', arch: 'arm64' }))).toThrow(
      'edge was built for linux-x64, but this is darwin-arm64; run it on an x86-64 Linux machine',
    );
    expect(() => chooseBuild(need, machine({ cpuinfo: () => 'flags : avx2 bmi1\n' }))).toThrow(
      'edge was built for x86-64-v3, but this CPU lacks bmi2; build it again',
    );
    expect(() => chooseBuild(need, machine({ cpuinfo: () => '' }))).toThrow('lacks avx2, bmi2');
  });

  it('gets the most demanding binary that it can run', () => {
    const both = { name: 'edge', builds: [v4, v3] };
    const withV4 = machine({ cpuinfo: () => 'flags : avx2 bmi2 avx512f\n' });
    expect(chooseBuild(both, machine())).toBe(v3);
    expect(chooseBuild(both, withV4)).toBe(v4);
    expect(() => chooseBuild(both, machine({ cpuinfo: () => 'flags : sse2\n' }))).toThrow(
      'edge was built for x86-64-v4, x86-64-v3, but this CPU lacks avx2, bmi2; build it again',
    );
  });

  it('is looked at before anything of the package is started or loaded', async () => {
    const url = 'file:///nonexistent/index.js';
    const wrong = definePackage({ ...need, url, build: 'b', apps: ['a'] }, machine({ arch: 'ia32' }));
    await rejects(wrong.start(), 'wrong-platform', 'linux-ia32');
    await rejects(wrong.connect(), 'wrong-platform', 'linux-ia32');
  });
});

/** What any machine runs. */
const native = { march: 'native', cpuFlags: [], binary: 'bin/x' };

describe('a package', () => {
  const description = { url: 'file:///nonexistent/index.js', name: 'x', build: 'b', builds: [native] };
  const pack = definePackage({ ...description, apps: ['a'] });
  const status = (change: object) =>
    `${JSON.stringify({ format_version: 1, name: 'x', build: 'b', pid: 9, apps: [], ...change })}\n`;

  it('does not take the runtime of another config for its own', async () => {
    const other = await controlServer(() => status({ name: 'y' }));
    await rejects(pack.connect({ runDirectory: other.folder }), 'other-runtime', /^y, not x, runs in .* as process 9/);
    const older = await controlServer(() => status({ build: 'old' }));
    await rejects(pack.connect({ runDirectory: older.folder }), 'other-runtime', /^x, but built from another config,/);
  });

  it('does not start a second runtime in a run directory', async () => {
    const { folder } = await controlServer(() => status({}));
    await rejects(pack.start({ runDirectory: folder }), 'already-running', 'use connect() to watch it');
  });

  it('says that its binary cannot be executed', async () => {
    await rejects(pack.start({ runDirectory: temporaryFolder() }), 'start-failed', /cannot be executed .*ENOENT/);
  });

  it('knows its programs', async () => {
    await expect(pack.start({ only: ['b'] })).rejects.toThrow("only: x has no program 'b', but a");
  });

  it('says that its addon cannot be loaded', async () => {
    const { folder } = await controlServer(() => status({}));
    await rejects(pack.connect({ runDirectory: folder }), 'bad-statistics', 'no statistics from the runtime');
  });
});

describe('a starting binary', () => {
  /** A package whose binary is a shell script. */
  function scripted(script: string) {
    const folder = temporaryFolder();
    fs.mkdirSync(`${folder}/bin`);
    fs.writeFileSync(`${folder}/bin/x`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const url = `file://${folder}/index.js`;
    const pack = definePackage({ url, name: 'x', build: 'b', builds: [native], apps: ['a'] });
    return { start: (options = {}) => pack.start({ runDirectory: `${folder}/run`, ...options }), folder };
  }

  it('that ends is quoted', async () => {
    const { start, folder } = scripted('echo "x: no program in PATH" >&2; exit 1');
    await rejects(
      start(),
      'start-failed',
      /^x did not start: .*bin\/x ended with 1\. It said:\nx: no program in PATH$/,
    );
    await rejects(start(), 'start-failed', /It said:\nx: no program in PATH$/);
    expect(fs.statSync(`${folder}/run/runtime.log`).mode & 0o777).toBe(0o600);
  });

  it('that dies is told with its signal, and an illegal instruction for what it is', async () => {
    await rejects(scripted('kill -SEGV $$').start(), 'start-failed', 'died of SIGSEGV');
    await rejects(scripted('kill -ILL $$').start(), 'wrong-cpu', 'does not have one of its instructions');
  });

  it('that never answers is ended', async () => {
    const { start, folder } = scripted('echo $$ > $0.pid; exec sleep 1000');
    await rejects(start({ timeout: 300 }), 'timeout', 'x does not answer');
    const pid = Number(fs.readFileSync(`${folder}/bin/x.pid`, 'utf8'));
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
  });
});

it('waits in growing intervals, and no longer than it was told', async () => {
  let looks = 0;
  expect(await waitFor(async () => (++looks === 3 ? 'there' : undefined), 5_000, '')).toBe('there');
  await rejects(
    waitFor(async () => undefined, 0, 'nothing came'),
    'timeout',
    'nothing came',
  );
});

it('counters have the names of JavaScript', () => {
  expect(['calls', 'patched_calls', 'a_1_b'].map(counterName)).toEqual(['calls', 'patchedCalls', 'a1B']);
});
