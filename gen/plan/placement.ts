/**
 * Which program runs on which worker. Programs that talk to each other, directly or through others, share a worker: a
 * message between them is then a switch of user threads. Groups are spread over the workers, largest first.
 */
export interface PlacedApp {
  readonly name: string;
  readonly talksTo: readonly string[];
}

export interface Placement {
  readonly worker: number;
  readonly reason: string;
}

export function placeApps(apps: readonly PlacedApp[], workerCount: number): Map<string, Placement> {
  const placements = new Map<string, Placement>();
  const load = Array.from({ length: workerCount }, () => 0);
  for (const group of groupsOf(apps)) {
    const worker = load.indexOf(Math.min(...load));
    load[worker] = (load[worker] ?? 0) + group.length;
    for (const name of group) placements.set(name, { worker, reason: reasonFor(name, group, workerCount) });
  }
  return placements;
}

/** Connected components of the talks-to relation; largest first, then by name. */
function groupsOf(apps: readonly PlacedApp[]): string[][] {
  const leader = new Map(apps.map(({ name }) => [name, name]));
  const find = (name: string): string => {
    const parent = leader.get(name) as string;
    return parent === name ? name : find(parent);
  };
  for (const { name, talksTo } of apps) {
    for (const other of talksTo) leader.set(find(name), find(other));
  }
  const groups = new Map<string, string[]>();
  for (const { name } of apps) groups.set(find(name), [...(groups.get(find(name)) ?? []), name]);
  return [...groups.values()]
    .map((group) => group.sort())
    .sort((a, b) => b.length - a.length || ((a[0] as string) < (b[0] as string) ? -1 : 1));
}

function reasonFor(name: string, group: readonly string[], workerCount: number): string {
  if (workerCount === 1) return 'there is one worker';
  const others = group.filter((other) => other !== name);
  if (others.length === 0) return 'it talks to no other program; this worker had the fewest programs';
  return `it shares a worker with ${others.join(', ')}: they talk to each other, and a message on one worker is a switch of user threads`;
}
