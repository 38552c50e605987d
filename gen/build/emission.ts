/**
 * What emit() gives, without emitting when it is proven to be on the disk: the manifest names the plan and the generator
 * that its files were made by, and every file still has its hash. Printing types takes longer than all else of an idle
 * build together.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmittedFile } from '../emit/emitted-file.ts';
import type { Plan } from '../plan/plan.ts';
import { type Disk, realDisk, sha256 } from './disk.ts';
import { manifestName, parseManifest } from './manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Everything that emitted bytes depend on beside the plan; package.json pins the libraries that print. */
const generatorSources = [
  '.clang-format',
  'gen/control',
  'gen/emit',
  'gen/hardware',
  'package.json',
  'runtime-c/base/stats.def',
  'templates',
];

/** @returns the files, sorted by path. emit is loaded only when it is needed. */
export async function emittedFiles(plan: Plan, directory: string, disk: Disk = realDisk): Promise<EmittedFile[]> {
  const known = filesOnDisk(emissionKey(plan), directory, disk);
  if (known) return known;
  const { emit } = await import('../emit/emit.ts');
  return emit(plan);
}

/** Hash of a plan and of the generator that prints it. */
export function emissionKey(plan: Plan): string {
  const files = generatorSources.flatMap((source) => filesOf(path.join(root, source))).sort();
  return sha256(
    JSON.stringify([plan, files.map((file) => [path.relative(root, file), sha256(fs.readFileSync(file))])]),
  );
}

function filesOf(source: string): string[] {
  if (fs.statSync(source).isFile()) return [source];
  const entries = fs.readdirSync(source, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

function filesOnDisk(key: string, directory: string, disk: Disk): EmittedFile[] | undefined {
  const manifest = parseManifest(disk.read(path.join(directory, manifestName))?.toString() ?? '');
  if ('problem' in manifest || manifest.emission !== key) return undefined;
  const files: EmittedFile[] = [];
  for (const [relative, hash] of Object.entries(manifest.files)) {
    const content = disk.read(path.join(directory, relative));
    if (!content || sha256(content) !== hash) return undefined;
    files.push({ path: relative, content: content.toString() });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
