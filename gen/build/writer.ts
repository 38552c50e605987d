/**
 * Brings out/<name> from what it is to what was emitted. The only code that writes generated files.
 *
 * A file is ours when its hash is in the manifest, or in the journal: the hashes that a writer is about to write, put
 * down before the first of them. So an interrupted writer leaves nothing that the next one takes for somebody's edit.
 */
import path from 'node:path';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import type { EmittedFile } from '../emit/emitted-file.ts';
import type { Plan } from '../plan/plan.ts';
import { type Disk, realDisk, refusal, sha256, shownPath, temporarySuffix } from './disk.ts';
import { emissionKey } from './emission.ts';
import { type Manifest, manifestName, parseManifest, printManifest } from './manifest.ts';

export type ChangeKind = 'create' | 'change' | 'delete' | 'keep';

export interface Change {
  readonly kind: ChangeKind;
  /** Relative to the output folder. */
  readonly path: string;
  /** Content before and after, where there is one. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export interface Output {
  /** The manifest of the last complete write. */
  readonly manifest: Manifest | undefined;
  readonly changes: readonly Change[];
  /** What stands in the way of writing; nothing with force. */
  readonly diagnostics: readonly Diagnostic[];
}

const journalName = `${manifestName}.pending`;

/** Compares without writing. directory is absolute. */
export function compareOutput(
  directory: string,
  files: readonly EmittedFile[],
  force: boolean,
  disk: Disk = realDisk,
): Output {
  const diagnostics: Diagnostic[] = [];
  const manifest = readManifest(directory, force, disk, diagnostics);
  const ours = knownHashes(directory, manifest, disk);
  const changes: Change[] = [];
  const refuse = (relative: string) => {
    if (force) return;
    const file = shownPath(path.join(directory, relative));
    diagnostics.push(diagnose(ours.has(relative) ? 'handEdited' : 'foreignFile', { file }));
  };

  for (const { path: relative, content } of files) {
    const before = disk.read(path.join(directory, relative));
    const kind = before === undefined ? 'create' : before.equals(Buffer.from(content)) ? 'keep' : 'change';
    if (before && kind === 'change' && !ours.get(relative)?.has(sha256(before))) refuse(relative);
    changes.push({ kind, path: relative, before: before?.toString(), after: content });
  }
  const wanted = new Set(files.map((file) => file.path));
  for (const [relative, hashes] of ours) {
    const before = wanted.has(relative) ? undefined : disk.read(path.join(directory, relative));
    if (before === undefined) continue;
    if (!hashes.has(sha256(before))) refuse(relative);
    changes.push({ kind: 'delete', path: relative, before: before.toString() });
  }
  return { manifest, changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)), diagnostics };
}

/** Writes what compareOutput found. Returns the diagnostic of a disk that refused; what was there is then still good. */
export function writeOutput(
  directory: string,
  plan: Plan,
  changes: readonly Change[],
  toolchain: Manifest['toolchain'],
  disk: Disk = realDisk,
): Diagnostic | undefined {
  let current = manifestName;
  const write = (relative: string, content: string) => {
    current = relative;
    disk.write(path.join(directory, relative), content);
  };
  try {
    const pending = changes.filter(({ kind }) => kind === 'create' || kind === 'change');
    const stale = changes.filter(({ kind }) => kind === 'delete');
    if (pending.length > 0 || stale.length > 0) write(journalName, printJournal(directory, changes, disk));
    for (const { path: relative, after = '' } of pending) write(relative, after);
    for (const { path: relative } of stale) {
      disk.remove(path.join(directory, relative));
      disk.prune(path.dirname(path.join(directory, relative)), directory);
    }
    const manifest = printManifest({
      name: plan.name,
      spec_hash: plan.specHash,
      emission: emissionKey(plan),
      files: Object.fromEntries(changes.flatMap((c) => (c.after === undefined ? [] : [[c.path, sha256(c.after)]]))),
      toolchain,
      decisions: Object.fromEntries(plan.decisions.map((d) => [d.key, d.value])),
    });
    const old = disk.read(path.join(directory, manifestName));
    if (!old?.equals(Buffer.from(manifest))) write(manifestName, manifest);
    disk.remove(path.join(directory, journalName));
    for (const { path: relative } of changes) disk.remove(path.join(directory, relative + temporarySuffix));
    return undefined;
  } catch (error) {
    return refusal(error, path.join(directory, current));
  }
}

function readManifest(directory: string, force: boolean, disk: Disk, diagnostics: Diagnostic[]): Manifest | undefined {
  const file = path.join(directory, manifestName);
  const text = disk.read(file)?.toString();
  if (text === undefined) return undefined;
  const parsed = parseManifest(text);
  if (!('problem' in parsed)) return parsed;
  if (!force) diagnostics.push(diagnose('manifestUnreadable', { file: shownPath(file), reason: parsed.problem }));
  return undefined;
}

type Hashes = Map<string, Set<string>>;

/** Every hash that this generator has written, or was about to write, at each path. */
function knownHashes(directory: string, manifest: Manifest | undefined, disk: Disk): Hashes {
  const hashes: Hashes = new Map();
  const add = (relative: string, hash: string) => hashes.set(relative, (hashes.get(relative) ?? new Set()).add(hash));
  for (const [relative, hash] of Object.entries(manifest?.files ?? {})) add(relative, hash);
  for (const line of disk.read(path.join(directory, journalName))?.toString().split('\n') ?? []) {
    const [, hash, relative] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (hash && relative) add(relative, hash);
  }
  return hashes;
}

/** One line for each file, as sha256sum prints them; what an earlier interrupted writer put down stays known. */
function printJournal(directory: string, changes: readonly Change[], disk: Disk): string {
  const earlier = disk.read(path.join(directory, journalName))?.toString() ?? '';
  const lines = changes.flatMap((c) => (c.after === undefined ? [] : [`${sha256(c.after)}  ${c.path}`]));
  return `${[...new Set([...earlier.split('\n').filter(Boolean), ...lines])].join('\n')}\n`;
}
