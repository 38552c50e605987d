/** Our side of a region whose other side does as it likes. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AttachedRegion, AttachedSlot } from '../../gen/control/attached-region.ts';
import { AttachedSocket } from '../../gen/control/attached-socket.ts';
import type { Attachment } from '../../gen/control/attachment.ts';

const ringBytes = 64 << 10;
const slotsAt = 4096;
const ringsAt = slotsAt + 2048 * 192;
/** Words of a slot, as runtime-c/socket/attached_layout.h has them. */
const word = { clientTail: 2, state: 16, runtimeHead: 18, runtimeTail: 19, runtimeFlags: 20, local: 26 };

/** As the runtime makes it. */
function memory(
  change: (words: Uint32Array) => void = () => undefined,
  size = ringsAt + 4096 * ringBytes,
): ArrayBuffer {
  const made = new ArrayBuffer(size);
  Buffer.from(made).write('bpattch\u0001', 'latin1');
  const words = new Uint32Array(made, 0, 1024);
  words.set([2048, 1024, slotsAt, 192, ringsAt, ringBytes], 2);
  change(words);
  return made;
}

/** A slot, and the runtime's view of it. */
function slotOf(index = 3) {
  const made = memory();
  const words = new Uint32Array(made, slotsAt + index * 192, 48);
  const toClient = Buffer.from(made, ringsAt + (2 * index + 1) * ringBytes, ringBytes);
  const toRuntime = Buffer.from(made, ringsAt + 2 * index * ringBytes, ringBytes);
  return { slot: new AttachedSlot(new AttachedRegion(made), index), words, toClient, toRuntime };
}

describe('a region', () => {
  it.each([
    ['magic', memory((words) => words.set([0]))],
    ['number of slots', memory((words) => words.set([4096], 2))],
    ['size of a slot', memory((words) => words.set([128], 5))],
    ['size of a ring', memory((words) => words.set([1 << 20], 7))],
    ['length', memory(undefined, ringsAt + ringBytes)],
  ])('of another %s is refused', (_, made) => {
    expect(() => new AttachedRegion(made)).toThrow('another version');
  });

  it('finds each mark once', () => {
    const region = new AttachedRegion(memory());
    const marked = [0, 31, 32, 1000, 2047];
    for (const slot of marked) (region.words[448 / 4 + (slot >> 5)] as number) |= 1 << (slot & 31);
    const found: number[] = [];
    for (let i = 0; i < 2; i++) region.takeMarks((slot) => found.push(slot));
    expect(found).toEqual(expect.arrayContaining(marked));
    expect(found).toHaveLength(marked.length);
  });

  it('rings only when the runtime sleeps, and once', () => {
    const region = new AttachedRegion(memory());
    expect(region.mark(40)).toBe(false);
    region.words[128 / 4] = 1;
    expect([region.mark(41), region.mark(42)]).toEqual([true, false]);
    expect(region.words[192 / 4 + 1]).toBe((1 << 8) | (1 << 9) | (1 << 10));
  });
});

describe('a slot', () => {
  it('carries bytes around the end of a ring', () => {
    const { slot, words, toRuntime } = slotOf();
    const data = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i * 7));
    for (let round = 0, sent = 0; round < 10; round++) {
      slot.write(data, 0, data.length);
      const seen = Buffer.from(data.map((_, i) => toRuntime[(sent + i) % ringBytes] as number));
      expect(seen.equals(data)).toBe(true);
      sent += data.length;
      expect(words[word.clientTail]).toBe(sent);
      words[word.runtimeHead] = sent;
    }
  });

  it.each([ringBytes + 1, 2 ** 31, 2 ** 32 - 1])('notices positions that cannot be: %d', (position) => {
    const { slot, words } = slotOf();
    words[word.runtimeTail] = position;
    words[word.runtimeHead] = position;
    expect(slot.readable).toBeUndefined();
    if (position !== 2 ** 32 - 1) expect(slot.writable).toBeUndefined();
  });

  it.each([
    ['00000000000000000000ffff7f000001', '127.0.0.1', 'IPv4'],
    ['00000000000000000000000000000001', '::1', 'IPv6'],
    ['fd000000000000010000000000000002', 'fd00:0:0:1::2', 'IPv6'],
  ])('shows address %s', (hex, address, family) => {
    const { slot, words } = slotOf();
    Buffer.from(words.buffer, words.byteOffset + word.local * 4, 16).write(hex, 'hex');
    expect(slot.local).toMatchObject({ address, family });
  });
});

describe('a socket', () => {
  const nobody = { own: () => 0, tell: () => 0, close: () => 0, ref: () => 0, unref: () => 0 } as unknown as Attachment;

  it('fails with EPROTO when the positions of its ring cannot be', async () => {
    const { slot, words } = slotOf();
    const socket = new AttachedSocket();
    socket.adopt(nobody, slot);
    socket.resume();
    words[word.runtimeTail] = ringBytes + 1;
    const failed = once(socket, 'error');
    socket.look();
    expect((await failed)[0]).toMatchObject({ code: 'EPROTO' });
  });

  it('fails with EPIPE when the program has gone while it writes', async () => {
    const { slot, words } = slotOf();
    const socket = new AttachedSocket({ allowHalfOpen: true });
    socket.adopt(nobody, slot);
    socket.resume();
    words[word.runtimeFlags] = 3;
    const failed = once(socket, 'error');
    socket.look();
    socket.write('x');
    expect((await failed)[0]).toMatchObject({ code: 'EPIPE', syscall: 'write' });
  });
});
