/** Requests to the control socket of a running binary (runtime-c/main/control.h): one line there, one line back. */
import net from 'node:net';
import { controlSocket } from './run-directory.ts';
import { RuntimeError } from './runtime-error.ts';

export const answerMilliseconds = 5_000;
const answerBytesMax = 1 << 20;

export interface AskOptions {
  /** Wait for the runtime to close the connection, as it does when it ends, for so many milliseconds. */
  readonly untilClosed?: number;
}

/**
 * @returns the answer, an object.
 * @throws RuntimeError not-running, bad-answer, timeout, or refused with what the runtime said.
 */
export async function ask(
  runDirectory: string,
  request: string,
  options: AskOptions = {},
): Promise<Record<string, unknown>> {
  return accepted(await exchange(runDirectory, request, options), runDirectory, request);
}

/** @throws RuntimeError bad-answer, or refused with what the runtime said. */
export function accepted(line: string, runDirectory: string, request: string): Record<string, unknown> {
  const answer = parseAnswer(line, runDirectory);
  if (answer['ok'] === false)
    throw new RuntimeError('refused', `the runtime in ${runDirectory} refused '${request}': ${answer['error']}`);
  return answer;
}

function parseAnswer(line: string, runDirectory: string): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer))
      return answer as Record<string, unknown>;
  } catch {
    // Told below, as any other answer that is none.
  }
  throw badAnswer(runDirectory, `it said ${JSON.stringify(line.slice(0, 80))}`);
}

export const badAnswer = (runDirectory: string, reason: string): RuntimeError =>
  new RuntimeError('bad-answer', `what answers in ${runDirectory} is no runtime of this version: ${reason}`);

/** A connection for every request: a runtime serves few at a time, and we shall not keep one from others. */
function exchange(runDirectory: string, request: string, { untilClosed }: AskOptions): Promise<string> {
  const path = controlSocket(runDirectory);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = net.connect(path, () => socket.write(`${request}\n`));
    const fail = (error: RuntimeError) => {
      reject(error);
      socket.destroy();
    };
    const late = (what: string) => fail(new RuntimeError('timeout', `the runtime in ${runDirectory} ${what}`));
    let timer = setTimeout(late, answerMilliseconds, 'does not answer; its log there may say why');
    const ended = () => received.includes('\n');

    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      if (ended()) return;
      received += text;
      if (received.length > answerBytesMax) fail(badAnswer(runDirectory, 'its answer has no end'));
      if (!ended()) return;
      clearTimeout(timer);
      if (untilClosed === undefined) socket.destroy();
      else timer = setTimeout(late, untilClosed, lingers(untilClosed));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!ended()) fail(notRunning(runDirectory, error));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      if (ended()) resolve(received.slice(0, received.indexOf('\n')));
      else fail(notRunning(runDirectory));
    });
  });
}

const lingers = (milliseconds: number): string =>
  `has not ended after ${milliseconds} ms: a program does not end on SIGTERM; send it SIGKILL`;

const explanations: Record<string, string> = {
  ENOENT: 'there is no control socket',
  ECONNREFUSED: 'its control socket is left over from one that was killed',
  EACCES: 'its control socket belongs to another user',
};

export function notRunning(runDirectory: string, cause?: NodeJS.ErrnoException): RuntimeError {
  const reason = cause
    ? (explanations[cause.code ?? ''] ?? cause.message)
    : 'the connection was closed without an answer: it is ending, or has as many clients as it takes';
  return new RuntimeError('not-running', `no runtime answers in ${runDirectory}: ${reason}`, { cause });
}
