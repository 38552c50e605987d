/** Files of packets: PCAP Next Generation (draft-ietf-opsawg-pcapng), little-endian, one interface, nanoseconds. */
import type { Packet } from './capture.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const LINKTYPE_ETHERNET = 1;

type OptionValue = string | Buffer;

const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

function option(code: number, value: OptionValue): Buffer {
  const bytes = Buffer.from(value as string);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(bytes.length, 2);
  return pad(Buffer.concat([head, bytes]));
}

const endOfOptions = Buffer.alloc(4);
const optionsOf = (options: readonly (readonly [number, OptionValue])[]): Buffer =>
  Buffer.concat([...options.map(([code, value]) => option(code, value)), endOfOptions]);

function block(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = pad(Buffer.concat(parts));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(body.length + 12, 4);
  return Buffer.concat([head, body, head.subarray(4)]);
}

const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value >>> 0, i * 4);
  });
  return bytes;
};

const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};

/** Time stamps are two words, the upper one first. */
const stamp = (time: bigint): Buffer => u32(Number(time >> 32n), Number(time & 0xffffffffn));

export interface Interface {
  readonly name: string;
  readonly description: string;
  readonly snaplen: number;
  readonly filter?: string;
}

/** What a file begins with: the section and its interface. */
export function fileHeader({ name, description, snaplen, filter }: Interface): Buffer {
  const section = Buffer.concat([u32(0x1a2b3c4d, 1), Buffer.alloc(8, 0xff)]); // version 1.0, length not told
  const link = u32(LINKTYPE_ETHERNET, snaplen);
  return Buffer.concat([
    block(SECTION_HEADER, section, optionsOf([[4, 'bypassgen']])),
    block(
      INTERFACE_DESCRIPTION,
      link,
      optionsOf([
        [2, name],
        [3, description],
        [9, Buffer.from([9])], // if_tsresol: 10^-9 seconds
        ...(filter ? ([[11, Buffer.concat([Buffer.from([0]), Buffer.from(filter)])]] as const) : []),
      ]),
    ),
  ]);
}

const INBOUND = 1;
const OUTBOUND = 2;

export function packetBlock({ time, length, outbound, bytes }: Packet): Buffer {
  return block(
    ENHANCED_PACKET,
    u32(0),
    stamp(time),
    u32(bytes.length, length),
    pad(bytes),
    optionsOf([[2, u32(outbound ? OUTBOUND : INBOUND)]]),
  );
}

export interface Totals {
  readonly begun: bigint;
  readonly ended: bigint;
  /** Packets that came by, by which the filter took, and which were lost on the way to us. */
  readonly received: bigint;
  readonly accepted: bigint;
  readonly lost: bigint;
}

/** What a file ends with. */
export function statisticsBlock({ begun, ended, received, accepted, lost }: Totals): Buffer {
  return block(
    INTERFACE_STATISTICS,
    u32(0),
    stamp(ended),
    optionsOf([
      [2, stamp(begun)],
      [3, stamp(ended)],
      [4, u64(received)],
      [6, u64(accepted)],
      [7, u64(lost)],
      [8, u64(accepted)],
    ]),
  );
}
