import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Capture, type Packet } from '../../gen/seen/capture.ts';
import { FilterError, parseFilter } from '../../gen/seen/packet-filter.ts';
import { fileHeader, packetBlock, statisticsBlock } from '../../gen/seen/pcapng.ts';
import { type Limits, record } from '../../gen/seen/record.ts';
import { bypassgen } from './helpers/cli.ts';
import { temporaryFolder } from './helpers/folders.ts';

const DATA = 1024;
const HEAD = 64;
const RECORD = 32;

/** A region as runtime-c/nic/capture.h lays it out, with small rings, and its writer. */
class Region {
  readonly memory: Buffer;
  readonly #position: bigint[];
  readonly #starts: bigint[][];
  readonly #number: bigint[];

  readonly rings: number;

  constructor(rings = 1, says: Partial<Record<number, number>> = {}) {
    this.rings = rings;
    this.memory = Buffer.alloc(HEAD + rings * (HEAD + DATA));
    this.memory.write('bpdumps\x01', 'latin1');
    [HEAD, HEAD + DATA, DATA, RECORD, rings, 200].forEach((value, i) => {
      this.memory.writeUInt32LE(says[8 + i * 4] ?? value, 8 + i * 4);
    });
    this.memory.write('net0', 32);
    this.#position = Array(rings).fill(0n);
    this.#number = Array(rings).fill(0n);
    this.#starts = Array.from({ length: rings }, () => []);
  }

  get bytes(): number {
    return this.memory.length;
  }

