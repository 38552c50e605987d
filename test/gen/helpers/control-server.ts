import net from 'node:net';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './folders.ts';

/** What a connection is told; undefined: nothing, and the connection stays; 'close': it is closed. */
export type Answer = string | undefined | 'close';

/** A control socket in a folder of its own, for one test. Returns the folder, and the requests that came. */
export async function controlServer(answer: (request: string) => Answer): Promise<{ folder: string; asked: string[] }> {
  const folder = temporaryFolder();
  const asked: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (line: string) => {
      asked.push(line.trimEnd());
      const text = answer(line.trimEnd());
      if (text === 'close') socket.destroy();
      else if (text !== undefined) socket.write(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(`${folder}/control.sock`, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { folder, asked };
}
