/** Programs that cannot be run: each gets a sentence that says why, and nobody else is started. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { programHead } from '../gen/helpers/fixed-program.ts';
import { temporaryFolder, writeFiles } from '../gen/helpers/folders.ts';
import { genericBinary } from './runtime.ts';

const cwd = temporaryFolder();
let binary: string;

beforeAll(async () => {
  binary = await genericBinary();
  writeFiles(cwd, { plain: '', text: 'hello\n', short: '\x7fELF', 'folder/x': '' });
  const foreign = programHead(3, 0, 0x1000);
  foreign[4] = 1; // ELFCLASS32
  foreign.writeUInt16LE(3, 18); // EM_386
  fs.writeFileSync(`${cwd}/i386`, foreign);
  fs.writeFileSync(`${cwd}/cut`, fs.readFileSync('/bin/true').subarray(0, 3000));
  for (const name of ['text', 'short', 'i386', 'cut']) fs.chmodSync(`${cwd}/${name}`, 0o755);
  fs.chmodSync(`${cwd}/plain`, 0o644);
}, 10 * 60_000);

it.each([
  ['./gone', 127, "gone: there is no file './gone'"],
  ['no-such-program', 127, "no-such-program: no program 'no-such-program' in PATH; install it or give its path"],
  ['./plain', 126, "plain: './plain' is no file that this user may execute; see its mode (chmod)"],
  ['./folder', 126, "folder: './folder' is no file that this user may execute; see its mode (chmod)"],
  ['./text', 126, 'text: cannot run ./text: not an ELF file'],
  ['./short', 126, 'short: cannot run ./short: truncated: shorter than an ELF header'],
  ['./i386', 126, 'i386: cannot run ./i386: a program for i386; this runtime runs x86-64 programs'],
  ['./cut', 126, 'cut: cannot run ./cut: truncated: a segment lies behind the end of the file'],
])('%s', (program, status, sentence) => {
  const ended = spawnSync(binary, ['--', program], { cwd, encoding: 'utf8' });
  expect(ended.stderr).toBe(`bypassgen-generic: ${sentence}\n`);
  expect(ended.status).toBe(status);
});
