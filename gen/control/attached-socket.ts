/** A connection between this process and a program of a runtime: a Duplex stream with the face of net.Socket. */
import { Duplex } from 'node:stream';
import { type Address, type AttachedSlot, command, flag, state } from './attached-region.ts';
import type { Attachment, SlotOwner } from './attachment.ts';
import type { Socket, SocketAddress, SocketOptions } from './net-api.ts';
import { systemError } from './system-error.ts';

type Callback = (error?: Error | null) => void;

interface WriteRequest {
  readonly chunks: readonly Uint8Array[];
  readonly done: Callback;
  /** The chunk that is being written, and how much of it has been. */
  chunk: number;
  offset: number;
}

export class AttachedSocket extends Duplex implements Socket, SlotOwner {
  connecting = true;
  bytesRead = 0;
  bytesWritten = 0;
  timeout: number | undefined;
  #attachment: Attachment | undefined;
  #slot: AttachedSlot | undefined;
  #local: Address | undefined;
  #peer: Address | undefined;
  #write: WriteRequest | undefined;
  #ending: Callback | undefined;
  #reading = false;
  #sawEnd = false;
  #reset = false;
  #wantsLoop = true;
  #holdsLoop = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ allowHalfOpen = false }: SocketOptions = {}) {
    super({ allowHalfOpen, decodeStrings: true, emitClose: false });
  }

  // ---- beginnings ----

  /** Connects to a port of the runtime. */
  begin(attachment: Attachment, port: number): void {
    if (this.destroyed) return;
    const slot = attachment.hasEnded ? undefined : attachment.begin(command.connect, port, this);
    if (!slot) {
      this.destroy(systemError(attachment.hasEnded ? 'ECONNREFUSED' : 'EAGAIN', 'connect', loopback(port)));
      return;
    }
    this.#hold(attachment, slot);
    this.#peer = { ...loopback(port), family: 'IPv4' };
  }

  /** Takes over a connection that a program has made. */
  adopt(attachment: Attachment, slot: AttachedSlot): void {
    attachment.own(slot, this);
    this.#hold(attachment, slot);
    this.#connected(slot);
  }

  #hold(attachment: Attachment, slot: AttachedSlot): void {
    this.#attachment = attachment;
    this.#slot = slot;
    if (this.#wantsLoop) this.ref();
  }

  #connected(slot: AttachedSlot): void {
    this.connecting = false;
    this.#local = slot.local;
    this.#peer = slot.peer;
  }

  // ---- what the attachment tells ----

  look(): void {
    const slot = this.#slot;
    if (!slot) return;
    if (this.connecting && !this.#settle(slot)) return;
    if (slot.flags & flag.reset) {
      this.#fail('ECONNRESET', 'read');
      return;
    }
    this.#flush();
    this.#pull();
  }

  /** Returns true when the connection is made. */
  #settle(slot: AttachedSlot): boolean {
    if (slot.state === state.failed) {
      const { address = '', port = 0 } = this.#peer ?? {};
      this.destroy(systemError(slot.error, 'connect', { address, port }));
      return false;
    }
    if (slot.state !== state.open) return false;
    this.#connected(slot);
    this.#touch();
    this.emit('connect');
    this.emit('ready');
    return !this.destroyed;
  }

  #fail(code: 'ECONNRESET' | 'EPIPE' | 'EPROTO', syscall: string): void {
    this.destroy(systemError(code, syscall));
  }

  // ---- reading ----

  override _read(): void {
    this.#reading = true;
    if (!this.connecting) this.#pull();
  }

  #pull(): void {
    const slot = this.#slot;
    while (this.#reading && slot && !this.#sawEnd && !this.destroyed) {
      const ends = slot.flags & flag.shut; // before the look into the ring: its end is final
      const count = slot.readable;
      if (count === undefined) {
        this.#fail('EPROTO', 'read');
      } else if (count > 0) {
        this.#take(slot, count);
      } else {
        if (!ends) return;
        this.#sawEnd = true;
        this.push(null);
      }
    }
  }

  #take(slot: AttachedSlot, count: number): void {
    const data = Buffer.allocUnsafe(count);
    if (slot.read(data, count)) this.#attachment?.tell(slot);
    this.bytesRead += count;
    this.#touch();
    this.#reading = this.push(data);
  }

  // ---- writing ----

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Callback): void {
    this.#submit([chunk], done);
  }

  override _writev(parts: readonly { chunk: Uint8Array }[], done: Callback): void {
    this.#submit(
      parts.map(({ chunk }) => chunk),
      done,
    );
  }

  #submit(chunks: readonly Uint8Array[], done: Callback): void {
    this.#write = { chunks, done, chunk: 0, offset: 0 };
    if (!this.connecting) this.#flush();
  }

  override _final(done: Callback): void {
    this.#ending = done;
    if (!this.connecting) this.#flush();
  }

  /** Writes what there is room for; then the end, if it is time for it. */
  #flush(): void {
    const slot = this.#slot;
    const request = this.#write;
    if (!slot || this.destroyed) return;
    if (request) {
      if (slot.flags & flag.gone) {
        this.#write = undefined;
        request.done(systemError('EPIPE', 'write'));
      } else if (this.#fill(slot, request)) {
        this.#write = undefined;
        request.done();
      }
    } else if (this.#ending) {
      const done = this.#ending;
      this.#ending = undefined;
      slot.setFlags(flag.shut);
      this.#attachment?.tell(slot);
      done();
    }
  }

  /** Returns true when all of it is in the ring. */
  #fill(slot: AttachedSlot, request: WriteRequest): boolean {
    const before = this.bytesWritten;
    let waits = false;
    for (let chunk = request.chunks[request.chunk]; chunk && !waits; ) {
      const left = chunk.length - request.offset;
      const count = Math.min(left, slot.writable ?? 0);
      if (count > 0) {
        slot.write(chunk, request.offset, count);
        this.bytesWritten += count;
        request.offset += count;
      }
      if (count === left) {
        chunk = request.chunks[++request.chunk];
        request.offset = 0;
      } else {
        waits = !slot.wantSpace();
      }
    }
    if (this.bytesWritten !== before) {
      this.#attachment?.tell(slot);
      this.#touch();
    }
    return !waits;
  }

  // ---- ends ----

  override _destroy(error: Error | null, done: Callback): void {
    const slot = this.#slot;
    const request = this.#write;
    clearTimeout(this.#timer);
    this.connecting = false;
    this.#write = undefined;
    if (slot) {
      if (this.#reset || error || slot.readable !== 0) slot.setFlags(flag.reset);
      this.#attachment?.close(slot);
      if (this.#holdsLoop) this.#attachment?.unref();
      this.#holdsLoop = false;
      this.#slot = undefined;
    }
    request?.done(error ?? systemError('ECONNRESET', 'write'));
    done(error);
    process.nextTick(() => this.emit('close', error !== null));
  }

  /** The runtime has ended. */
  runtimeEnded(): void {
    this.#fail('ECONNRESET', 'read');
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  resetAndDestroy(): this {
    this.#reset = true;
    return this.destroy(this.connecting ? systemError('ECONNRESET', 'connect') : undefined);
  }

  // ---- the face of net.Socket ----

  get pending(): boolean {
    return this.connecting;
  }

  get readyState(): Socket['readyState'] {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get remoteAddress(): string | undefined {
    return this.#known(this.#peer)?.address;
  }

  get remoteFamily(): Address['family'] | undefined {
    return this.#known(this.#peer)?.family;
  }

  get remotePort(): number | undefined {
    return this.#known(this.#peer)?.port;
  }

  get localAddress(): string | undefined {
    return this.#local?.address;
  }

  get localFamily(): Address['family'] | undefined {
    return this.#local?.family;
  }

  get localPort(): number | undefined {
    return this.#local?.port;
  }

  /** The peer's name is known with our own. */
  #known(address: Address | undefined): Address | undefined {
    return this.#local ? address : undefined;
  }

  address(): SocketAddress | Record<string, never> {
    return this.#local ?? {};
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.timeout = milliseconds;
    if (milliseconds > 0) this.#timer = setTimeout(() => this.emit('timeout'), milliseconds).unref();
    if (onTimeout && milliseconds > 0) this.once('timeout', onTimeout);
    else if (onTimeout) this.removeListener('timeout', onTimeout);
    return this;
  }

  #touch(): void {
    this.#timer?.refresh();
  }

  ref(): this {
    this.#wantsLoop = true;
    if (this.#slot && !this.#holdsLoop) {
      this.#holdsLoop = true;
      this.#attachment?.ref();
    }
    return this;
  }

  unref(): this {
    this.#wantsLoop = false;
    if (this.#holdsLoop) {
      this.#holdsLoop = false;
      this.#attachment?.unref();
    }
    return this;
  }
}

const loopback = (port: number): { address: string; port: number } => ({ address: '127.0.0.1', port });
