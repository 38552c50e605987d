import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Case, compatDir, variants } from './cases.ts';

const exec = promisify(execFile);

/** The warnings that are off object to what these programs are for: wrong arguments. */
const SHARED_FLAGS = [
  ...['-std=gnu11', '-pthread', `-I${compatDir}`, '-Wall', '-Wextra', '-Werror'],
  ...['-Wno-nonnull', '-Wno-stringop-overflow', '-Wno-stringop-overread'],
];

/** Content of the headers that a program of this folder may include. */
const headersFor = (family: string): string =>
  [compatDir, join(compatDir, family)]
    .flatMap((dir) => readdirSync(dir).map((file) => join(dir, file)))
    .filter((file) => file.endsWith('.h'))
    .map((file) => readFileSync(file, 'utf8'))
    .join();

/**
 * Compiles a case, unless a program of the same content and flags is there.
 * @returns the path of the program; its last component is the case's name.
 * @throws the compiler's complaint.
 */
export async function compile(test: Case, buildDir: string): Promise<string> {
  const variant = variants[test.variant];
  if (!variant) throw new Error(`unknown variant '${test.variant}'`);
  const flags = [...SHARED_FLAGS, ...variant.flags, ...test.flags];
  const key = createHash('sha256')
    .update(JSON.stringify([variant.cc, flags]))
    .update(readFileSync(test.source))
    .update(headersFor(test.family))
    .digest('hex')
    .slice(0, 16);
  const dir = join(buildDir, 'bin', key);
  const program = join(dir, test.name);
  if (existsSync(program)) return program;
  mkdirSync(dir, { recursive: true });
  const partial = `${program}.${process.pid}.tmp`;
  await exec(variant.cc, [...flags, '-o', partial, test.source, '-lm']);
  renameSync(partial, program);
  return program;
}
