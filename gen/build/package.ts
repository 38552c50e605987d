/** From out/<name> with its binary to an npm package: the compiled parts put into out/<name>/npm, and all of it packed. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import type { EmittedFile } from '../emit/emitted-file.ts';
import { packagedBinary } from '../emit/npm/views.ts';
import type { March } from '../hardware/cpus.ts';
import type { Plan } from '../plan/plan.ts';
import type { Talk } from '../terminal/talk.ts';
import { buildAddon } from './addon.ts';
import { buildRefusal, ownTemporary, realDisk, removeTemporaries, sha256 } from './disk.ts';
import { packTarball, type TarEntry } from './tar.ts';
import { gccVersion, version } from './toolchain.ts';

export interface PackageRequest {
  readonly plan: Plan;
  /** out/<name>, absolute. */
  readonly directory: string;
  /** What was written there. */
  readonly files: readonly Pick<EmittedFile, 'path'>[];
  /** The runtimes that travel in the package, by the instruction set that they were compiled for. */
  readonly binaries: ReadonlyMap<March, string>;
  readonly env: NodeJS.ProcessEnv;
  readonly talk: Talk;
  readonly jobs?: number | undefined;
}

export interface PackageResult {
  /** The packed package; absent when there are errors. */
  readonly tarball?: string;
  readonly diagnostics: readonly Diagnostic[];
}

const folder = 'npm/';

export async function buildPackage(request: PackageRequest): Promise<PackageResult> {
  const { plan, directory, files, binaries, env, talk, jobs = os.availableParallelism() } = request;
  const compiler = gccVersion(env);
  if (compiler === null) return { diagnostics: [diagnose('toolMissing', { tool: 'gcc', pkg: 'gcc libc6-dev' })] };
  const addon = `${folder}prebuilds/linux-x64/${plan.name}.node`;
  const tarball = path.join(directory, `${plan.name}-${version}.tgz`);
  try {
    const { diagnostics } = await buildAddon({
      target: path.join(directory, addon),
      objects: path.join(directory, 'build/addon'),
      compiler,
      env,
      jobs,
      talk,
    });
    if (diagnostics.length > 0) return { diagnostics };
    const runtimes = [...binaries].map(([march, binary]) => {
      const runtime = folder + packagedBinary(plan, march);
      copyExecutable(binary, path.join(directory, runtime));
      return runtime;
    });
    const emitted = files.map((file) => file.path).filter((file) => file.startsWith(folder));
    const entries = [...emitted, addon, ...runtimes].sort().map(
      (file): TarEntry => ({
        path: `package/${file.slice(folder.length)}`,
        content: fs.readFileSync(path.join(directory, file)),
        executable: runtimes.includes(file),
      }),
    );
    pack(entries, tarball, path.join(directory, 'build/npm.pack'));
    return { tarball, diagnostics: [] };
  } catch (error) {
    return { diagnostics: [buildRefusal(error, directory)] };
  }
}

/** Replaces the copy as a whole, and only when it differs: it may be running. */
function copyExecutable(from: string, to: string): void {
  const content = fs.readFileSync(from);
  if (realDisk.read(to)?.equals(content)) return;
  fs.mkdirSync(path.dirname(to), { recursive: true });
  removeTemporaries(to);
  const temporary = ownTemporary(to);
  try {
    fs.writeFileSync(temporary, content, { mode: 0o755 });
    fs.renameSync(temporary, to);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** Compressing takes longer than everything else of an idle build: the record says what the tarball was made of. */
function pack(entries: readonly TarEntry[], tarball: string, record: string): void {
  const key = sha256(JSON.stringify(entries.map(({ path, content }) => [path, sha256(content)])));
  if (fs.existsSync(tarball) && realDisk.read(record)?.toString() === key) return;
  realDisk.write(tarball, packTarball(entries));
  fs.writeFileSync(record, key);
}
