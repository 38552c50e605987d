/** Reading of small files below a root, where anything may be missing. */
import fs from 'node:fs';
import path from 'node:path';

export class Tree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Content without the blanks around it. */
  text(file: string): string | undefined {
    try {
      return fs.readFileSync(path.join(this.#root, file), 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  /** Names in a folder, sorted. */
  list(folder: string): string[] {
    try {
      return fs.readdirSync(path.join(this.#root, folder)).sort();
    } catch {
      return [];
    }
  }

  /** Last component of what a symbolic link points to. */
  linkName(link: string): string | undefined {
    try {
      return path.basename(fs.readlinkSync(path.join(this.#root, link)));
    } catch {
      return undefined;
    }
  }
}

/** A kernel list such as 0-3,8: see Documentation/admin-guide/cputopology.rst. */
export function parseList(text: string): number[] {
  return text
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}
