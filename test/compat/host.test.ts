/** The runtime and its host: ordinary users, containers that deny things, Ctrl-C, gdb, and what a crash leaves in the log. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bin } from '../gen/helpers/cli.ts';
import { temporaryFolder, writeFiles } from '../gen/helpers/folders.ts';
import { compatDir } from './cases.ts';
import { genericBinary } from './runtime.ts';

const root = path.resolve(compatDir, '../..');
const folder = temporaryFolder();
const generic = path.join(folder, 'generic');
/** Of expect.poll: a slow machine is no failure. */
const patiently = { timeout: 30_000 };
const asRoot = process.getuid?.() === 0;
if (!asRoot) console.warn('the ordinary user of these tests is you: only root may become another one');

/** Writes to address 0x1234 in its second thread. */
const crasher = `#define _GNU_SOURCE
#include <pthread.h>
static void *crash(void *unused)
{
    (void)unused;
    pthread_setname_np(pthread_self(), "wrongdoer");
    __asm__ volatile("mov $0x5eed, %%r12d\\n movl $1, 0x1234" ::: "r12", "memory");
    return NULL;
}
int main(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, crash, NULL) || pthread_join(thread, NULL);
}
`;

/** Tells that it is up, and waits; SIGINT ends it with 0. */
const waiter = `#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static void end(int signal)
{
    (void)signal;
    _exit(0);
}
int main(void)
{
    signal(SIGINT, end);
    puts("up");
    fflush(stdout);
    for (;;)
        pause();
}
`;

beforeAll(async () => {
  fs.copyFileSync(await genericBinary(), generic);
  writeFiles(folder, { 'crasher.c': crasher, 'waiter.c': waiter });
  fs.copyFileSync(path.join(compatDir, 'deny-prctl.c'), path.join(folder, 'deny-prctl.c'));
  for (const name of ['crasher', 'waiter', 'deny-prctl'])
    execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-g', '-pthread', '-o', name, `${name}.c`], { cwd: folder });
  fs.chmodSync(folder, 0o755);
}, 10 * 60_000);

const run = (command: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};

it('an ordinary user runs programs', () => {
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const { status, stdout, stderr } = run(
    ...((asRoot ? user : ['env']) as [string, ...string[]]),
    generic,
    '--',
    'sh',
    '-c',
    'id -u | cat',
  );
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe(String(asRoot ? 65534 : process.getuid?.()));
  expect(status).toBe(0);
});

describe('a host that denies Syscall User Dispatch', () => {
  const denied = (...command: string[]) => run('./deny-prctl', '59', ...command);

  it('is named by the start', () => {
    const { status, stderr } = denied(generic, '--', 'true');
    expect(stderr).toMatch(/^bypassgen-generic: this kernel or container denies Syscall User Dispatch .*doctor/);
    expect(status).toBe(3);
  });

  it('is named by doctor', () => {
    const { status, stdout } = denied(process.execPath, bin, 'doctor', path.join(root, 'configs/embedded.ts'));
    expect(stdout).toMatch(/^fail {2}Syscall User Dispatch: .*\n +mend: .*seccomp profile allow prctl/m);
    expect(status).toBe(3);
  });
});

it('a limit on address space is named with what to do', () => {
  const { status, stderr } = run('sh', '-c', `ulimit -v 100000; exec ${generic} -- true`);
  expect(stderr).toContain('cannot map the arena');
  expect(stderr).toContain('ulimit -v');
  expect(status).toBe(3);
});

it('a crash is reported with program, thread, signal, mapping and registers, and the neighbour lives on', () => {
  const neighbour = ['sh', '-c', 'sleep 0.2; echo alive'];
  const { status, stdout, stderr } = run(generic, '--', './crasher', '--', ...neighbour);
  const said = stderr.replaceAll('bypassgen-generic: crasher: ', '');
  expect(said).toMatch(
    /^ended by SIGSEGV \(nothing is mapped at 0x1234\), pid (\d+), thread (?!\1)\d+ \(wrongdoer\)$/m,
  );
  const offset = /^ {2}at 0x[0-9a-f]+, .*\/crasher\+(0x[0-9a-f]+)$/m.exec(said)?.[1] ?? '';
  expect(said).toMatch(/^ {2}r12 0000000000005eed /m);
  expect(stdout).toBe('alive\n');
  expect(status).toBe(128 + 11);
  // The offset is what the tools of the trade want.
  expect(run('addr2line', '-f', '-e', './crasher', offset).stdout).toMatch(/^crash\n/);
});

