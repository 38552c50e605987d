/** runtime-c/tools/bypassgen-gdb.py: programs' threads, wherever they are, in gdb. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimeDirectory } from '../../gen/build/build.ts';
import { genericBinary } from '../compat/runtime.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';

const scope = '/proc/sys/kernel/yama/ptrace_scope';
const denied = process.getuid?.() !== 0 && fs.existsSync(scope) && fs.readFileSync(scope, 'utf8') !== '0\n';
const program = path.join(temporaryFolder(), 'threads');

describe.skipIf(denied)('gdb', () => {
  let runtime: ChildProcess;
  const tids = new Map<string, number>();

  beforeAll(async () => {
    const source = path.join(import.meta.dirname, 'threads.c');
    execFileSync('gcc', ['-Wall', '-Werror', '-g', '-O1', '-pthread', '-o', program, source]);
    runtime = spawn(await genericBinary(), ['--', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (runtime.stdout === null) throw new Error('no output to read');
    for await (const line of createInterface(runtime.stdout)) {
      const [name = '', tid] = line.split(' ');
      tids.set(name, Number(tid));
      if (tids.size === 3) break;
    }
  }, 10 * 60_000);
  afterAll(() => runtime.kill('SIGKILL'));

  function gdb(...commands: string[]): string {
    const script = path.join(runtimeDirectory, 'tools', 'bypassgen-gdb.py');
    const args = ['-nx', '-batch', '-p', String(runtime.pid), '-x', script, ...commands.flatMap((c) => ['-ex', c])];
    const { stdout, stderr } = spawnSync('gdb', args, { encoding: 'utf8', timeout: 60_000 });
    return stdout + stderr;
  }

  /** Names of the functions in a thread's backtrace, innermost first. */
  const functions = (text: string) => [...text.matchAll(/^#\d+ +(?:0x[0-9a-f]+ in )?(\w+) \(/gm)].map((m) => m[1]);

  it('lists them all', () => {
    const pid = tids.get('main');
    const listed = [...gdb('info bypass-threads').matchAll(/^(\d+) +(\d+) +threads +threads +(\w+)/gm)];
    expect(listed.map(([, tid, of, how]) => [Number(tid), Number(of), how])).toEqual([
      [pid, pid, 'runs'],
      [tids.get('reader'), pid, 'waits'],
      [tids.get('locker'), pid, 'waits'],
    ]);
  }, 60_000);

  it('shows where each is', () => {
    const trace = (name: string) => functions(gdb(`bypass-thread ${tids.get(name)}`));
    expect(trace('main').slice(0, 2)).toEqual(['computes', 'main']);
    expect(trace('reader')).toEqual(expect.arrayContaining(['reads', 'reader']));
    expect(trace('reader').filter((name) => name === 'reads')).toHaveLength(3);
    expect(trace('locker')).toEqual(expect.arrayContaining(['locks', 'locker']));
  }, 120_000);

  it('runs a command in one', () => {
    expect(gdb(`bypass-thread ${tids.get('locker')} frame function locks`)).toMatch(
      /locks \(marked=(?:marked@entry=)?4711\)/,
    );
  }, 60_000);

  it('says that there is no such thread', () => {
    expect(gdb('bypass-thread 1')).toContain("no program has a thread '1'");
  }, 60_000);

  it('leaves them running', () => {
    const ticks = () => fs.readFileSync(`/proc/${runtime.pid}/stat`, 'utf8').split(' ')[2];
    gdb('bypass-symbols');
    expect(ticks()).not.toBe('t');
    expect(runtime.exitCode).toBeNull();
  }, 60_000);
});
