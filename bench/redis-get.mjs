/**
 * A Redis client in Node: 50 connections, each with one GET of 64 bytes under way.
 *
 *     node redis-get.mjs PORT MILLISECONDS [LIBRARY ADDON CONTROL_SOCKET]
 *
 * Over the kernel's sockets, or attached to a runtime. Prints {"value": requests per second, "count": requests}.
 */
import net from 'node:net';
import path from 'node:path';

const [port, milliseconds, library, addon, controlSocket] = process.argv.slice(2);
const connections = 50;
const get = Buffer.from('*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n');
const value = 'x'.repeat(64);
const answerBytes = `$64\r\n${value}\r\n`.length;

async function connector() {
  if (!library) return () => net.connect(Number(port), '127.0.0.1').setNoDelay(true);
  const { Attachment } = await import(path.join(library, 'attachment.js'));
  const { AttachedSocket } = await import(path.join(library, 'attached-socket.js'));
  const attachment = await Attachment.open(addon, controlSocket, () => undefined);
  return () => {
    const socket = new AttachedSocket();
    socket.begin(attachment, Number(port));
    return socket;
  };
}

/** Resolves when it is connected and the key is set. */
function prepare(socket) {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => socket.write(`SET key ${value}\r\n`));
    socket.once('data', () => resolve(socket));
  });
}

const connect = await connector();
const sockets = await Promise.all(Array.from({ length: connections }, () => prepare(connect())));
let count = 0;
let measures = true;
for (const socket of sockets) {
  let received = 0;
  socket.on('data', (data) => {
    received += data.length;
    if (received < answerBytes) return;
    received -= answerBytes;
    count++;
    if (measures) socket.write(get);
  });
  socket.write(get);
}
const begin = performance.now();
setTimeout(() => {
  const seconds = (performance.now() - begin) / 1000;
  measures = false;
  console.log(`{"value":${(count / seconds).toFixed(0)},"count":${count}}`);
  for (const socket of sockets) socket.destroy();
}, Number(milliseconds));