/** Runs program code for ever once it said so. */
const spinner = `#include <stdio.h>
static volatile int stop;
static int deep(int n)
{
    while (!stop)
        n++;
    return n;
}
int main(void)
{
    puts("up");
    fflush(stdout);
    return deep(5);
}
`;

it('gdb attaches and walks the stack of a program, with the symbols of its file', async () => {
  writeFiles(folder, { 'spinner.c': spinner });
  execFileSync('gcc', ['-g', '-O0', '-o', 'spinner', 'spinner.c'], { cwd: folder });
  const child = spawn(generic, ['--', './spinner'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  // As docs/debugging.md says.
  const maps = fs.readFileSync(`/proc/${child.pid}/maps`, 'utf8');
  const start = /^([0-9a-f]+)-.*\/spinner$/m.exec(maps)?.[1];
  const commands = [`add-symbol-file ./spinner -o 0x${start}`, 'thread apply all backtrace'];
  const { stdout } = run('gdb', '-p', String(child.pid), '-batch', ...commands.flatMap((line) => ['-ex', line]));
  expect(stdout).toMatch(/deep \(n=-?\d+\) at spinner\.c:\d+\n.*main \(\) at spinner\.c:\d+/);
  expect(stdout).toContain('run_until_done');
});

it('ps shows each program under its own name, and kill by that pid ends it alone', async () => {
  const child = spawn(generic, ['--', './waiter', 'one', '--', './waiter', 'two'], { cwd: folder });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  await expect.poll(() => output, patiently).toBe('up\nup\n');
  const listed = () => {
    const lines = run('ps', '--ppid', String(child.pid), '-o', 'pid=,comm=,args=').stdout.trim().split('\n');
    return lines.map((line) => line.trim().split(/\s+/)).filter(([, name]) => name?.startsWith('waiter'));
  };
  expect(
    listed()
      .map(([, ...line]) => line.join(' '))
      .sort(),
  ).toEqual(['waiter ./waiter one', 'waiter-2 ./waiter two']);
  const pidOf = (which: string) => Number(listed().find((line) => line.at(-1) === which)?.[0]);
  process.kill(pidOf('one'), 'SIGTERM');
  await expect.poll(() => listed().length, patiently).toBe(1);
  process.kill(pidOf('two'), 'SIGINT');
  expect(await ended).toBe(128 + 15);
});

describe('Ctrl-C', () => {
  /** Processes of this test, by a variable in their environment. */
  const marked = (mark: string): string[] =>
    fs.readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
      } catch {
        return false;
      }
    });

  function start(args: readonly string[], temporary: string) {
    const env = { ...process.env, TMPDIR: temporary, MARK: temporary };
    const child = spawn(process.execPath, [bin, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const status = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
    return { child, status };
  }

  it('ends run with its programs, with status 130', async () => {
    const temporary = temporaryFolder();
    const spec = {
      name: 'waits',
      hardware: { cpu: {} },
      workload: {
        apps: {
          waiter: { command: [path.join(folder, 'waiter')], log: 'inherit' },
          teller: { command: ['echo', 'hello'] },
        },
      },
    };
    writeFiles(temporary, { 'waits.ts': `export default ${JSON.stringify(spec)};\n` });
    const config = path.join(temporary, 'waits.ts');
    const { child, status } = start(
      ['run', config, '-q', '--out', temporary, '--run-dir', `${temporary}/run`],
      temporary,
    );
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await expect.poll(() => fs.readFileSync(`${temporary}/run/teller.log`, 'utf8'), patiently).toBe('hello\n');
    child.kill('SIGINT');
    expect(await status).toBe(130);
    await expect.poll(() => marked(temporary), patiently).toEqual([]);
    expect(fs.existsSync(`${temporary}/run/control.sock`)).toBe(false);
  });

  it('ends bench with all that it started, with status 130', async () => {
    const temporary = temporaryFolder();
    const { child, status } = start(['bench', 'configs/embedded.ts', '--only', 'local.pipe', '-q'], temporary);
    const running = () => fs.readdirSync(temporary).some((name) => name.startsWith('bypassgen-bench-'));
    await expect.poll(running, { timeout: 100_000, interval: 5 }).toBe(true);
    child.kill('SIGINT');
    expect(await status).toBe(130);
    await expect.poll(() => marked(temporary), patiently).toEqual([]);
    expect(fs.readdirSync(temporary).filter((name) => name.startsWith('bypassgen-'))).toEqual([]);
  });
});
