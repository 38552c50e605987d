import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emissionKey, emittedFiles } from '../../gen/build/emission.ts';
import { packTarball } from '../../gen/build/tar.ts';
import { environmentFailure } from '../../gen/build/tool-errors.ts';
import { compareOutput, writeOutput } from '../../gen/build/writer.ts';
import { emit } from '../../gen/emit/emit.ts';
import { jsValue, literalType, unionType } from '../../gen/emit/js-literals.ts';
import { readCounters } from '../../gen/emit/npm/counters.ts';
import type { Fact } from '../../gen/emit/npm/facts.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';
import { largest, smallest } from './helpers/specs.ts';

const repository = path.resolve(import.meta.dirname, '../..');

describe('plain data', () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/);
  const { fact } = fc.letrec<{ fact: Fact }>((tie) => ({
    fact: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.boolean(),
      fc.array(tie('fact'), { maxLength: 4 }),
      fc.dictionary(key, tie('fact'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));

  it('is itself again when JavaScript reads it', () => {
    const read = (text: string): unknown => new Function(`return (${text});`)();
    fc.assert(
      fc.property(fact, (value) => {
        expect(read(jsValue(value))).toEqual(value);
      }),
    );
  });

  it('is printed as people write it', () => {
    expect(jsValue({ a: [1, "it's"], 'b-c': {} })).toBe("{\n  a: [1, 'it\\'s'],\n  'b-c': {},\n}");
    expect(literalType({ a: [1, true] })).toBe('{\n  readonly a: readonly [1, true];\n}');
    expect(unionType(['a', 'b', 'a'])).toBe("'a' | 'b'");
    expect(unionType([])).toBe('never');
  });
});

describe('the library of a package', () => {
  const library = emit(makePlan(smallest)).filter((file) => file.path.startsWith('npm/lib/'));

  it('runs as it is, and needs nothing but Node', () => {
    const folder = temporaryFolder();
    writeFiles(folder, Object.fromEntries(library.map((file) => [file.path, file.content])));
    fs.writeFileSync(`${folder}/package.json`, '{ "type": "module" }');
    const script =
      "for (const file of ['package', 'attached-net']) console.log(typeof Object.values(await import('./npm/lib/' + file + '.js'))[0])";
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'function\nfunction\n', stderr: '' });
    for (const { content } of library)
      for (const [, from = ''] of content.matchAll(/\bfrom ["'](.+?)["']/g)) expect(from).toMatch(/^(node:|\.\/)/);
  });

  it('declares what users see, without the types of Node', () => {
    const declared = library.filter((file) => file.path.endsWith('.d.ts'));
    const names = declared.map(({ path: file }) => path.basename(file));
    expect(names).toEqual(['api.d.ts', 'net-api.d.ts', 'runtime-error.d.ts']);
    // Those of net are streams of Node.
    for (const { content, path: file } of declared)
      if (path.basename(file) !== 'net-api.d.ts') expect(content).not.toMatch(/NodeJS|Buffer|node:/);
  });
});

describe('the counters', () => {
  it('are all those of the runtime', () => {
    const { worker, app } = readCounters();
    const list = fs.readFileSync(path.join(repository, 'runtime-c/base/stats.def'), 'utf8');
    expect(worker.length + app.length).toBe(list.match(/^BP_(WORKER|APP)_STAT\(/gm)?.length);
    for (const { name, help } of [...worker, ...app])
      expect([name, help]).toEqual([expect.stringMatching(/^[a-z]/), help]);
  });
});

describe('an emission', () => {
  const plan = makePlan(largest);
  const written = () => {
    const folder = temporaryFolder();
    writeOutput(folder, plan, compareOutput(folder, emit(plan), false).changes, {});
    return folder;
  };

  it('is read back from the disk when it is there', async () => {
    expect(await emittedFiles(plan, written())).toEqual(emit(plan));
  });

  it('is made again when a file is edited, missing, or of another plan', async () => {
    const edited = written();
    fs.appendFileSync(`${edited}/npm/index.js`, '// mine\n');
    expect(await emittedFiles(plan, edited)).toEqual(emit(plan));
    const missing = written();
    fs.rmSync(`${missing}/DECISIONS.md`);
    expect(await emittedFiles(plan, missing)).toEqual(emit(plan));
    const other = makePlan(smallest);
    expect(emissionKey(other)).not.toBe(emissionKey(plan));
    expect(await emittedFiles(other, written())).toEqual(emit(other));
  });
});

describe('a tarball', () => {
  const entries = [
    { path: 'package/a', content: Buffer.from('text'), executable: false },
    { path: 'package/bin/b', content: Buffer.alloc(512, 'x'), executable: true },
    { path: 'package/empty', content: Buffer.alloc(0), executable: false },
  ];

  it('is one that tar can read', () => {
    const folder = temporaryFolder();
    const { status, stderr } = spawnSync('tar', ['xzf', '-', '-C', folder], { input: packTarball(entries) });
    expect([status, stderr.toString()]).toEqual([0, '']);
    for (const { path: name, content, executable } of entries) {
      expect(fs.readFileSync(path.join(folder, name)).equals(content)).toBe(true);
      expect((fs.statSync(path.join(folder, name)).mode & 0o100) !== 0).toBe(executable);
    }
  });

  it('is the same bytes every time, and refuses a path that it has no room for', () => {
    expect(packTarball(entries).equals(packTarball(entries))).toBe(true);
    const long = { path: 'x'.repeat(101), content: Buffer.alloc(0), executable: false };
    expect(() => packTarball([long])).toThrow('too long');
  });
});

it('a missing C++ compiler is named with its package', () => {
  const said = "gcc: fatal error: cannot execute 'cc1plus': execvp: No such file or directory";
  expect(environmentFailure(said)).toMatchObject({ name: 'toolMissing', message: expect.stringContaining('cc1plus') });
  expect(JSON.stringify(environmentFailure(said))).toContain('apt-get install g++');
});
