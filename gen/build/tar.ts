/** Archives as npm wants them: POSIX ustar, compressed, always the same bytes for the same files. */
import { gzipSync } from 'node:zlib';

export interface TarEntry {
  /** Path in the archive: at most 100 bytes. */
  readonly path: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

const blockBytes = 512;
const pathBytesMax = 100;

/** What npm gives every file, 1985-10-26T08:15:00Z in seconds: some unzippers cannot do 1970. */
const modified = 499_162_500;

export function packTarball(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content, executable }) => [
    header(path, content.length, executable ? 0o755 : 0o644),
    content,
    Buffer.alloc(-content.length & (blockBytes - 1)),
  ]);
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 });
}

/** POSIX.1-1988, "ustar Interchange Format": fields as NUL-terminated octal text, and a sum of all bytes. */
function header(path: string, size: number, mode: number): Buffer {
  if (Buffer.byteLength(path) > pathBytesMax) throw new Error(`the path is too long for the archive: ${path}`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  const fields: readonly (readonly [offset: number, text: string])[] = [
    [0, path],
    [100, octal(mode, 8)],
    [108, octal(0, 8)],
    [116, octal(0, 8)],
    [124, octal(size, 12)],
    [136, octal(modified, 12)],
    // The sum counts its own field as blanks.
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\x0000'],
  ];
  for (const [offset, text] of fields) block.write(text, offset, 'utf8');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
