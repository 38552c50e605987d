import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runtimeDirectory } from '../../gen/build/build.ts';
import { cComment, cString } from '../../gen/emit/c-literals.ts';
import { emit } from '../../gen/emit/emit.ts';
import { render } from '../../gen/emit/templates.ts';
import { nicModelNames } from '../../gen/hardware/nics.ts';
import type { Spec } from '../../gen/index.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { parseSpec } from '../../gen/spec/parse.ts';
import { readSpec } from '../../gen/spec/read-spec.ts';
import { specs, specsWithNic } from './helpers/arbitrary-specs.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';
import { largest, smallest } from './helpers/specs.ts';

const configs = path.resolve(import.meta.dirname, '../../configs');

/** Compiles the tables against the runtime's own headers, as the build does. */
function gccComplaints(files: readonly { path: string; content: string }[]): string {
  const folder = temporaryFolder();
  writeFiles(folder, Object.fromEntries(files.map((file) => [file.path, file.content])));
  const quote = [`${folder}/include`, runtimeDirectory, `${runtimeDirectory}/include`].flatMap((dir) => [
    '-iquote',
    dir,
  ]);
  const flags = ['-std=gnu11', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-include', 'base/mem.h', ...quote];
  const sources = files.map((file) => file.path).filter((file) => file.endsWith('.c'));
  const { status, stderr } = spawnSync('gcc', [...flags, ...sources], { cwd: folder, encoding: 'utf8' });
  fs.rmSync(folder, { recursive: true });
  return status === 0 ? '' : stderr || `gcc ended with ${status}`;
}

/** What differs from config to config. */
const specific = (spec: Spec) => emit(makePlan(spec)).filter((file) => !file.path.startsWith('npm/lib/'));

describe('generated files', () => {
  it.each([
    ['small', smallest],
    ['large', largest],
  ])('of the %s reference spec are the golden ones', async (name, spec) => {
    for (const file of specific(spec)) {
      await expect(file.content).toMatchFileSnapshot(`../golden/${name}/${file.path}`);
    }
  });

  it('of configs/embedded.ts are the golden ones', async () => {
    const { spec, diagnostics } = await readSpec(path.join(configs, 'embedded.ts'));
    expect(diagnostics).toEqual([]);
    for (const file of specific(spec as NonNullable<typeof spec>)) {
      await expect(file.content).toMatchFileSnapshot(`../golden/embedded/${file.path}`);
    }
  });

  it.each([
    ['small', smallest],
    ['large', largest],
  ])('of the %s reference spec compile without a warning', (_, spec) => {
    expect(parseSpec(spec).diagnostics).toEqual([]);
    expect(gccComplaints(emit(makePlan(spec)))).toBe('');
  });

  it('of any valid spec compile without a warning', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        expect(parseSpec(spec).diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
        expect(gccComplaints(emit(makePlan(spec)))).toBe('');
      }),
      { numRuns: 40 },
    );
  });

  it.each(nicModelNames)('of any valid spec with a NIC of the model %s compile without a warning', (model) => {
    fc.assert(
      fc.property(specsWithNic(model), (spec) => {
        expect(parseSpec(spec).diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
        expect(gccComplaints(emit(makePlan(spec)))).toBe('');
      }),
      { numRuns: 4 },
    );
  });

  it('are the same bytes for the same spec, and name no folder and no time', () => {
    const text = () => JSON.stringify(emit(makePlan(largest)));
    expect(text()).toBe(text());
    expect(text()).not.toContain(import.meta.dirname.split('/test/')[0]);
    expect(text()).not.toMatch(new RegExp(String(new Date().getFullYear())));
  });

  it('define every constant of the default configuration, and no other', () => {
    const names = (text: string) => [...text.matchAll(/^ {4}(BP_\w+) = /gm)].map((m) => m[1]).sort();
    const header = emit(makePlan(smallest)).find((file) => file.path === 'include/bp_config.h')?.content ?? '';
    const reference = fs.readFileSync(path.join(runtimeDirectory, 'include/bp_config_default.h'), 'utf8');
    expect(names(header)).toEqual(names(reference));
    const abi = /#define BP_CONFIG_ABI (\d+)/;
    expect(abi.exec(header)?.[1]).toBe(abi.exec(reference)?.[1]);
  });
});

describe('a C string literal', () => {
  it('gives the program the very bytes of the text', () => {
    const texts = fc.array(
      fc.string({ unit: 'binary', maxLength: 40 }).filter((s) => !s.includes('\0')),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(texts, (strings) => {
        const folder = temporaryFolder();
        const source = `#include <stdio.h>\nint main(void)\n{\nconst char *const s[] = { ${strings.map(cString).join(', ')} };\nfor (unsigned i = 0; i < ${strings.length}; i++) { fputs(s[i], stdout); putchar(0); }\nreturn 0;\n}\n`;
        const compiled = spawnSync('gcc', ['-Wall', '-Werror', '-x', 'c', '-', '-o', `${folder}/a`], {
          input: source,
          encoding: 'utf8',
        });
        expect(compiled.stderr).toBe('');
        const printed = spawnSync(`${folder}/a`).stdout;
        expect(printed).toEqual(Buffer.from(strings.map((s) => `${s}\0`).join('')));
      }),
      { numRuns: 10 },
    );
  });

  it('cannot hold NUL, and a comment cannot be ended', () => {
    expect(() => cString('a\0b')).toThrow('NUL');
    expect(() => cComment('a */ b')).toThrow('comment');
  });
});

describe('a template', () => {
  it('throws for a view with a hole instead of printing nothing', () => {
    expect(() =>
      render('c/bp_config.h', {
        name: 'x',
        abi: 1,
        constants: [{ name: 'A', value: undefined as never, comment: '' }],
      }),
    ).toThrow('hole');
    expect(() => render('c/bp_tables.c', { name: 'x', specHash: 'x', workers: [], apps: [{ id: 'a' }] })).toThrow();
  });
});
