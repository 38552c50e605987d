/** A listener of this process that programs of a runtime connect to, with the face of net.Server. */
import { EventEmitter } from 'node:events';
import { type Address, type AttachedSlot, command, flag, state } from './attached-region.ts';
import { AttachedSocket } from './attached-socket.ts';
import type { Attachment, SlotOwner } from './attachment.ts';
import type { Server, ServerOptions, SocketAddress } from './net-api.ts';
import { systemError } from './system-error.ts';

/** attach: how to reach the runtime; it rejects with an error of connect. */
export class AttachedServer extends EventEmitter implements Server, SlotOwner {
  maxConnections: number | undefined;
  readonly #options: ServerOptions;
  readonly #attach: () => Promise<Attachment>;
  #attachment: Attachment | undefined;
  #slot: AttachedSlot | undefined;
  #address: Address | undefined;
  /** Between listen and close. */
  #wanted = false;
  #connections = 0;
  #wantsLoop = true;
  #holdsLoop = false;

  constructor(options: ServerOptions, attach: () => Promise<Attachment>) {
    super();
    this.#options = options;
    this.#attach = attach;
  }

  get listening(): boolean {
    return this.#address !== undefined;
  }

  listen(where: number | { readonly port?: number } = 0, onListening?: () => void): this {
    const port = typeof where === 'number' ? where : (where.port ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw new RangeError(`there is no port ${port}`);
    if (this.#wanted) throw new Error('the server listens already');
    this.#wanted = true;
    if (onListening) this.once('listening', onListening);
    this.#attach().then(
      (attachment) => this.#begin(attachment, port),
      (error) => this.#fail(error),
    );
    return this;
  }

  #begin(attachment: Attachment, port: number): void {
    if (!this.#wanted) return;
    const slot = attachment.hasEnded ? undefined : attachment.begin(command.listen, port, this);
    if (!slot) {
      this.#fail(systemError(attachment.hasEnded ? 'ECONNREFUSED' : 'EAGAIN', 'listen'));
      return;
    }
    this.#attachment = attachment;
    this.#slot = slot;
    if (this.#wantsLoop) this.ref();
  }

  #fail(error: Error): void {
    this.#wanted = false;
    this.emit('error', error);
  }

  // ---- what the attachment tells ----

  look(): void {
    const slot = this.#slot;
    if (!slot || this.#address) return;
    if (slot.state === state.failed) {
      const error = systemError(slot.error, 'listen');
      this.#leave();
      this.#fail(error);
    } else if (slot.state === state.open) {
      this.#address = slot.local;
      this.emit('listening');
    }
  }

  accept(slot: AttachedSlot): void {
    const attachment = this.#attachment as Attachment;
    if (this.#connections >= (this.maxConnections ?? Number.POSITIVE_INFINITY)) {
      slot.setFlags(flag.reset);
      attachment.close(slot);
      return;
    }
    const socket = new AttachedSocket(this.#options);
    socket.adopt(attachment, slot);
    this.#connections++;
    socket.once('close', () => {
      this.#connections--;
      this.#finish();
    });
    if (this.#options.pauseOnConnect) socket.pause();
    this.emit('connection', socket);
    // What came before we knew of it has not been marked for us.
    socket.look();
  }

  runtimeEnded(): void {
    this.#leave();
    this.emit('error', systemError('ECONNRESET', 'listen'));
    this.#finish();
  }

  // ---- ends ----

  #leave(): void {
    if (this.#slot) this.#attachment?.close(this.#slot);
    if (this.#holdsLoop) this.#attachment?.unref();
    this.#holdsLoop = false;
    this.#slot = undefined;
    this.#address = undefined;
  }

  close(onClose?: (error?: Error) => void): this {
    if (!this.#wanted) {
      if (onClose) this.once('close', () => onClose(new Error('the server does not listen')));
    } else if (onClose) {
      this.once('close', () => onClose());
    }
    this.#leave();
    this.#wanted = false;
    this.#finish();
    return this;
  }

  /** 'close', when there is neither a listener nor a connection left. */
  #finish(): void {
    if (!this.#slot && this.#connections === 0 && !this.listening)
      process.nextTick(() => {
        if (!this.#slot && this.#connections === 0) this.emit('close');
      });
  }

  // ---- the face of net.Server ----

  address(): SocketAddress | null {
    return this.#address ?? null;
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(callback, null, this.#connections);
    return this;
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
