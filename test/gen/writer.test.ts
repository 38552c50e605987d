import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Disk, realDisk } from '../../gen/build/disk.ts';
import { compareOutput, writeOutput } from '../../gen/build/writer.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';
import { smallest } from './helpers/specs.ts';

const plan = makePlan(smallest);
const files = (contents: Record<string, string>) =>
  Object.entries(contents).map(([name, content]) => ({ path: name, content }));

function write(folder: string, contents: Record<string, string>, { force = false, disk = realDisk } = {}) {
  const output = compareOutput(folder, files(contents), force, disk);
  const refused =
    output.diagnostics.length > 0 ? undefined : writeOutput(folder, plan, output.changes, { gcc: '12' }, disk);
  return {
    kinds: output.changes.map((c) => `${c.kind} ${c.path}`),
    names: [...output.diagnostics, ...(refused ? [refused] : [])].map((d) => d.name),
  };
}

const read = (folder: string, file: string) => fs.readFileSync(path.join(folder, file), 'utf8');

function snapshot(folder: string): Record<string, string> {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  return Object.fromEntries(
    entries
      .map((e) => path.relative(folder, path.join(e.parentPath, e.name)))
      .sort()
      .map((file) => [file, read(folder, file)]),
  );
}

/** A disk that fails at the nth operation that changes something, and at every one after it: the machine stopped there. */
function dyingDisk(survives: number): Disk {
  let left = survives;
  const spend = () => {
    if (left-- <= 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  };
  return {
    ...realDisk,
    write(file, content) {
      spend();
      realDisk.write(file, content);
    },
    remove(file) {
      spend();
      realDisk.remove(file);
    },
  };
}

describe('the writer', () => {
  it('writes only what changed and removes what is no more', () => {
    const folder = temporaryFolder();
    write(folder, { 'include/a.h': '1', 'b.c': '2', 'old/c.c': '3' });
    const before = fs.statSync(path.join(folder, 'b.c')).ino;
    expect(write(folder, { 'include/a.h': 'new', 'b.c': '2' }).kinds).toEqual([
      'keep b.c',
      'change include/a.h',
      'delete old/c.c',
    ]);
    expect(fs.statSync(path.join(folder, 'b.c')).ino).toBe(before);
    expect(Object.keys(snapshot(folder))).toEqual(['b.c', 'include/a.h', 'manifest.json']);
    expect(fs.existsSync(path.join(folder, 'old'))).toBe(false);
  });

  it('touches nothing when nothing changed, the manifest neither', () => {
    const folder = temporaryFolder();
    write(folder, { a: '1' });
    const ino = fs.statSync(path.join(folder, 'manifest.json')).ino;
    expect(write(folder, { a: '1' }).kinds).toEqual(['keep a']);
    expect(fs.statSync(path.join(folder, 'manifest.json')).ino).toBe(ino);
  });

  it('refuses to overwrite or to remove what was edited by hand, unless forced', () => {
    const folder = temporaryFolder();
    write(folder, { a: '1', b: '2' });
    writeFiles(folder, { a: 'mine', b: 'mine too' });
    expect(write(folder, { a: 'new' }).names).toEqual(['handEdited', 'handEdited']);
    expect(read(folder, 'a')).toBe('mine');
    expect(write(folder, { a: 'new' }, { force: true }).names).toEqual([]);
    expect(Object.keys(snapshot(folder))).toEqual(['a', 'manifest.json']);
    expect(read(folder, 'a')).toBe('new');
  });

  it('takes an edit that makes a file what it would write for no edit', () => {
    const folder = temporaryFolder();
    write(folder, { a: '1' });
    writeFiles(folder, { a: '2' });
    expect(write(folder, { a: '2' })).toEqual({ kinds: ['keep a'], names: [] });
  });

  it('refuses to overwrite a file of somebody else', () => {
    const folder = temporaryFolder();
    writeFiles(folder, { a: 'theirs' });
    expect(write(folder, { a: '1' }).names).toEqual(['foreignFile']);
    expect(read(folder, 'a')).toBe('theirs');
  });

  it.each([
    '{',
    '{"format_version": 99}',
    '{"format_version":1,"name":"x","spec_hash":"","files":{"../../etc/x":""},"toolchain":{},"decisions":{}}',
  ])('does not trust the manifest %s', (manifest) => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'manifest.json': manifest });
    expect(write(folder, { a: '1' }).names).toEqual(['manifestUnreadable']);
    expect(write(folder, { a: '1' }, { force: true }).names).toEqual([]);
  });

  it('is repaired by the next one wherever it was interrupted, and whatever that one writes', () => {
    const first = { a: '1', 'x/b': '2', c: '3' };
    const second = { a: '1b', 'x/b': '2', 'x/d': '4' };
    const third = { a: '1c', 'x/d': '5' };
    for (let survives = 0; survives < 10; survives++) {
      for (const next of [second, third, first]) {
        const folder = temporaryFolder();
        write(folder, first);
        write(folder, second, { disk: dyingDisk(survives) });
        expect(write(folder, next).names, `after ${survives} operations`).toEqual([]);
        const clean = temporaryFolder();
        write(clean, next);
        expect(snapshot(folder)).toEqual(snapshot(clean));
      }
    }
  });

  it('still sees an edit made after an interruption', () => {
    const folder = temporaryFolder();
    write(folder, { a: '1', b: '1' });
    write(folder, { a: '2', b: '2' }, { disk: dyingDisk(2) });
    writeFiles(folder, { b: 'mine' });
    expect(write(folder, { a: '3', b: '3' }).names).toEqual(['handEdited']);
  });

  it('leaves no debris where the file system refuses', () => {
    const folder = temporaryFolder();
    write(folder, { a: '1' });
    fs.mkdirSync(path.join(folder, 'b'));
    expect(write(folder, { a: '1', b: '2' }).names).toEqual(['foreignFile']);
    expect(write(folder, { a: '1', b: '2' }, { force: true }).names).toEqual(['writeFailed']);
    expect(fs.readdirSync(folder).sort()).toEqual(['a', 'b', 'manifest.json', 'manifest.json.pending']);
    fs.rmdirSync(path.join(folder, 'b'));
    expect(write(folder, { a: '1', b: '2' }).names).toEqual([]);
  });
});
