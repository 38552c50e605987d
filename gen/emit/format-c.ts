/** clang-format over generated C, as the last step, so that templates may be laid out for reading. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const clangFormat = require('clang-format') as { getNativeBinary(): string };
const styleFile = fileURLToPath(new URL('../../.clang-format', import.meta.url));

export function formatC(path: string, content: string): string {
  const args = [`--style=file:${styleFile}`, `--assume-filename=${path}`];
  const { status, stdout, stderr, error } = spawnSync(clangFormat.getNativeBinary(), args, {
    input: content,
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`clang-format refused ${path}: ${stderr}`);
  return stdout;
}
