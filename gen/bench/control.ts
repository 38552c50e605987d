/** One request to the control socket of a running binary (runtime-c/main/control.h). */
import { connect } from 'node:net';

/** @returns the answer, one line. @throws when nobody answers. */
export function askControl(runDirectory: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(`${runDirectory}/control.sock`, () => socket.write(`${request}\n`));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.includes('\n')) socket.end();
    });
    socket.on('close', () => resolve(answer.trimEnd()));
    socket.on('error', reject);
  });
}
