/** Nothing survives its runtime, however that ends: no forked process, no stand-in. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, expect, it } from 'vitest';
import { genericBinary } from '../compat/runtime.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';

const folder = temporaryFolder();
const program = path.join(folder, 'family');
let binary: string;

beforeAll(async () => {
  binary = await genericBinary();
  execFileSync('gcc', ['-Wall', '-Werror', '-o', program, path.join(import.meta.dirname, 'family.c')]);
}, 10 * 60_000);

/** The host's children of a process: stand-ins and forked programs. */
const childrenOf = (pid: number): number[] =>
  fs
    .readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => fs.readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '))
    .filter(Boolean)
    .map(Number);

/** A zombie has ended: who reaps it is not the runtime's business. */
function lives(pid: number): boolean {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !'ZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(lives)) await new Promise((resolve) => setImmediate(resolve));
}

it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('%s for the launcher ends them all', async (signal) => {
  const launcher = spawn(binary, ['--', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => launcher.on('exit', resolve));
  const pids: number[] = [];
  for await (const line of createInterface(launcher.stdout)) {
    if (line === 'ready') break;
    pids.push(Number(line));
  }
  expect(pids).toHaveLength(4);
  expect(pids.filter(lives)).toEqual(pids);
  const all = [...new Set([...pids, ...childrenOf(launcher.pid ?? 0)])];
  expect(all).toHaveLength(5); // and the stand-in
  launcher.kill(signal);
  await ended;
  await untilGone(all);
});
