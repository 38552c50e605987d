import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { compatDir } from './cases.ts';

const root = path.resolve(compatDir, '../..');

/**
 * The binary under test: BYPASSGEN_BINARY, or else the generic one, built as a user would build it.
 * @throws what the build says.
 */
export async function genericBinary(): Promise<string> {
  const given = process.env['BYPASSGEN_BINARY'];
  if (given !== undefined) return path.resolve(given);
  const args = ['bin/bypassgen.js', 'build', '--generic', '--json', 'configs/embedded.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return path.resolve(root, (JSON.parse(stdout) as { binary: string }).binary);
}
