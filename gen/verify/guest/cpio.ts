/** Archives as the kernel unpacks them for its first file system: Documentation/driver-api/early-userspace/buffer-format.rst, "newc". */

export interface CpioEntry {
  /** Relative to the root; the directories above it are made. */
  readonly path: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

const fileType = { regular: 0o100000, directory: 0o040000 } as const;

export function packCpio(entries: readonly CpioEntry[]): Buffer {
  const directories = [...new Set(entries.flatMap(({ path }) => parents(path)))].sort();
  const empty = Buffer.alloc(0);
  const members = [
    ...directories.map((path) => ({ path, mode: fileType.directory | 0o755, content: empty })),
    ...entries.map(({ path, content, executable }) => {
      return { path, mode: fileType.regular | (executable ? 0o755 : 0o644), content };
    }),
    { path: 'TRAILER!!!', mode: 0, content: empty },
  ];
  return Buffer.concat(members.flatMap(({ path, mode, content }, index) => member(index + 1, path, mode, content)));
}

/** 'a/b/c' has the parents 'a' and 'a/b'. */
function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Header of thirteen fields in eight hexadecimal digits, name, content; each padded to four bytes. Times and owner are 0. */
function member(inode: number, path: string, mode: number, content: Buffer): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const links = mode & fileType.directory ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [padded(Buffer.concat([header, name])), padded(content)];
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
