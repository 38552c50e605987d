/** What a run's processes take of the machine's memory, with the kernel's below them. */
import fs from 'node:fs';
import type { Child } from './children.ts';

const kilobyte = 1024;
const page = 4096;

/** A number behind a name in a file of /proc; 0 for a process that has ended. */
function numberIn(file: string, name: string): number {
  try {
    return Number(new RegExp(`${name}\\s*(\\d+)`).exec(fs.readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Processes of the session that a child leads: it, and what it started. */
function processesOf(child: Child): string[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [, , , session] = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        return session === `${child.pid}`;
      } catch {
        return false; // has ended
      }
    });
}

function bytesOf(children: readonly Child[]): number {
  const shares = children.flatMap(processesOf).map((pid) => numberIn(`/proc/${pid}/smaps_rollup`, 'Pss:'));
  const kernel = numberIn('/proc/meminfo', 'Slab:');
  const queued = numberIn('/proc/net/sockstat', 'mem') * page;
  return (shares.reduce((a, b) => a + b, 0) + kernel) * kilobyte + queued;
}

/** Bytes that were taken between the first line that one of them prints, and the second. */
export async function weigh(children: readonly Child[]): Promise<number> {
  const lines = (count: number) => (output: string) => output.split('\n').length > count;
  await Promise.race(children.map((child) => child.printed(lines(1))));
  const before = bytesOf(children);
  await Promise.race(children.map((child) => child.printed(lines(2))));
  return bytesOf(children) - before;
}
