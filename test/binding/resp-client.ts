/** The least of a Redis client: requests in order, answers in order (RESP 2), over any stream. */
import type { Duplex } from 'node:stream';

export type Answer = string | number | Buffer | null;

const lineEnd = Buffer.from('\r\n');

export class RespClient {
  readonly #stream: Duplex;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #parts: Buffer[] = [];
  #length = 0;
  /** Bytes that the answer which has begun needs at least. */
  #needed = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (data: Buffer) => this.#receive(data));
  }

  ask(...words: readonly (string | Buffer)[]): Promise<Answer> {
    this.#stream.cork();
    this.#stream.write(`*${words.length}\r\n`);
    for (const word of words) {
      this.#stream.write(`$${Buffer.byteLength(word)}\r\n`);
      this.#stream.write(word);
      this.#stream.write(lineEnd);
    }
    process.nextTick(() => this.#stream.uncork());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #receive(data: Buffer): void {
    this.#parts.push(data);
    this.#length += data.length;
    if (this.#length < this.#needed) return;
    let left = Buffer.concat(this.#parts);
    for (let used = this.#answer(left); used > 0; used = this.#answer(left)) left = left.subarray(used);
    this.#parts = [left];
    this.#length = left.length;
  }

  /** Takes one answer off. Returns its length, 0 when it is not all there. */
  #answer(data: Buffer): number {
    const end = data.indexOf(lineEnd);
    if (end < 0) return 0;
    const text = data.toString('latin1', 1, end);
    const after = end + 2;
    if (data[0] !== 0x24 /* $ */) return this.#give(data[0] === 0x3a /* : */ ? Number(text) : text, after);
    const length = Number(text);
    if (length < 0) return this.#give(null, after);
    this.#needed = after + length + 2;
    if (data.length < this.#needed) return 0;
    this.#needed = 0;
    return this.#give(data.subarray(after, after + length), after + length + 2);
  }

  #give(answer: Answer, used: number): number {
    this.#waiting.shift()?.(answer);
    return used;
  }
}
