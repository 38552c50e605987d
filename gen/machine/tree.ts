/** Small files below a root, where anything may be missing. */
import fs from 'node:fs';
import path from 'node:path';

export class Tree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Content without the blanks around it, unless those count. */
  text(file: string, trimmed = true): string | undefined {
    try {
      const content = fs.readFileSync(path.join(this.#root, file), 'utf8');
      return trimmed ? content.trim() : content;
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

  has(file: string): boolean {
    return fs.existsSync(path.join(this.#root, file));
  }

  /** In one call, as files of sysfs want it. Throws what the kernel refuses with. */
  write(file: string, content: string): void {
    const whole = path.join(this.#root, file);
    // Only what is ours is made: a file of the kernel is there or not.
    if (!file.startsWith('sys/')) fs.mkdirSync(path.dirname(whole), { recursive: true });
    // Files of sysfs that have nothing to say may not even be opened for reading, by nobody.
    fs.writeFileSync(whole, content, file.startsWith('sys/') ? { flag: fs.constants.O_WRONLY as never } : {});
  }

  remove(file: string): void {
    fs.rmSync(path.join(this.#root, file), { force: true });
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
