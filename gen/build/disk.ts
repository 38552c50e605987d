/** The few file operations of the writer, so that tests can make them fail. Every path is absolute. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';

export interface Disk {
  /** Content, or undefined when there is no such file; empty for what cannot be read, which is thus none of ours. */
  read(file: string): Buffer | undefined;
  /** Replaces the file as a whole: whoever reads sees the old or the new content, also after a crash. */
  write(file: string, content: string | Buffer): void;
  remove(file: string): void;
  /** Removes the directory and those above it, up to root, that are empty. */
  prune(directory: string, root: string): void;
}

/** Marks a file that is being written; one that is found later was left by an interrupted write. */
export const temporarySuffix = '.bypassgen-tmp';

export const realDisk: Disk = {
  read(file) {
    try {
      return fs.readFileSync(file);
    } catch (error) {
      if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
      if (isErrno(error, 'EISDIR', 'EACCES')) return Buffer.alloc(0);
      throw error;
    }
  },
  write(file, content) {
    const temporary = file + temporarySuffix;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    try {
      const fd = fs.openSync(temporary, 'w');
      try {
        fs.writeFileSync(fd, content);
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
      fs.renameSync(temporary, file);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  },
  remove(file) {
    fs.rmSync(file, { force: true });
  },
  prune(directory, root) {
    for (let dir = directory; dir.startsWith(root + path.sep); dir = path.dirname(dir)) {
      try {
        fs.rmdirSync(dir);
      } catch {
        return;
      }
    }
  },
};

/**
 * Where a tool of this process makes the file before it gets its name. A tool outlives a build that was killed, so no
 * other build may write there.
 */
export const ownTemporary = (file: string): string => `${file}.${process.pid}${temporarySuffix}`;

/** Removes what builds that were killed left beside the file. */
export function removeTemporaries(file: string): void {
  const directory = path.dirname(file);
  const left = fs.readdirSync(directory).filter((name) => name.startsWith(`${path.basename(file)}.`));
  for (const name of left) if (name.endsWith(temporarySuffix)) fs.rmSync(path.join(directory, name), { force: true });
}

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

export const isErrno = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');

/** What a file system refuses for reasons of its own, in words. */
const refusals: Record<string, string> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file is in the place of a folder',
  EISDIR: 'a folder is in the place of the file',
  EIO: 'input/output error',
};

/** The diagnostic of an error that lies in the file system; any other error is thrown again. */
export function refusal(error: unknown, file: string): Diagnostic {
  const reason = error instanceof Error ? refusals[(error as NodeJS.ErrnoException).code ?? ''] : undefined;
  if (!reason) throw error;
  return diagnose('writeFailed', { file: shownPath(file), reason });
}

/** The diagnostic of a build that a file system stopped; any other error is thrown again. */
export const buildRefusal = (error: unknown, directory: string): Diagnostic =>
  isErrno(error, 'ENOSPC', 'EDQUOT') ? diagnose('diskFull', { what: 'building' }) : refusal(error, directory);

/** Relative to where the user is. */
export const shownPath = (file: string): string => path.relative(process.cwd(), file) || file;
