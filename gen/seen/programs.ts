/** Names of programs by their pids: those of the config, else what ps shows, as forked ones have no other. */
import fs from 'node:fs';
import type { RuntimeStatus } from '../control/api.ts';

export function programNames(
  { apps }: RuntimeStatus<string>,
  sockets: readonly { readonly pid?: number }[],
): ReadonlyMap<number, string> {
  const names = new Map(
    Object.entries(apps).flatMap(([name, app]) => ('pid' in app ? [[app.pid, name] as const] : [])),
  );
  for (const { pid } of sockets) {
    if (pid !== undefined && !names.has(pid)) names.set(pid, commandOf(pid));
  }
  return names;
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').replaceAll(/[^\x21-\x7e]/g, '');
  } catch {
    return '-'; // it has ended
  }
}
