/** One build at a time in an output folder. The lock names its holder, so that one left by a dead process is no lock. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Talk } from '../terminal/talk.ts';
import { isErrno } from './disk.ts';

const retryMilliseconds = 100;

/** Runs the action while holding the lock of the folder; waits for another build to end. */
export async function withLock<T>(directory: string, talk: Talk, action: () => Promise<T>): Promise<T> {
  const file = path.join(directory, '.lock');
  fs.mkdirSync(directory, { recursive: true });
  for (let waited = false; !take(file); waited = true) {
    if (!waited) talk.say(`waiting for another build in ${path.relative(process.cwd(), directory)}`);
    await sleep(retryMilliseconds);
  }
  try {
    return await action();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  if (!holderLives(file)) fs.rmSync(file, { force: true });
  return false;
}

function holderLives(file: string): boolean {
  try {
    const pid = Number(fs.readFileSync(file, 'utf8'));
    if (pid === process.pid || !Number.isInteger(pid) || pid <= 0) return pid === process.pid;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}
