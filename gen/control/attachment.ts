/** An attachment to a runtime: who owns which slot, and whom a mark concerns. */
import { createRequire } from 'node:module';
import { AttachedRegion, AttachedSlot, clientSlots, flag, state } from './attached-region.ts';

/** binding/addon/attachment.h. */
interface NativeAttachment {
  readonly region: ArrayBuffer;
  ring(): void;
  ref(): void;
  unref(): void;
  close(): void;
}

interface Addon {
  attach(socketPath: string, onMarks: () => void, onEnd: () => void): Promise<NativeAttachment>;
}

/** Who owns a slot. */
export interface SlotOwner {
  /** Something about it has changed. */
  look(): void;
  /** The runtime has ended. */
  runtimeEnded(): void;
  /** For a listener: a program has connected. */
  accept?(slot: AttachedSlot): void;
}

const require = createRequire(import.meta.url);

export class Attachment {
  readonly #native: NativeAttachment;
  readonly #region: AttachedRegion;
  readonly #slots: AttachedSlot[] = [];
  readonly #owners = new Map<number, SlotOwner>();
  readonly #free: number[] = Array.from({ length: clientSlots }, (_, i) => clientSlots - 1 - i);
  #references = 0;
  #ended = false;

  private constructor(native: NativeAttachment) {
    this.#native = native;
    this.#region = new AttachedRegion(native.region);
  }

  /** onEnd is called once, when the runtime has ended. @throws Error with what is wrong. */
  static async open(addonFile: string, socketPath: string, onEnd: () => void): Promise<Attachment> {
    let attachment: Attachment | undefined;
    const native = await (require(addonFile) as Addon).attach(
      socketPath,
      () => {
        if (attachment) attachment.#takeMarks();
      },
      () => {
        if (attachment) attachment.#end();
        onEnd();
      },
    );
    try {
      attachment = new Attachment(native);
    } catch (error) {
      native.close();
      throw error;
    }
    return attachment;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Begins a connection or a listener. Undefined when all slots are taken. */
  begin(what: number, port: number, owner: SlotOwner): AttachedSlot | undefined {
    const index = this.#free.pop();
    if (index === undefined) return undefined;
    const slot = new AttachedSlot(this.#region, index);
    this.own(slot, owner);
    slot.begin(what, port);
    this.tell(slot);
    return slot;
  }

  own(slot: AttachedSlot, owner: SlotOwner): void {
    this.#slots[slot.index] = slot;
    this.#owners.set(slot.index, owner);
  }

  /** The runtime is to look at the slot. */
  tell({ index }: AttachedSlot): void {
    if (!this.#ended && this.#region.mark(index)) this.#native.ring();
  }

  /** Done with the slot: what was written is still delivered, unless its flags say reset. */
  close(slot: AttachedSlot): void {
    if (this.#ended) return;
    this.#owners.delete(slot.index);
    slot.close();
    this.tell(slot);
  }

  /** Keeps the event loop alive. */
  ref(): void {
    if (this.#references++ === 0) this.#native.ref();
  }

  unref(): void {
    if (--this.#references === 0) this.#native.unref();
  }

  #takeMarks(): void {
    this.#region.takeMarks((index) => {
      const owner = this.#owners.get(index);
      if (owner) owner.look();
      else if (index >= clientSlots) this.#accept(index);
      else this.#reclaim(index);
    });
  }

  /** One of ours that we have closed: free once the runtime has done with it, too. */
  #reclaim(index: number): void {
    if (this.#slots[index]?.state !== state.free) return;
    delete this.#slots[index];
    this.#free.push(index);
  }

  #accept(index: number): void {
    const slot = new AttachedSlot(this.#region, index);
    if (!slot.isOffered) return;
    const listener = this.#owners.get(slot.listener);
    if (listener?.accept) {
      listener.accept(slot);
    } else {
      slot.setFlags(flag.reset);
      this.close(slot);
    }
  }

  #end(): void {
    this.#ended = true;
    const owners = [...this.#owners.values()];
    this.#owners.clear();
    for (const owner of owners) owner.runtimeEnded();
  }
}