  /** Called once, in the middle of the next read of data. */
  interrupt: (() => void) | undefined;

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.from(this.memory.subarray(offset, offset + length));
    const { interrupt } = this;
    if (interrupt && length > 8) {
      this.interrupt = undefined;
      interrupt();
    }
    return bytes;
  }

  #at = (ring: number) => HEAD + ring * (HEAD + DATA);

  #put(ring: number, position: bigint, bytes: Buffer): void {
    bytes.forEach((byte, i) => {
      this.memory[this.#at(ring) + HEAD + Number((position + BigInt(i)) % BigInt(DATA))] = byte;
    });
  }

  start(): void {
    for (let ring = 0; ring < this.rings; ring++) this.memory.writeUInt32LE(1, this.#at(ring) + 24);
  }

  write(text: string, { ring = 0, time = 0n, captured = text.length } = {}): void {
    const bytes = Buffer.alloc(RECORD + ((text.length + 7) & ~7));
    bytes.writeBigUInt64LE(this.#number[ring] as bigint, 0);
    bytes.writeBigUInt64LE(time, 8);
    bytes.writeUInt32LE(text.length, 16);
    bytes.writeUInt32LE(captured, 20);
    bytes.write(text, RECORD, 'latin1');
    const position = this.#position[ring] as bigint;
    const starts = this.#starts[ring] as bigint[];
    starts.push(position);
    const end = position + BigInt(bytes.length);
    while (end - (starts[0] as bigint) > DATA) starts.shift();
    this.memory.writeBigUInt64LE(starts[0] as bigint, this.#at(ring));
    this.#put(ring, position, bytes);
    this.#position[ring] = end;
    this.#number[ring] = (this.#number[ring] as bigint) + 1n;
    this.memory.writeBigUInt64LE(end, this.#at(ring) + 8);
  }
}

const texts = (packets: readonly Packet[]): string[] => packets.map(({ bytes }) => bytes.toString('latin1'));

describe('a capture', () => {
  it('gives each packet once, in order, also where the ring begins anew', () => {
    const region = new Region();
    const capture = new Capture(region);
    const seen: string[] = [];
    for (let i = 0; i < 200; i++) {
      region.write(`packet ${i}`);
      if (i % 7 === 0) seen.push(...texts(capture.take()));
    }
    seen.push(...texts(capture.take()));
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => `packet ${i}`));
    expect([capture.lost, capture.nic]).toEqual([0n, 'net0']);
  });

  it('counts what was overwritten', () => {
    const region = new Region();
    const capture = new Capture(region);
    for (let i = 0; i < 100; i++) region.write(`packet ${i}`);
    const seen = texts(capture.take());
    expect(seen.at(-1)).toBe('packet 99');
    expect(Number(capture.lost) + seen.length).toBe(100);
    expect(seen.length).toBeGreaterThan(10);
  });

  it('gives up what is overwritten while it is read', () => {
    const region = new Region();
    const capture = new Capture(region);
    for (let i = 0; i < 10; i++) region.write(`packet ${i}`);
    region.interrupt = () => {
      for (let i = 10; i < 40; i++) region.write(`packet ${i}`);
    };
    const seen = [...texts(capture.take()), ...texts(capture.take())];
    expect(seen.at(-1)).toBe('packet 39');
    expect(Number(capture.lost) + seen.length).toBe(40);
  });

  it('puts the packets of several queues in the order of time', () => {
    const region = new Region(2);
    region.write('second', { time: 2n });
    region.write('first', { ring: 1, time: 1n });
    region.write('third', { time: 3n });
    expect(texts(new Capture(region).take())).toEqual(['first', 'second', 'third']);
  });

  it.each([
    ['another format', { 0: 0 }, (memory: Buffer) => memory.write('x')],
    ['rings of no size', { 16: 0 }],
    ['rings of a size that is no power of two', { 16: 1000, 12: 1064 }],
    ['huge rings', { 16: 2 ** 31, 12: 2 ** 31 + 64 }],
    ['too many rings', { 24: 2 ** 31 }],
    ['rings beyond the region', { 24: 2 }],
    ['other records', { 20: 16 }],
    ['no snap length', { 28: 0 }],
    ['a header too small', { 8: 8 }],
  ])('of %s is refused', (_, says, change = () => 0) => {
    const region = new Region(1, says);
    (change as (memory: Buffer) => void)(region.memory);
    expect(() => new Capture(region)).toThrow("the runtime's capture has");
  });

  it.each([
    ['positions that are apart', (r: Region) => r.memory.writeBigUInt64LE(2n ** 60n, HEAD + 8)],
    ['a record longer than the snap length', (r: Region) => r.write('x', { captured: 201 })],
    ['a record without an end', (r: Region) => r.write('x', { captured: 100 })],
    [
      'a number of the past',
      (r: Region) => [r.write('x'), r.write('x'), r.memory.writeBigUInt64LE(0n, HEAD + HEAD + 40)],
    ],
    ['half a record', (r: Region) => r.memory.writeBigUInt64LE(8n, HEAD + 8)],
  ])('with %s is refused', (_, spoil) => {
    const region = new Region();
    spoil(region);
    expect(() => new Capture(region).take()).toThrow("the runtime's capture has");
  });
});

const ethernet = (type: string) => `020000000001020000000002${type}`;
const frames = {
  tcp: Buffer.from(`${ethernet('0800')}450000280000000040060000${'0a4d0001'}${'0a4d0002'}c35018eb`, 'hex'),
  udp: Buffer.from(`${ethernet('0800')}4500001c0000000040110000${'0a4d0002'}${'0a4d0003'}00350400`, 'hex'),
  later: Buffer.from(`${ethernet('0800')}450000280000000140060000${'0a4d0001'}${'0a4d0002'}c35018eb`, 'hex'),
  vlan: Buffer.from(`${ethernet('8100')}00070800450000280000000040060000${'0a4d0001'}${'0a4d0002'}c35018eb`, 'hex'),
  six: Buffer.from(
    `${ethernet('86dd')}6000000000180040${'fd77'.padEnd(31, '0')}1${'fd77'.padEnd(31, '0')}2` +
      `0600000000000000${'c35018eb'}`,
    'hex',
  ),
  arp: Buffer.from(`${ethernet('0806')}0001080006040001${'020000000002'}0a4d0001${'000000000000'}0a4d0002`, 'hex'),
  short: Buffer.from('0200', 'hex'),
};

describe('a filter', () => {
  it.each<[string, (keyof typeof frames)[]]>([
    ['', ['tcp', 'udp', 'later', 'vlan', 'six', 'arp', 'short']],
    ['tcp', ['tcp', 'later', 'vlan', 'six']],
    ['ip and tcp', ['tcp', 'later', 'vlan']],
    ['udp or arp', ['udp', 'arp']],
    ['port 6379', ['tcp', 'vlan', 'six']],
    ['dst port 6379', ['tcp', 'vlan', 'six']],
    ['src port 6379', []],
    ['src port 53', ['udp']],
    ['host 10.77.0.1', ['tcp', 'later', 'vlan', 'arp']],
    ['src host 10.77.0.2', ['udp']],
    ['dst host fd77:0::2', ['six']],
    ['tcp port 6379 and not ip6', ['tcp', 'vlan']],
    ['not (tcp or udp)', ['arp', 'short']],
    ['! tcp && ! udp', ['arp', 'short']],
    ['icmp or icmp6', []],
  ])("'%s' takes what it says", (text, expected) => {
    const filter = parseFilter(text);
    expect(Object.entries(frames).flatMap(([name, frame]) => (filter(frame) ? [name] : []))).toEqual(expected);
  });

  it('never reads behind a packet', () => {
    const filter = parseFilter('tcp port 1 or udp port 1 or host ::1 or arp');
    for (const frame of Object.values(frames))
      for (let length = 0; length < frame.length; length++) filter(frame.subarray(0, length));
  });

  it.each([
    ['port', "'' is no port"],
    ['port http', "'http' is no port"],
    ['port 65536', "'65536' is no port"],
    ['host here', "'here' is no IP address"],
    ['src tcp', "'src' is followed by host or port"],
    ['(tcp', "a ')' is missing"],
    ['tcp)', "')' is not understood"],
    ['tcp or', 'something is missing at its end'],
    ['greater 5', "'greater' is not understood"],
    ['('.repeat(5000), 'it is nested too deeply'],
    ['not '.repeat(5000), 'it is nested too deeply'],
  ])("'%s' is refused", (text, reason) => {
    expect(() => parseFilter(text)).toThrow(new FilterError(reason));
  });
});

describe('a file', () => {
  const about = { name: 'net0', description: 'of a test', snaplen: 100 };
  const packet: Packet = { time: 1_700_000_000_123_456_789n, outbound: true, length: 60, bytes: frames.tcp };
  const hasTshark = spawnSync('tshark', ['--version']).status === 0;

  it('is made of whole blocks', () => {
    const statistics = statisticsBlock({ begun: 1n, ended: 2n, received: 3n, accepted: 1n, lost: 2n });
    const file = Buffer.concat([fileHeader({ ...about, filter: 'tcp' }), packetBlock(packet), statistics]);
    const types: number[] = [];
    for (let at = 0; at < file.length; ) {
      const length = file.readUInt32LE(at + 4);
      expect([length % 4, file.readUInt32LE(at + length - 4)]).toEqual([0, length]);
      types.push(file.readUInt32LE(at));
      at += length;
    }
    expect(types).toEqual([0x0a0d0d0a, 1, 6, 5]);
  });

  it.skipIf(!hasTshark)('is read by tshark, to the nanosecond', () => {
    const file = path.join(temporaryFolder(), 'a.pcapng');
    fs.writeFileSync(file, Buffer.concat([fileHeader(about), packetBlock(packet)]));
    const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'ip.src', 'tcp.dstport', 'frame.interface_name'];
    const { stdout } = spawnSync('tshark', ['-r', file, '-T', 'fields', ...fields.flatMap((f) => ['-e', f])], {
      encoding: 'utf8',
    });
    expect(stdout.trim().split('\t')).toEqual(['1700000000.123456789', '60', '38', '10.77.0.1', '6379', 'net0']);
  });

  const recorded = async (region: Region, some: Partial<Limits> = {}, filter = '') => {
    const parts: Buffer[] = [];
    const stop = new AbortController();
    const limits = { stop: stop.signal, gone: new AbortController().signal, packetsMax: Number.POSITIVE_INFINITY };
    const sink = { write: async (bytes: Buffer) => void parts.push(bytes) };
    const done = record(new Capture(region), about, parseFilter(filter), sink, { ...limits, ...some }, () =>
      stop.abort(),
    );
    return { ...(await done), bytes: Buffer.concat(parts).length };
  };

  it('has what came before the end, and says what was left out and lost', async () => {
    const region = new Region();
    region.start();
    for (let i = 0; i < 100; i++) region.write(frames.arp.toString('latin1'));
    const { packets, lost, filtered } = await recorded(region, {}, 'tcp');
    expect([packets, lost + filtered]).toEqual([0, 100]);
    expect(lost).toBeGreaterThan(0);
  });

  it('ends after so many packets', async () => {
    const region = new Region();
    region.start();
    for (let i = 0; i < 9; i++) region.write(`${i}`);
    expect(await recorded(region, { packetsMax: 4 })).toMatchObject({ packets: 4 });
  });

  it('is not begun when the runtime ends first', async () => {
    await expect(recorded(new Region(), { gone: AbortSignal.abort() })).rejects.toThrow('the runtime has ended');
  });
});

describe('bypassgen dump', () => {
  it.each([
    [[], '--write: name a file'],
    [['-w', '-', '--json'], 'both want stdout'],
    [['-w', 'x', '-s', '0'], '--snaplen: 0 is not from 1 to 65535'],
    [['-w', 'x', '-s', '65536'], '--snaplen: 65536 is not from 1 to 65535'],
    [['-w', 'x', '-c', 'many'], '--count: many is no number of packets'],
    [['-w', 'x', '-f', 'prot 7'], "--filter: 'prot' is not understood"],
    [['Net 0', '-w', 'x'], 'Net 0 is no name of a NIC'],
  ])('refuses %j', (args, reason) => {
    const { status, stderr, stdout } = bypassgen('/', ['dump', 'x', ...args]);
    expect([status, stderr + stdout]).toEqual([1, expect.stringContaining(reason)]);
  });

  it('says when nothing runs, and leaves no file', () => {
    const folder = temporaryFolder();
    const { status, stderr } = bypassgen(folder, ['dump', 'x', '--run-dir', '/nonexistent', '-w', 'a.pcapng']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('there is no control socket')]);
    expect(fs.existsSync(path.join(folder, 'a.pcapng'))).toBe(false);
  });
});
