import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../../bin/bypassgen.js', import.meta.url));

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in a folder, with nothing of the caller's colours. */
export function bypassgen(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): CliResult {
  const { NO_COLOR: _, FORCE_COLOR: __, ...clean } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd,
    env: { ...clean, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
