/** Unmodified programs and what they need for a conversation over a wire. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import type { Bed } from './bed.ts';

/** Where a program finds its files; also one that has given up root. */
export class Folder {
  readonly path = temporaryFolder();

  constructor() {
    fs.chmodSync(this.path, 0o755);
  }

  /** Makes a file. @returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const file = path.join(this.path, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    return file;
  }
}

/** Why a test of these programs cannot run here; undefined: it can. */
export function lacks(unable: string | undefined, ...programs: readonly string[]): string | undefined {
  const absent = programs.find((name) => {
    try {
      execFileSync('sh', ['-c', 'command -v "$0"', name], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  return unable ?? (absent && `needs ${absent}`);
}

/** curl on Linux. It waits for a server that is not there yet. @returns the answer. */
export async function download(bed: Bed, url: string, ...options: readonly string[]): Promise<Buffer> {
  const file = path.join(temporaryFolder(), 'download');
  const patience = '--retry 100 --retry-all-errors --retry-delay 1 --max-time 20'.split(' ');
  await run(bed, 'curl', '-gsSk', '--fail', ...patience, ...options, '-o', file, url);
  return fs.readFileSync(file);
}

/** As download, of text. */
export const fetch = async (bed: Bed, url: string, ...options: readonly string[]): Promise<string> =>
  (await download(bed, url, ...options)).toString();

/** Runs a program of Linux to its end. @returns what it prints. */
export async function run(bed: Bed, ...command: readonly string[]): Promise<string> {
  const client = bed.native(...command);
  const status = await client.ended;
  if (status !== 0) throw new Error(`${command[0]} ended with ${status}: ${client.output.slice(0, 2000)}`);
  return client.output;
}
