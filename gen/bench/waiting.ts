/** Waiting for what a run's processes should do: no longer than a limit, and not for one that has ended. */
import type { Child } from './children.ts';
import { untilAnswered } from './ports.ts';

/** A run that did not give its figure: says why, and what was printed. */
export class RunFailed extends Error {}

const errorsOf = (children: readonly Child[]): string =>
  children
    .map((child) => child.errors().trim())
    .filter(Boolean)
    .join('; ') || 'nothing on stderr';

const reached = (limit: AbortSignal): Promise<'late'> =>
  new Promise((resolve) => {
    if (limit.aborted) resolve('late');
    limit.addEventListener('abort', () => resolve('late'), { once: true });
  });

/** Waits for a program that ends by itself. @throws RunFailed when it ends badly, or not in time. */
export async function ended(child: Child, limit: AbortSignal): Promise<void> {
  const how = await Promise.race([child.ended, reached(limit)]);
  if (how === 'late') throw new RunFailed(`did not end in time: ${errorsOf([child])}`);
  if (how !== 0) throw new RunFailed(`ended with ${how}: ${errorsOf([child])}`);
}

/** Waits for the figure of a program that does not end by itself. @throws RunFailed */
export async function printed(
  child: Child,
  figure: (output: string) => number | undefined,
  limit: AbortSignal,
): Promise<void> {
  const there = child.printed((output) => figure(output) !== undefined).then(() => 'there' as const);
  const how = await Promise.race([there, child.ended, reached(limit)]);
  if (how !== 'there')
    throw new RunFailed(`${how === 'late' ? 'no figure in time' : `ended with ${how}`}: ${errorsOf([child])}`);
}

/** Waits until somebody listens on the port. @throws RunFailed */
export async function answered(port: number, children: readonly Child[], limit: AbortSignal): Promise<void> {
  const over = new AbortController();
  const waiting = untilAnswered(port, AbortSignal.any([limit, over.signal]));
  const ending = children.map((child) => child.ended.then(() => false));
  const listening = await Promise.race([waiting, ...ending]);
  over.abort();
  if (!listening) throw new RunFailed(`nobody listens on port ${port}: ${errorsOf(children)}`);
}
