/** Ctrl-C at any moment of `bypassgen verify` leaves nothing behind. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bin } from '../gen/helpers/cli.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { buildFolder, everything, unavailable } from './helpers.ts';

const minutes = 60_000;
const configs = path.join(import.meta.dirname, '../../configs');

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Processes that have inherited the mark, but for those that nobody has collected yet. */
const marked = (mark: string): string[] =>
  fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && read(`/proc/${pid}/environ`).includes(mark))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);

/** What a process may leave of which the machine has one for all. */
const machine = (temporary: string) => ({
  namespaces: list('/run/netns'),
  mounts: read('/proc/mounts')
    .split('\n')
    .filter((line) => /hugetlbfs|\/run\/netns|bypassgen/.test(line)),
  hugepages: read('/proc/sys/vm/nr_hugepages').trim(),
  temporary: list(temporary),
  interfaces: list('/sys/class/net'),
});

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Sends the signal so long after verify has said the words; '' is its start. */
async function interrupt(args: string[], words: string, milliseconds: number, signal: NodeJS.Signals) {
  const mark = `BYPASSGEN_TEST_MARK=${randomUUID()}`;
  const temporary = temporaryFolder();
  const compiles = words.startsWith('[');
  const out = compiles ? temporaryFolder() : buildFolder;
  const before = machine(temporary);
  const [name = '', value = ''] = mark.split('=');
  const child = spawn(process.execPath, [bin, 'verify', ...args, '--out', out], {
    cwd: configs,
    env: { ...process.env, TMPDIR: temporary, [name]: value },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  let said = '';
  const heard = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes(words)) resolve();
    });
    child.on('exit', () => resolve());
    if (words === '') resolve();
  });
  await heard;
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  expect(child.exitCode, `it had ended before: ${said}`).toBeNull();
  if (milliseconds >= 1500 && words) expect(marked(mark).length).toBeGreaterThan(1);
  child.kill(signal);
  expect(await ended).toBe(130);
  await expect.poll(() => marked(mark), { timeout: 10_000 }).toEqual([]);
  expect(machine(temporary)).toEqual(before);
  if (!compiles) return;
  const left = fs.readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => /\.lock$|tmp/.test(file));
  expect(left).toEqual([]);
}

type Stage = [stage: string, words: string, milliseconds: number, signal: NodeJS.Signals];

const building: Stage[] = [
  ['when it begins', '', 1500, 'SIGINT'],
  ['while it builds', '[3/', 0, 'SIGINT'],
];

describe.skipIf(unavailable)('Ctrl-C during a verification in a guest', () => {
  const inGuest: Stage[] = [
    ['when QEMU begins', 'booting a guest', 0, 'SIGINT'],
    ['while the guest boots', 'booting a guest', 1500, 'SIGINT'],
    ['when the guest is up', ' is up', 0, 'SIGTERM'],
    ['while the programs talk', 'the binary has brought its NICs up', 2500, 'SIGINT'],
  ];
  it.each(everything ? [...building, ...inGuest] : inGuest.slice(0, 2))(
    '%s leaves nothing behind',
    async (_, words, milliseconds, signal) => {
      await interrupt(['e1000e.ts'], words, milliseconds, signal);
    },
    4 * minutes,
  );
});

describe.skipIf(process.geteuid?.() !== 0)('Ctrl-C during a verification against a second runtime', () => {
  const stages: Stage[] = [
    ['when it begins', 'its counterpart', 0, 'SIGINT'],
    ['when both are up', 'its counterpart', 700, 'SIGTERM'],
    ['while the programs talk', 'its counterpart', 3000, 'SIGINT'],
  ];
  it.each(everything ? stages : stages.slice(1, 2))(
    '%s leaves nothing behind',
    async (_, words, milliseconds, signal) => {
      await interrupt(['memif.ts', '--seconds', '20'], words, milliseconds, signal);
      expect(list('/run/bypassgen')).not.toContain('memif.sock');
    },
    4 * minutes,
  );
});

describe.skipIf(process.geteuid?.() !== 0)('Ctrl-C during a verification in a namespace', () => {
  const inNamespace: Stage[] = [
    ['when it begins', 'in a network namespace', 0, 'SIGINT'],
    ['soon', 'in a network namespace', 50, 'SIGINT'],
    ['when the interface is made', 'in a network namespace', 400, 'SIGHUP'],
    ['while the programs talk', 'in a network namespace', 3000, 'SIGINT'],
  ];
  const cases = ['tap', 'packet'].flatMap((name) => inNamespace.map((stage) => [name, ...stage] as const));
  it.each(everything ? cases : cases.slice(4))(
    'for %s, %s, leaves nothing behind',
    async (name, _, words, milliseconds, signal) => {
      await interrupt([`${name}.ts`, '--target', 'netns', '--seconds', '20'], words, milliseconds, signal);
    },
    4 * minutes,
  );
});
