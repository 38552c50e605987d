/** Waiting for what the control socket has no message for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RuntimeError } from './runtime-error.ts';

const firstPauseMilliseconds = 5;
const longestPauseMilliseconds = 100;

/**
 * Asks again and again, in growing intervals, until there is a result.
 * @throws RuntimeError timeout, with the text; and what look throws.
 */
export async function waitFor<T>(
  look: () => Promise<T | undefined>,
  milliseconds: number,
  complaint: string,
): Promise<T> {
  const limit = performance.now() + milliseconds;
  for (let pause = firstPauseMilliseconds; ; pause = Math.min(pause * 2, longestPauseMilliseconds)) {
    const result = await look();
    if (result !== undefined) return result;
    if (performance.now() >= limit) throw new RuntimeError('timeout', complaint);
    await sleep(pause);
  }
}
