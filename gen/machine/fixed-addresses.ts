/** Programs that are linked to fixed addresses (ET_EXEC), and those of one config that want the same ones. */
import fs from 'node:fs';
import type { AppPlan } from '../plan/plan.ts';
import { findProgram } from './find-program.ts';

/** [start, end) of a program's memory image. */
export interface FixedAddresses {
  readonly start: number;
  readonly end: number;
}

/** elf(5): offsets into the file header and into a program header of 56 bytes. */
const elf = { fileHeader: 64, programHeader: 56, exec: 2, load: 1, programHeadersMax: 64 } as const;
const PAGE = 4096;

/** Of an ELF program that findProgram accepted; undefined when it can be loaded anywhere, or is damaged. */
export function fixedAddresses(file: string): FixedAddresses | undefined {
  const head = readAt(file, 0, elf.fileHeader);
  if (head.length < elf.fileHeader || head.readUInt16LE(16) !== elf.exec) return undefined;
  const count = Math.min(head.readUInt16LE(56), elf.programHeadersMax);
  const table = readAt(file, Number(head.readBigUInt64LE(32)), count * elf.programHeader);
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (let at = 0; at + elf.programHeader <= table.length; at += elf.programHeader) {
    if (table.readUInt32LE(at) !== elf.load) continue;
    const address = Number(table.readBigUInt64LE(at + 16));
    start = Math.min(start, address - (address % PAGE));
    end = Math.max(end, address + Number(table.readBigUInt64LE(at + 40)));
  }
  return start < end ? { start, end } : undefined;
}

function readAt(file: string, offset: number, bytes: number): Buffer {
  const fd = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, fs.readSync(fd, buffer, 0, bytes, offset));
  } catch {
    return Buffer.alloc(0); // an offset that no file can have
  } finally {
    fs.closeSync(fd);
  }
}

export interface AddressClash {
  readonly apps: readonly [string, string];
  readonly range: string;
}

/** Each pair of programs that cannot be in one process. Programs that are not on this machine are left out. */
export function addressClashes(
  apps: readonly AppPlan[],
  { env, cwd }: { env: NodeJS.ProcessEnv; cwd: string },
): AddressClash[] {
  const fixed = apps.flatMap(({ name, command, cwd: folder }) => {
    const found = findProgram(command[0] ?? '', { env, cwd: folder ?? cwd });
    const addresses = 'file' in found ? fixedAddresses(found.file) : undefined;
    return addresses ? [{ name, ...addresses }] : [];
  });
  return fixed.flatMap((a, i) =>
    fixed
      .slice(i + 1)
      .filter((b) => a.start < b.end && b.start < a.end)
      .map((b) => ({ apps: [a.name, b.name] as const, range: range(a, b) })),
  );
}

const range = (a: FixedAddresses, b: FixedAddresses): string =>
  `0x${Math.max(a.start, b.start).toString(16)}-0x${Math.min(a.end, b.end).toString(16)}`;
