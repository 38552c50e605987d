/** One build at a time in an output folder. The lock names its holder, so that one left by a dead process is no lock. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Talk } from '../terminal/talk.ts';
import { isErrno, ownTemporary, refusal, removeTemporaries, shownPath } from './disk.ts';
import { withUndo } from './undo.ts';

const retryMilliseconds = 100;

/**
 * Runs the action while holding the lock of the folder; waits for another build to end. Returns a diagnostic when the
 * folder cannot be made.
 */
export async function withLock<T>(directory: string, talk: Talk, action: () => Promise<T>): Promise<T | Diagnostic> {
  const file = path.join(directory, '.lock');
  try {
    fs.mkdirSync(directory, { recursive: true });
    for (let waited = false; !take(file); waited = true) {
      if (!waited)
        talk.say(`waiting for another build in ${shownPath(directory)} (${shownPath(file)} names its process)`);
      await sleep(retryMilliseconds);
    }
    removeTemporaries(file);
  } catch (error) {
    return refusal(error, file);
  }
  return withUndo(() => fs.rmSync(file, { force: true }), action);
}

/** The lock appears with its holder's name in it: an empty one would be taken for a dead process's. */
function take(file: string): boolean {
  const temporary = ownTemporary(file);
  try {
    fs.writeFileSync(temporary, `${process.pid} ${startOf(process.pid)}`);
    fs.linkSync(temporary, file);
    return true;
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  if (!holderLives(file)) fs.rmSync(file, { force: true });
  return false;
}

/** When a process started, in clock ticks after the boot: with its pid it is nobody else's (proc_pid_stat(5), field 22). */
function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3];
  } catch {
    return undefined;
  }
}

function holderLives(file: string): boolean {
  try {
    const [pid, start] = fs.readFileSync(file, 'utf8').split(' ');
    return start !== undefined && startOf(Number(pid)) === start;
  } catch {
    return false;
  }
}
