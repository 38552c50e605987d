/** The programs of the other end of the wire, compiled once for each version of their source. */
import fs from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../build/disk.ts';
import { runTool } from '../../build/tools.ts';
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';
import { cacheDirectory, cacheRefusal } from '../guest/kernel.ts';

/** @returns its path. */
export async function buildProgram(name: 'peer' | 'whole', env: NodeJS.ProcessEnv): Promise<string | Diagnostic> {
  const source = path.join(import.meta.dirname, `${name}.c`);
  const binary = path.join(cacheDirectory(env), `${name}-${sha256(fs.readFileSync(source))}`);
  if (!fs.existsSync(binary)) {
    const temporary = `${binary}.${process.pid}`;
    try {
      fs.mkdirSync(path.dirname(binary), { recursive: true });
    } catch (error) {
      return cacheRefusal(error, env);
    }
    const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-s'];
    const { ok, missing, stderr } = await runTool('gcc', [...flags, '-o', temporary, source], { env, cwd: '/' });
    if (missing) return diagnose('toolMissing', { tool: 'gcc', pkg: 'gcc libc6-dev' });
    if (!ok) fs.rmSync(temporary, { force: true });
    if (/No space left on device/.test(stderr))
      return diagnose('guestNeedsRoom', { directory: path.dirname(binary), variable: 'XDG_CACHE_HOME' });
    if (!ok) return diagnose('compileFailed', { unit: `gen/verify/dialog/${name}.c` }, { detail: stderr });
    fs.renameSync(temporary, binary);
  }
  return binary;
}
