/**
 * Memory that a runtime lends for as long as a connection to its control socket lasts (runtime-c/base/region.h). It is a
 * memfd of a process of our own user, opened through /proc; what it shows may be of another version, so readers check.
 */
import fs from 'node:fs';
import net from 'node:net';
import { accepted, answerMilliseconds, badAnswer, notRunning } from '../control/ask.ts';
import { controlSocket } from '../control/run-directory.ts';
import { RuntimeError } from '../control/runtime-error.ts';

export interface Lent {
  /** Of the runtime's process. */
  readonly pid: number;
  /** The whole answer. */
  readonly answer: Readonly<Record<string, unknown>>;
  /** Aborted when the runtime has ended. */
  readonly gone: AbortSignal;
  readonly bytes: number;
  /** @returns as many bytes as there are, at most length. */
  read(offset: number, length: number): Buffer;
}

/**
 * Asks for memory of a name and gives it back when `use` has settled.
 * @throws RuntimeError as ask() does.
 */
export async function borrow<T>(
  runDirectory: string,
  request: string,
  name: string,
  use: (lent: Lent) => Promise<T>,
): Promise<T> {
  const socket = net.connect(controlSocket(runDirectory));
  const abort = new AbortController();
  socket.on('close', () => abort.abort());
  try {
    const line = firstLine(socket, runDirectory);
    socket.write(`${request}\n`);
    const answer = accepted(await line, runDirectory, request);
    const { pid, fd } = open(answer, name, runDirectory);
    try {
      return await use({
        pid,
        answer,
        gone: abort.signal,
        bytes: fs.fstatSync(fd).size,
        read(offset, length) {
          const bytes = Buffer.allocUnsafe(length);
          return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, offset));
        },
      });
    } finally {
      fs.closeSync(fd);
    }
  } finally {
    socket.destroy();
  }
}

const lineMax = 4096;

function firstLine(socket: net.Socket, runDirectory: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const late = () => reject(new RuntimeError('timeout', `the runtime in ${runDirectory} does not answer`));
    const timer = setTimeout(late, answerMilliseconds);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      received += text;
      if (received.includes('\n')) resolve(received.slice(0, received.indexOf('\n')));
      else if (received.length > lineMax) reject(badAnswer(runDirectory, 'its answer has no end'));
      if (received.includes('\n') || received.length > lineMax) clearTimeout(timer);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => reject(notRunning(runDirectory, error)));
    socket.on('close', () => {
      clearTimeout(timer);
      reject(notRunning(runDirectory));
    });
  });
}

function open(answer: Record<string, unknown>, name: string, runDirectory: string): { pid: number; fd: number } {
  const { pid, descriptor } = answer;
  if (!isCount(pid) || !isCount(descriptor)) throw badAnswer(runDirectory, 'it names no memory');
  const path = `/proc/${pid}/fd/${descriptor}`;
  try {
    if (fs.readlinkSync(path) === `/memfd:${name} (deleted)`) return { pid, fd: fs.openSync(path, 'r') };
  } catch (error) {
    throw badAnswer(runDirectory, `its memory cannot be opened (${(error as NodeJS.ErrnoException).code})`);
  }
  throw badAnswer(runDirectory, 'what it names is not the memory that was asked for');
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
