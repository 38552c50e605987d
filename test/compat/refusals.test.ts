/** Programs that cannot be run: each gets a sentence that says why, and nobody else is started. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../gen/helpers/folders.ts';
import { genericBinary } from './runtime.ts';

const cwd = temporaryFolder();
let binary: string;

beforeAll(async () => {
  binary = await genericBinary();
  writeFiles(cwd, { plain: '', text: 'hello\n', short: '\x7fELF', 'folder/x': '' });
  for (const name of ['text', 'short']) fs.chmodSync(`${cwd}/${name}`, 0o755);
  fs.chmodSync(`${cwd}/plain`, 0o644);
}, 10 * 60_000);

it.each([
  ['./gone', 1, "gone: there is no file './gone'"],
  ['no-such-program', 1, "no-such-program: no program 'no-such-program' in PATH; install it or give its path"],
  ['./plain', 1, "plain: './plain' is no file that this user may execute; see its mode (chmod)"],
  ['./folder', 1, "folder: './folder' is no file that this user may execute; see its mode (chmod)"],
  ['./text', 126, 'text: cannot run ./text: not an ELF file'],
  ['./short', 126, 'short: cannot run ./short: truncated: shorter than an ELF header'],
])('%s', (program, status, sentence) => {
  const ended = spawnSync(binary, ['--', program], { cwd, encoding: 'utf8' });
  expect(ended.stderr).toBe(`bypassgen-generic: ${sentence}\n`);
  expect(ended.status).toBe(status);
});
