/** Compiles the programs of `bench/`: as anybody's, by the system compiler, for Linux. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from '../build/tools.ts';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';

const sources = fileURLToPath(new URL('../../bench', import.meta.url));

/** Names of all of them. */
export const benchPrograms = (): string[] =>
  fs
    .readdirSync(sources)
    .filter((file) => file.endsWith('.c'))
    .map((file) => path.basename(file, '.c'));

/** @returns undefined when all are there. */
export async function compilePrograms(
  names: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Diagnostic | undefined> {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const target = path.join(folder, name);
    const args = ['-std=gnu11', '-O2', '-pthread', '-o', `${target}.tmp`, path.join(sources, `${name}.c`)];
    const { ok, missing, stderr } = await runTool('gcc', args, { env, cwd: folder });
    if (missing) return diagnose('toolMissing', { tool: 'gcc', pkg: 'gcc libc6-dev' });
    if (!ok) return diagnose('compileFailed', { unit: `bench/${name}.c` }, { detail: stderr });
    fs.renameSync(`${target}.tmp`, target);
  }
  return undefined;
}
