/** TCP ports of the loopback interface: a free one, and waiting until one answers. */
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Below the range that the kernel gives to clients. */
const FIRST = 20_000;
const COUNT = 12_000;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '::', () => probe.close(() => resolve(true)));
  });

/** A port that nobody has at the moment, on IPv4 and IPv6. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    const done = (yes: boolean) => {
      probe.destroy();
      resolve(yes);
    };
    probe.once('connect', () => done(true));
    probe.once('error', () => done(false));
  });

/** Waits until somebody listens there; false when `signal` ended the wait. */
export async function untilAnswered(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await answers(port)) return true;
    await sleep(5);
  }
  return false;
}
