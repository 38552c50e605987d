/** Compiles the programs of `bench/`: as anybody's, by the system compiler, for Linux. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRefusal, ownTemporary, removeTemporaries } from '../build/disk.ts';
import { environmentFailure } from '../build/tool-errors.ts';
import { runTool } from '../build/tools.ts';
import { withUndo } from '../build/undo.ts';
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
  try {
    fs.mkdirSync(folder, { recursive: true });
    for (const name of names) {
      const failure = await compileProgram(name, folder, env);
      if (failure) return failure;
    }
    return undefined;
  } catch (error) {
    return buildRefusal(error, folder);
  }
}

async function compileProgram(name: string, folder: string, env: NodeJS.ProcessEnv): Promise<Diagnostic | undefined> {
  const target = path.join(folder, name);
  removeTemporaries(target);
  const temporary = ownTemporary(target);
  const args = ['-std=gnu11', '-O2', '-pthread', '-o', temporary, path.join(sources, `${name}.c`)];
  return withUndo(
    () => fs.rmSync(temporary, { force: true }),
    async () => {
      const { ok, missing, stderr } = await runTool('gcc', args, { env, cwd: folder });
      if (missing) return diagnose('toolMissing', { tool: 'gcc', pkg: 'gcc libc6-dev' });
      const unit = `bench/${name}.c`;
      if (!ok) return environmentFailure(stderr) ?? diagnose('compileFailed', { unit }, { detail: stderr });
      fs.renameSync(temporary, target);
      return undefined;
    },
  );
}
