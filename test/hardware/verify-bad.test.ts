/** `bypassgen verify` where something is missing, or where the guest goes wrong. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { VerifyJson } from '../../gen/verify/report/json.ts';
import { bin, bypassgen } from '../gen/helpers/cli.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { buildFolder, everything, unavailable } from './helpers.ts';

const minutes = 60_000;
const root = process.geteuid?.() === 0;
const cache = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');

/** A folder with programs of this machine by their names, and nothing else. */
function onlyPrograms(names: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    const file = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();
    if (file) fs.symlinkSync(fs.realpathSync(file), path.join(folder, name));
  }
  return folder;
}

/** A file system of its own that holds so much, and the guests' kernel, which may lie in the user's cache. */
function smallFolder(kibibytes: number): string {
  const folder = temporaryFolder();
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder]).status).toBe(0);
  onTestFinished(() => void spawnSync('umount', [folder]));
  fs.mkdirSync(path.join(folder, 'bypassgen'));
  fs.symlinkSync(path.join(cache, 'bypassgen/kernel'), path.join(folder, 'bypassgen/kernel'));
  return folder;
}

const out = buildFolder;
const shipped = path.join(import.meta.dirname, '../../configs/e1000e.ts');

// What is tried is not the compiler's room.
beforeAll(() => {
  if (!unavailable) expect(bypassgen(temporaryFolder(), ['build', shipped, '--quiet', '--out', out]).status).toBe(0);
}, 10 * minutes);

describe('verify tells with exit status 3 and a command', () => {
  const run = (env: NodeJS.ProcessEnv) =>
    bypassgen(temporaryFolder(), ['verify', shipped, '--quiet', '--out', out], env);

  it('that QEMU is not there', () => {
    const { status, stderr } = run({ PATH: onlyPrograms(['gcc', 'ld']) });
    expect([status, stderr]).toEqual([3, expect.stringContaining('hint: apt-get install qemu-system-x86')]);
  });

  it.skipIf(!root || unavailable)('that there is no kernel', () => {
    // Neither on this machine nor unpacked: in a mount namespace of its own the first is out of sight.
    const args = ['-m', 'sh', '-c', 'mount -t tmpfs none /boot && exec "$@"', 'sh'];
    const verify = [process.execPath, bin, 'verify', shipped, '--quiet', '--out', out];
    const env = { ...process.env, XDG_CACHE_HOME: temporaryFolder() };
    const { status, stderr } = spawnSync('unshare', [...args, ...verify], { env, encoding: 'utf8' });
    expect([status, stderr]).toEqual([3, expect.stringContaining('hint: apt-get install linux-image-amd64')]);
  });

  it.skipIf(!root || unavailable).each([
    ['TMPDIR', 512],
    ['XDG_CACHE_HOME', 8192],
  ])(
    'that the disk of %s is full',
    (variable, kibibytes) => {
      const folder = smallFolder(kibibytes);
      const { status, stderr } = run({ [variable]: folder });
      expect([status, stderr]).toEqual([3, expect.stringMatching(/no space left .*\n.*hint: make room/s)]);
      expect(stderr).toContain(folder);
    },
    4 * minutes,
  );
});

describe.skipIf(unavailable)('verify reports a guest', () => {
  function verify(hook: string, ...options: string[]): { exit: number | null; verdict: VerifyJson } {
    const args = ['verify', shipped, '--json', '--out', out, ...options];
    const { status, stdout } = bypassgen(temporaryFolder(), args, { BYPASSGEN_VERIFY_HOOK: hook });
    return { exit: status, verdict: JSON.parse(stdout).verdict };
  }
  const dialog = ({ rows }: VerifyJson) => rows.find(({ what }) => what === 'dialog');

  const cases: [string, string, string[], RegExp, RegExp][] = [
    ['that panics', 'echo c >/proc/sysrq-trigger', [], /^panic: .*sysrq triggered crash/, /Kernel panic/],
    [
      'that runs out of memory',
      'mkdir /fill; mount -t ramfs fill /fill; dd if=/dev/zero of=/fill/all bs=1M',
      [],
      /^out of memory: /,
      /Out of memory|deadlocked on memory|out of memory/,
    ],
    [
      'that hangs',
      'echo about to hang; while :; do sleep 1; done',
      ['--limit', '25'],
      /^time limit: the job did not end within 25 s/,
      /about to hang/,
    ],
  ];

  // The first by default: each takes half a minute.
  it.each(everything ? cases : cases.slice(0, 1))(
    '%s, with the last lines of its console',
    (_, script, options, found, line) => {
      const { exit, verdict } = verify(script, ...options);
      expect(dialog(verdict)).toMatchObject({ status: 'failed', found: expect.stringMatching(found) });
      expect(verdict.console.join('\n')).toMatch(line);
      expect(exit).toBe(4);
    },
    6 * minutes,
  );
});
