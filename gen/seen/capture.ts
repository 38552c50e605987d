/** Packets that a running binary copies out of a NIC (runtime-c/nic/capture.h), as they come. */
import { RuntimeError } from '../control/runtime-error.ts';

export interface Packet {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly outbound: boolean;
  /** On the wire. */
  readonly length: number;
  /** The first of them. */
  readonly bytes: Buffer;
}

/** What a capture's rings are read from. */
export interface CaptureMemory {
  readonly bytes: number;
  read(offset: number, length: number): Buffer;
}

const MAGIC = 'bpdumps\x01';
const HEADER_BYTES = 64;
const RING_HEAD_BYTES = 64;
const RECORD_BYTES = 32;
const RINGS_MAX = 1024;
const DATA_BYTES_MAX = 1 << 28;
const SNAPLEN_MAX = 65_535;

/** Of one ring: where reading goes on, and what was lost by being too slow. */
interface Cursor {
  readonly at: number;
  position: bigint;
  next: bigint;
}

export class Capture {
  readonly snaplen: number;
  /** Its name in the config. */
  readonly nic: string;
  readonly #memory: CaptureMemory;
  readonly #dataBytes: number;
  readonly #cursors: readonly Cursor[];
  #lost = 0n;

  /** @throws RuntimeError bad-answer when what it begins with makes no sense. */
  constructor(memory: CaptureMemory) {
    const header = memory.read(0, HEADER_BYTES);
    if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC)
      throw bad('another version');
    const [headerBytes, ringBytes, dataBytes, recordBytes, rings, snaplen] = [8, 12, 16, 20, 24, 28].map((at) =>
      header.readUInt32LE(at),
    ) as [number, number, number, number, number, number];
    const powerOfTwo = dataBytes > 0 && (dataBytes & (dataBytes - 1)) === 0 && dataBytes <= DATA_BYTES_MAX;
    if (!powerOfTwo || ringBytes !== RING_HEAD_BYTES + dataBytes || recordBytes !== RECORD_BYTES)
      throw bad('rings of an impossible size');
    if (headerBytes < HEADER_BYTES || rings > RINGS_MAX || headerBytes + rings * ringBytes > memory.bytes)
      throw bad('more rings than it has room for');
    if (snaplen < 1 || snaplen > SNAPLEN_MAX) throw bad('an impossible snap length');
    this.snaplen = snaplen;
    this.nic = header.toString('latin1', 32, 64).replaceAll(/[^\w-]/g, '');
    this.#memory = memory;
    this.#dataBytes = dataBytes;
    this.#cursors = Array.from({ length: rings }, (_, i) => ({
      at: headerBytes + i * ringBytes,
      position: 0n,
      next: 0n,
    }));
  }

  /** Packets that were overwritten before they were read. */
  get lost(): bigint {
    return this.#lost;
  }

  /** True when every queue writes. */
  get started(): boolean {
    return this.#cursors.every(({ at }) => this.#memory.read(at + 24, 4).readUInt32LE(0) === 1);
  }

  /** All that has come since the last call, in the order of time. */
  take(): Packet[] {
    const packets = this.#cursors.flatMap((cursor) => this.#takeRing(cursor));
    if (this.#cursors.length > 1) packets.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    return packets;
  }

  #takeRing(cursor: Cursor): Packet[] {
    const { at } = cursor;
    const position = (offset: number) => this.#memory.read(at + offset, 8).readBigUInt64LE(0);
    const newest = position(8);
    let begin = cursor.position;
    const oldestBefore = position(0);
    if (oldestBefore > begin) begin = oldestBefore;
    if (newest <= begin) return [];
    if (newest - begin > BigInt(this.#dataBytes)) throw bad('positions that make no sense');
    const bytes = this.#copy(at + RING_HEAD_BYTES, begin, Number(newest - begin));
    // What was overwritten during the copy is given up: the writer says so before it does it.
    const oldest = position(0);
    const whole = oldest > begin ? oldest - begin : 0n;
    cursor.position = begin + BigInt(Math.max(bytes.length, Number(whole)));
    const packets = whole < BigInt(bytes.length) ? this.#parse(bytes.subarray(Number(whole)), cursor) : [];
    return packets;
  }

  #copy(data: number, position: bigint, length: number): Buffer {
    const offset = Number(position & BigInt(this.#dataBytes - 1));
    const first = Math.min(length, this.#dataBytes - offset);
    const bytes = this.#memory.read(data + offset, first);
    return first === length ? bytes : Buffer.concat([bytes, this.#memory.read(data, length - first)]);
  }

  #parse(bytes: Buffer, cursor: Cursor): Packet[] {
    const packets: Packet[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (bytes.length - at < RECORD_BYTES) throw bad('a record without an end');
      const number = bytes.readBigUInt64LE(at);
      const captured = bytes.readUInt32LE(at + 20);
      const end = at + RECORD_BYTES + captured;
      if (captured > this.snaplen || end > bytes.length || number < cursor.next)
        throw bad('a record that makes no sense');
      this.#lost += number - cursor.next;
      cursor.next = number + 1n;
      packets.push({
        time: bytes.readBigUInt64LE(at + 8),
        length: bytes.readUInt32LE(at + 16),
        outbound: bytes.readUInt32LE(at + 24) !== 0,
        bytes: bytes.subarray(at + RECORD_BYTES, end),
      });
      at = RECORD_BYTES + at + ((captured + 7) & ~7);
    }
    return packets;
  }
}

const bad = (reason: string) => new RuntimeError('bad-answer', `the runtime's capture has ${reason}`);
