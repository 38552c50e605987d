/** A survey of the sockets of a running binary (runtime-c/socket/survey.h). */
import { setTimeout as sleep } from 'node:timers/promises';
import { RuntimeError } from '../control/runtime-error.ts';
import { addressText } from './addresses.ts';
import { borrow, type Lent } from './lent.ts';
import { type TcpInfo, tcpInfoOf } from './tcp-info.ts';

/** As ss names them; by their number in Linux. */
export const states = [
  'UNKNOWN',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
] as const;

export type State = (typeof states)[number];

/** Where the other end is: a fused program, beyond a NIC, or a process attached through memory. */
export const places = ['fused', 'nic', 'attached'] as const;

export interface SocketEnd {
  readonly address: string;
  readonly port: number;
}

export interface SocketRow {
  readonly protocol: 'tcp' | 'udp';
  readonly family: 'ipv4' | 'ipv6';
  readonly state: State;
  readonly place: (typeof places)[number];
  readonly local: SocketEnd;
  readonly remote: SocketEnd;
  /** Bytes not read yet; of a listener connections not accepted yet. */
  readonly receiveQueue: number;
  /** Bytes not acknowledged yet; of a listener the limit of its queue. */
  readonly sendQueue: number;
  /** Bytes that may be buffered; 0: not told. */
  readonly receiveLimit: number;
  readonly sendLimit: number;
  readonly pid?: number;
  /** Of a connection over a NIC that is no longer being opened. */
  readonly worker?: number;
  readonly congestion?: string;
  readonly info?: TcpInfo;
}

export interface Survey {
  readonly sockets: readonly SocketRow[];
  /** Sockets beyond what one survey holds. */
  readonly leftOut: number;
}

const MAGIC = 'bpsocks\x01';
const HEADER_BYTES = 32;
const RECORD_BYTES_MIN = 80;
const RECORD_BYTES_MAX = 4096;
const RECORDS_MAX = 1 << 20;
const WAIT_MS = 5_000;
const LOOK_AGAIN_MS = 2;
const BUSY_MS = 20;

/** @throws RuntimeError as ask() does, or timeout when a worker does not look. */
export async function surveySockets(runDirectory: string, patience = WAIT_MS): Promise<Survey> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await borrow(runDirectory, 'sockets', 'bypassgen-sockets', (lent) => complete(lent, deadline));
    } catch (error) {
      const busy = error instanceof RuntimeError && error.code === 'refused' && error.message.includes('busy');
      if (!busy || performance.now() > deadline) throw error;
    }
    await sleep(BUSY_MS);
  }
}

async function complete(lent: Lent, deadline: number): Promise<Survey> {
  for (;;) {
    const { pending } = headerOf(lent.read(0, HEADER_BYTES));
    if (pending === 0) break;
    if (lent.gone.aborted) throw new RuntimeError('not-running', 'the runtime has ended');
    if (performance.now() > deadline)
      throw new RuntimeError('timeout', 'a worker of the runtime does not look at its sockets; does it run at all?');
    await sleep(LOOK_AGAIN_MS);
  }
  const { headerBytes, recordBytes, capacity, count } = headerOf(lent.read(0, HEADER_BYTES));
  const bytes = lent.read(0, headerBytes + Math.min(count, capacity) * recordBytes);
  return surveyOf(bytes);
}

interface Header {
  readonly headerBytes: number;
  readonly recordBytes: number;
  readonly infoBytes: number;
  readonly capacity: number;
  readonly count: number;
  readonly pending: number;
}

function headerOf(bytes: Buffer): Header {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw bad('another version');
  const [headerBytes, recordBytes, infoBytes, capacity, count, pending] = [8, 12, 16, 20, 24, 28].map((at) =>
    bytes.readUInt32LE(at),
  ) as [number, number, number, number, number, number];
  if (headerBytes < HEADER_BYTES || headerBytes > RECORD_BYTES_MAX || capacity > RECORDS_MAX)
    throw bad('impossible sizes');
  if (recordBytes < RECORD_BYTES_MIN + infoBytes || recordBytes > RECORD_BYTES_MAX) throw bad('impossible sizes');
  return { headerBytes, recordBytes, infoBytes, capacity, count, pending };
}

const bad = (reason: string) => new RuntimeError('bad-answer', `the runtime's survey of its sockets has ${reason}`);

/** @throws RuntimeError bad-answer. */
export function surveyOf(bytes: Buffer): Survey {
  const header = headerOf(bytes);
  const count = Math.min(header.count, header.capacity);
  if (bytes.length < header.headerBytes + count * header.recordBytes) throw bad('fewer records than it says');
  const sockets = Array.from({ length: count }, (_, i) => {
    const at = header.headerBytes + i * header.recordBytes;
    return rowOf(bytes.subarray(at, at + header.recordBytes), header.infoBytes);
  });
  return { sockets, leftOut: header.count - count };
}

const IPPROTO_UDP = 17;
const CONGESTION_AT = 64;
const INFO_AT = 80;

function rowOf(record: Buffer, infoBytes: number): SocketRow {
  const u32 = (at: number) => record.readUInt32LE(at);
  const place = places[record[3] as number] ?? 'fused';
  const pid = u32(56);
  const congestion = record.toString('latin1', CONGESTION_AT, INFO_AT).replace(/\0.*$/s, '');
  const isFlow = /^[a-z0-9_]+$/.test(congestion);
  return {
    protocol: record[1] === IPPROTO_UDP ? 'udp' : 'tcp',
    family: record[0] ? 'ipv6' : 'ipv4',
    state: states[record[2] as number] ?? 'UNKNOWN',
    place,
    local: { address: addressText(record.subarray(8, 24)), port: record.readUInt16LE(4) },
    remote: { address: addressText(record.subarray(24, 40)), port: record.readUInt16LE(6) },
    receiveQueue: u32(40),
    sendQueue: u32(44),
    sendLimit: u32(48),
    receiveLimit: u32(52),
    ...(pid ? { pid } : {}),
    ...(place === 'nic' ? { worker: u32(60) } : {}),
    ...(isFlow ? { congestion, info: tcpInfoOf(record.subarray(INFO_AT, INFO_AT + infoBytes)) } : {}),
  };
}
