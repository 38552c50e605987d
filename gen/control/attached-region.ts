/**
 * The memory shared with a runtime (runtime-c/socket/attached_layout.h says what it looks like and who writes what). Our
 * side of one slot is an AttachedSlot: indices are kept here and only published there, what the runtime writes is checked.
 */

const magic = 'bpattch\u0001';
/** Positions of 32-bit words: of the header, ... */
const geometryAt = 2;
const runtimeArmedAt = 128 / 4;
const toRuntimeAt = 192 / 4;
const toClientAt = 448 / 4;
/** ... and of a slot. */
const word = {
  command: 0,
  port: 1,
  tail: 2,
  head: 3,
  flags: 4,
  wantSpace: 5,
  state: 16,
  error: 17,
  runtimeHead: 18,
  runtimeTail: 19,
  runtimeFlags: 20,
  runtimeWantsSpace: 21,
  listener: 22,
  localPort: 23,
  peerPort: 24,
  local: 26,
  peer: 30,
} as const;

const slotCount = 2048;
const slotsAt = 4096;
const slotBytes = 192;
const ringBytes = 64 << 10;
const ringsAt = slotsAt + slotCount * slotBytes;
/** Slots that we begin; the others are begun by the runtime. */
export const clientSlots = 1024;

export const command = { connect: 1, listen: 2, close: 3 } as const;
export const state = { free: 0, open: 1, failed: 2, retired: 3 } as const;
export const flag = { shut: 1, gone: 2, reset: 4 } as const;

export class AttachedRegion {
  readonly words: Uint32Array;
  readonly bytes: Buffer;

  /** @throws Error when it is not of this version. */
  constructor(memory: ArrayBuffer) {
    this.bytes = Buffer.from(memory);
    this.words = new Uint32Array(memory, 0, ringsAt / 4);
    const geometry = [slotCount, clientSlots, slotsAt, slotBytes, ringsAt, ringBytes];
    if (
      this.bytes.toString('latin1', 0, magic.length) !== magic ||
      geometry.some((value, i) => this.words[geometryAt + i] !== value) ||
      memory.byteLength < ringsAt + 2 * slotCount * ringBytes
    )
      throw new Error('its region is of another version');
  }

  /** Tells the runtime to look at a slot. Returns true when its doorbell is to be rung. */
  mark(slot: number): boolean {
    Atomics.or(this.words, toRuntimeAt + (slot >>> 5), 1 << (slot & 31));
    return Atomics.load(this.words, runtimeArmedAt) === 1 && Atomics.exchange(this.words, runtimeArmedAt, 0) === 1;
  }

  /** Calls look for each slot that the runtime has marked. */
  takeMarks(look: (slot: number) => void): void {
    for (let i = 0; i < slotCount / 32; i++) {
      if (this.words[toClientAt + i] === 0) continue;
      for (let set = Atomics.exchange(this.words, toClientAt + i, 0); set !== 0; set &= set - 1)
        look(i * 32 + 31 - Math.clz32(set & -set));
    }
  }
}

export interface Address {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly port: number;
}

export class AttachedSlot {
  readonly index: number;
  readonly #region: AttachedRegion;
  readonly #words: Uint32Array;
  readonly #toRuntime: number;
  readonly #toClient: number;
  #tail = 0;
  #head = 0;

  constructor(region: AttachedRegion, index: number) {
    this.index = index;
    this.#region = region;
    const at = slotsAt + index * slotBytes;
    this.#words = region.words.subarray(at / 4, (at + slotBytes) / 4);
    this.#toRuntime = ringsAt + 2 * index * ringBytes;
    this.#toClient = this.#toRuntime + ringBytes;
  }

  /** One that the runtime began, and that we have not closed. */
  get isOffered(): boolean {
    return this.state === state.open && Atomics.load(this.#words, word.command) === 0;
  }

  get state(): number {
    return Atomics.load(this.#words, word.state);
  }

  /** Positive errno, when it has failed. */
  get error(): number {
    return this.#words[word.error] as number;
  }

  get listener(): number {
    return this.#words[word.listener] as number;
  }

  /** Ends of the program's side; what was written before them is in the ring by then. */
  get flags(): number {
    return Atomics.load(this.#words, word.runtimeFlags);
  }

  get local(): Address {
    return this.#address(word.local, word.localPort);
  }

  get peer(): Address {
    return this.#address(word.peer, word.peerPort);
  }

  begin(what: number, port: number): void {
    this.#words[word.port] = port;
    Atomics.store(this.#words, word.command, what);
  }

  setFlags(flags: number): void {
    Atomics.or(this.#words, word.flags, flags);
  }

  close(): void {
    Atomics.store(this.#words, word.command, command.close);
  }

  /** Bytes to read; undefined: the runtime's words make no sense. */
  get readable(): number | undefined {
    const used = (Atomics.load(this.#words, word.runtimeTail) - this.#head) >>> 0;
    return used <= ringBytes ? used : undefined;
  }

  /** Room to write, as above. */
  get writable(): number | undefined {
    const used = (this.#tail - Atomics.load(this.#words, word.runtimeHead)) >>> 0;
    return used <= ringBytes ? ringBytes - used : undefined;
  }

  /** Copies count bytes out, as many as are readable. Returns true when the runtime is to be told of the room. */
  read(target: Buffer, count: number): boolean {
    const at = this.#head % ringBytes;
    const first = Math.min(count, ringBytes - at);
    const { bytes } = this.#region;
    bytes.copy(target, 0, this.#toClient + at, this.#toClient + at + first);
    if (first < count) bytes.copy(target, first, this.#toClient, this.#toClient + count - first);
    this.#head = (this.#head + count) >>> 0;
    Atomics.store(this.#words, word.head, this.#head);
    if (Atomics.load(this.#words, word.runtimeWantsSpace) === 0 || (this.readable ?? 0) > ringBytes / 2) return false;
    Atomics.store(this.#words, word.runtimeWantsSpace, 0);
    return true;
  }

  /** Copies bytes in, as many as there is room for. */
  write(source: Uint8Array, from: number, count: number): void {
    const at = this.#tail % ringBytes;
    const first = Math.min(count, ringBytes - at);
    const { bytes } = this.#region;
    bytes.set(source.subarray(from, from + first), this.#toRuntime + at);
    if (first < count) bytes.set(source.subarray(from + first, from + count), this.#toRuntime);
    this.#tail = (this.#tail + count) >>> 0;
    Atomics.store(this.#words, word.tail, this.#tail);
  }

  /** Asks to be told of room. Returns true when there is some by now. */
  wantSpace(): boolean {
    Atomics.store(this.#words, word.wantSpace, 1);
    return this.writable !== 0;
  }

  #address(bytesAt: number, portAt: number): Address {
    const at = this.#words.byteOffset + bytesAt * 4;
    const bytes = this.#region.bytes.subarray(at, at + 16);
    const port = (this.#words[portAt] as number) & 0xffff;
    const isV4 = bytes.readUInt32BE(8) === 0xffff && bytes.readBigUInt64BE(0) === 0n;
    if (isV4) return { address: [...bytes.subarray(12)].join('.'), family: 'IPv4', port };
    const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
    // The URL standard shortens as RFC 5952 says.
    return { address: new URL(`http://[${groups}]`).hostname.slice(1, -1), family: 'IPv6', port };
  }
}
