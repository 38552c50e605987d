/** What stops a build from outside: a full disk, kill -9 at any moment, Ctrl-C. The next build repairs it. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sha256 } from '../../gen/build/disk.ts';
import { bin, bypassgen } from './helpers/cli.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';
import { miniRuntime } from './helpers/mini-runtime.ts';

const config = (cores: string) => `import { defineConfig } from 'bypassgen';
export default defineConfig({
  name: 'x',
  hardware: { cpu: { cores: [${cores}] } },
  workload: { apps: { redis: { command: ['true'], listens: [1] } } },
});
`;

const env = { BYPASSGEN_RUNTIME: miniRuntime() };

function project(): string {
  const cwd = temporaryFolder();
  writeFiles(cwd, { 'x.ts': config('0'), 'y.ts': config('0, 1') });
  return cwd;
}

/** Hashes of everything below out/, but for the records of the build: they name this folder. */
function output(cwd: string): Record<string, string> {
  const entries = fs.readdirSync(path.join(cwd, 'out'), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((e) => e.isFile() && !/\.(o\.json|link)$/.test(e.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(files.sort().map((file) => [path.relative(cwd, file), sha256(fs.readFileSync(file))]));
}

/** What builds make that nothing disturbed. */
const undisturbed: Record<string, Record<string, string>> = {};
beforeAll(() => {
  const cwd = project();
  for (const file of ['y.ts', 'x.ts']) {
    expect(bypassgen(cwd, ['build', file, '-q'], env)).toEqual({ status: 0, stdout: '', stderr: '' });
    undisturbed[file] = output(cwd);
  }
}, 120_000);

describe('a full disk', () => {
  const root = process.getuid?.() === 0;
  if (!root) console.warn('a full disk: skipped, because only root may mount a small file system');

  // The writer, the compiler, the linker and the package each meet it at their time.
  it.skipIf(!root).each([
    [4, 'BP3003'],
    [256, 'BP4005'],
    [1500, 'BP4005'],
  ])('of %i KiB is told, and the next build needs nothing but room', (kibibytes, code) => {
    const cwd = project();
    const out = path.join(cwd, 'out');
    const mount = (...args: string[]) =>
      expect(spawnSync('mount', [...args, out], { encoding: 'utf8' }).stderr).toBe('');
    fs.mkdirSync(out);
    mount('-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs');
    onTestFinished(() => void spawnSync('umount', [out]));

    const { status, stdout, stderr } = bypassgen(cwd, ['build', 'x.ts', '--quiet'], env);
    expect(stderr).toMatch(new RegExp(`^error ${code}: .*no space left on the disk`));
    expect(stderr).toContain('hint: ');
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });

    mount('-o', 'remount,size=64m');
    expect(bypassgen(cwd, ['build', 'x.ts', '--quiet'], env)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(output(cwd)).toEqual(undisturbed['x.ts']);
  });
});

/** Makes a process kill itself before its nth change to the disk, and count its changes when it is not killed. */
const suicide = `
const fs = require('node:fs');
let left = Number(process.env.CHANGES);
let made = 0;
for (const name of ['mkdirSync', 'openSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'linkSync', 'rmSync', 'rmdirSync']) {
  const real = fs[name];
  fs[name] = (...args) => {
    if (made++ === left) process.kill(process.pid, 'SIGKILL');
    return real(...args);
  };
}
process.on('exit', () => fs.writeSync(3, String(made)));
`;

describe('a build that is killed', () => {
  it('is repaired by the next one, whatever that one builds', () => {
    const cwd = project();
    writeFiles(cwd, { 'suicide.cjs': suicide });
    const build = (file: string, changes: number) => {
      const { status, signal, output } = spawnSync(
        process.execPath,
        ['-r', './suicide.cjs', bin, 'build', file, '-q'],
        {
          cwd,
          env: { ...process.env, ...env, CHANGES: String(changes) },
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        },
      );
      return { status, signal, said: output[2], changes: Number(output[3]) };
    };
    const most = build('x.ts', -1).changes;
    expect(most).toBeGreaterThan(100);

    const kill = fc.record({ file: fc.constantFrom('x.ts', 'y.ts'), changes: fc.nat(most - 1) });
    const story = fc.tuple(
      fc.array(kill, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('x.ts', 'y.ts'),
      fc.boolean(),
    );
    fc.assert(
      fc.property(story, ([kills, last, anew]) => {
        if (anew) fs.rmSync(path.join(cwd, 'out'), { recursive: true });
        // A later change than this build makes: it is complete.
        for (const { file, changes } of kills) expect(build(file, changes).signal ?? 'SIGKILL').toBe('SIGKILL');
        expect(build(last, -1)).toMatchObject({ status: 0, said: '' });
        expect(output(cwd)).toEqual(undisturbed[last]);
      }),
      { numRuns: 6 },
    );
  });
});

describe('Ctrl-C during a build', () => {
  // A compiler that never ends: the only child that a build waits for at that moment.
  const endless = '#!/bin/sh\ncase "$*" in *-MD*) echo $$ >"$MARK"; exec sleep 987654;; esac\nexec /usr/bin/gcc "$@"\n';

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '(%s) leaves no compiler, no lock and no temporary file',
    async (signal) => {
      const cwd = project();
      const mark = path.join(cwd, 'mark');
      writeFiles(cwd, { 'tools/gcc': endless });
      fs.chmodSync(path.join(cwd, 'tools/gcc'), 0o755);
      expect(spawnSync('mkfifo', [mark]).status).toBe(0);
      const path_ = `${path.join(cwd, 'tools')}:${process.env['PATH']}`;
      const child = spawn(process.execPath, [bin, 'build', 'x.ts', '-q', '-j', '1'], {
        cwd,
        env: { ...process.env, ...env, PATH: path_, MARK: mark },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
      const compiler = Number(await fs.promises.readFile(mark, 'utf8'));
      expect(running(compiler)).toBe(true);
      child.kill(signal);
      expect(await ended).toBe(130);
      await expect.poll(() => fs.existsSync(`/proc/${compiler}`) && running(compiler), { timeout: 10_000 }).toBe(false);
      const left = Object.keys(output(cwd)).filter((file) => /\.lock|tmp/.test(file));
      expect(left).toEqual([]);
    },
  );
});

/** A process that init has not collected is as good as gone. */
const running = (pid: number): boolean => !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
