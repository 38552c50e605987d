/** Takes packets out of a capture as they come, until told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RuntimeError } from '../control/runtime-error.ts';
import type { Capture, Packet } from './capture.ts';
import type { Filter } from './packet-filter.ts';
import { fileHeader, type Interface, packetBlock, statisticsBlock } from './pcapng.ts';

const LOOK_AGAIN_MS = 10;
const START_MS = 5_000;

export interface Recording {
  /** Packets that the file has. */
  readonly packets: number;
  /** Those that came by too fast for us. */
  readonly lost: number;
  /** Those that the filter left out. */
  readonly filtered: number;
}

export interface Limits {
  /** Ends it. */
  readonly stop: AbortSignal;
  /** The runtime has ended: what is left is taken, then it is over. */
  readonly gone: AbortSignal;
  readonly packetsMax: number;
}

export interface Sink {
  /** Resolves when there is room for more. */
  write(bytes: Buffer): Promise<void>;
}

/** Called when packets are being written. */
export type Started = () => void;

const now = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** Writes a whole file. @throws what the sink throws, or RuntimeError. */
export async function record(
  capture: Capture,
  about: Interface,
  filter: Filter,
  sink: Sink,
  limits: Limits,
  started: Started = () => {},
): Promise<Recording> {
  const begun = now();
  let accepted = 0;
  let seen = 0;
  await sink.write(fileHeader(about));
  await begins(capture, limits);
  started();
  for (let last = false; !last && accepted < limits.packetsMax; ) {
    last = limits.stop.aborted || limits.gone.aborted;
    const packets = capture.take();
    const wanted = packets.filter((packet) => filter(packet.bytes)).slice(0, limits.packetsMax - accepted);
    seen += packets.length;
    accepted += wanted.length;
    await sink.write(blocksOf(wanted));
    if (!last && packets.length === 0) await sleep(LOOK_AGAIN_MS, undefined, { signal: limits.stop }).catch(() => {});
  }
  const { lost } = capture;
  const received = BigInt(seen) + lost;
  await sink.write(statisticsBlock({ begun, ended: now(), received, accepted: BigInt(accepted), lost }));
  return { packets: accepted, lost: Number(lost), filtered: seen - accepted };
}

const blocksOf = (packets: readonly Packet[]): Buffer => Buffer.concat(packets.map(packetBlock));

async function begins(capture: Capture, { stop, gone }: Limits): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!capture.started && !stop.aborted) {
    if (gone.aborted) throw new RuntimeError('not-running', 'the runtime has ended');
    if (performance.now() > deadline)
      throw new RuntimeError('timeout', 'a worker of the runtime does not begin to capture');
    await sleep(1);
  }
}
