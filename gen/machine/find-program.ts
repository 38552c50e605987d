/** Finds the executable of a command as execvp(3) would, and looks whether the runtime can load it. */
import fs from 'node:fs';
import path from 'node:path';

export type FoundProgram = { readonly file: string } | { readonly problem: string; readonly mend: string };

export function findProgram(command: string, { env, cwd }: { env: NodeJS.ProcessEnv; cwd: string }): FoundProgram {
  const folders = command.includes('/') ? [''] : (env['PATH'] ?? '').split(':');
  const file = folders.map((folder) => path.resolve(cwd, folder, command)).find(isExecutable);
  if (!file) {
    const mend = command.includes('/')
      ? 'correct the path in command'
      : `apt-get install the package that has it: apt-file search bin/${command}`;
    return { problem: `${command} is not found, or is not executable`, mend };
  }
  return inspect(file);
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** elf(5): class at 4, byte order at 5, machine at 18. */
const elf = { magic: Buffer.from('\x7fELF', 'latin1'), class64: 2, littleEndian: 1, x86_64: 62 } as const;

function inspect(file: string): FoundProgram {
  const head = readHead(file, 20);
  if (!head) return { problem: `${file} cannot be read`, mend: `ls -l ${file}` };
  if (head.subarray(0, 2).toString() === '#!') return { file };
  if (!head.subarray(0, 4).equals(elf.magic)) {
    return { problem: `${file} is neither an ELF program nor a script`, mend: 'name a program in command' };
  }
  const fits =
    head.length === 20 &&
    head[4] === elf.class64 &&
    head[5] === elf.littleEndian &&
    head.readUInt16LE(18) === elf.x86_64;
  return fits
    ? { file }
    : { problem: `${file} is not a 64-bit x86 program`, mend: 'use the amd64 build of the program' };
}

function readHead(file: string, bytes: number): Buffer | undefined {
  try {
    const fd = fs.openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, fs.readSync(fd, buffer));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
