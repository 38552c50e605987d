/** Links what has to be linked again. */
import fs from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import type { Talk } from '../terminal/talk.ts';
import type { CompiledObject } from './compile.ts';
import { ownTemporary, removeTemporaries, sha256 } from './disk.ts';
import { environmentFailure } from './tool-errors.ts';
import type { Compiler } from './toolchain.ts';
import { runTool } from './tools.ts';
import { withUndo } from './undo.ts';

export interface LinkJob {
  readonly tool: Compiler | 'g++';
  /** Arguments but for the files. */
  readonly flags: readonly string[];
  readonly objects: readonly CompiledObject[];
  /** Arguments behind the objects: static libraries. */
  readonly libraries?: readonly string[] | undefined;
  /** The file to make, absolute. */
  readonly target: string;
  /** File that remembers what the target was made of. */
  readonly record: string;
  /** What else it depends on: the compiler's version. */
  readonly identity: string;
  readonly env: NodeJS.ProcessEnv;
  readonly talk: Talk;
}

/** Links unless the target was made of exactly these objects. It is replaced as a whole: the old one may be in use. */
export async function linkObjects(job: LinkJob): Promise<{ linked: boolean; diagnostic?: Diagnostic }> {
  const { tool, flags, objects, libraries = [], target, record, identity, env, talk } = job;
  const key = sha256(JSON.stringify([identity, flags, libraries, objects.map((object) => [object.id, object.key])]));
  if (fs.existsSync(target) && fs.existsSync(record) && fs.readFileSync(record, 'utf8') === key)
    return { linked: false };

  const name = path.basename(target);
  talk.progress(`link ${name}`, 1, 1);
  const temporary = ownTemporary(target);
  const undo = () => {
    talk.finish();
    fs.rmSync(temporary, { force: true });
  };
  return withUndo(undo, async () => {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    removeTemporaries(target);
    const args = [...flags, ...objects.map((object) => object.file), ...libraries, '-o', temporary];
    const { ok, missing, stderr } = await runTool(tool, args, { env, cwd: path.dirname(target) });
    if (missing) return { linked: false, diagnostic: diagnose('toolMissing', { tool, pkg: tool }) };
    if (!ok) {
      const failure = environmentFailure(stderr) ?? diagnose('linkFailed', { binary: name }, { detail: stderr });
      return { linked: false, diagnostic: failure };
    }
    fs.renameSync(temporary, target);
    fs.writeFileSync(record, key);
    return { linked: true };
  });
}
