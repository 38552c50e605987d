/** What NICs and stacks have counted, asked of the runtime (runtime-c/main/network.h). */
import type { Network, NicFigures, NicQueueFigures, StackFigures } from './api.ts';
import { ask, badAnswer } from './ask.ts';

/** @throws RuntimeError */
export async function askNetwork(runDirectory: string): Promise<Network> {
  const network = networkOf(await ask(runDirectory, 'network'));
  if (network === undefined) throw badAnswer(runDirectory, 'its figures of the network are malformed');
  return network;
}

type Fields = Record<string, unknown>;

/** undefined: something is not as it has to be. */
export function networkOf({ nics, workers }: Fields): Network | undefined {
  try {
    return { nics: list(nics).map(nicOf), workers: list(workers).map(stackOf) };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}

function list(value: unknown): Fields[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null)) return value;
  throw new Malformed();
}

function count(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new Malformed();
}

/** Text that a terminal may see. */
function word(value: unknown): string {
  if (typeof value === 'string' && /^[\w-]+$/.test(value)) return value;
  throw new Malformed();
}

function counts(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed();
  return Object.fromEntries(Object.entries(value).map(([name, number]) => [word(name), count(number)]));
}

function queueOf(fields: Fields): NicQueueFigures {
  const { queue, worker, rxPackets, rxBytes, txPackets, txBytes, txFull } = counts(fields);
  return {
    queue: count(queue),
    worker: count(worker),
    rxPackets: count(rxPackets),
    rxBytes: count(rxBytes),
    txPackets: count(txPackets),
    txBytes: count(txBytes),
    txFull: count(txFull),
  };
}

function nicOf({ name, model, link, linkLosses, drops, queues }: Fields): NicFigures {
  const { rxMissed, rxNoBuffer, rxErrors, txErrors, txRefused } = counts(drops);
  return {
    name: word(name),
    model: word(model),
    link: link === true,
    linkLosses: count(linkLosses),
    drops: {
      rxMissed: count(rxMissed),
      rxNoBuffer: count(rxNoBuffer),
      rxErrors: count(rxErrors),
      txErrors: count(txErrors),
      txRefused: count(txRefused),
    },
    queues: list(queues).map(queueOf),
  };
}

const stackOf = ({ worker, connections, drops, tcp }: Fields): StackFigures => ({
  worker: count(worker),
  connections: count(connections),
  drops: counts(drops),
  tcp: counts(tcp),
});
