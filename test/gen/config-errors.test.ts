/** What a user sees for a wrong config: everything at once, at the right place. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderConsole } from '../../gen/diagnostics/render-console.ts';
import { readSpec } from '../../gen/spec/read-spec.ts';
import { coloursFor } from '../../gen/terminal/colours.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';

async function complaints(source: string, others: Record<string, string> = {}): Promise<string> {
  const cwd = temporaryFolder();
  writeFiles(cwd, { 'x.ts': source, ...others });
  const { diagnostics } = await readSpec(path.join(cwd, 'x.ts'));
  return renderConsole(diagnostics, {
    colours: coloursFor({}, {}),
    cwd,
    readSource: (file) => fs.readFileSync(file, 'utf8'),
  });
}

const config = (
  hardware: string,
  apps = "a: { command: ['true'] }",
  rest = '',
) => `import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'x',
  hardware: { cpu: { cores: [0] }, ${hardware} },
  workload: { apps: { ${apps} } },${rest}
});
`;

describe('a wrong config', () => {
  it('shows the value, the limit of the model and its reason', async () => {
    const text = await complaints(config("nics: [{ name: 'net0', model: 'virtio', pci: '0000:00:03.0', queues: 64 }]"));
    expect(text).toContain("x.ts:5:105: error BP2007: queues: 64, but model 'virtio' takes at most 16");
    expect(text).toContain('hint: one pair for each worker');
    const carets = text.split('\n').filter((line) => line.includes('^'));
    expect(carets.at(-1)).toBe(`    | ${' '.repeat(104)}^^`);
  });

  it('is told all its mistakes at once, sorted by position', async () => {
    const text = await complaints(`import { defineConfig } from 'bypassgen';
const cores = [0, 0];
export default defineConfig(() => ({
  name: 'Bad Name',
  hardware: { cpu: { cores, marsh: 'native' } },
  workload: {
    apps: {
      a: { command: ['true'], listens: [80], talksTo: ['bb'] },
      b: { command: ['true'], listens: [80] },
    },
  },
  policy: { tickMicroseconds: '4ms', isolation: 'keys' },
}));
`);
    const codes = [...text.matchAll(/^x\.ts:(\d+):(\d+): error (BP\d+)/gm)].map((m) => `${m[1]}:${m[2]} ${m[3]}`);
    expect(codes).toEqual([
      '2:19 BP2001',
      '4:9 BP1015',
      '5:29 BP1010',
      '8:56 BP2202',
      '9:41 BP2201',
      '12:31 BP1012',
      '12:49 BP2301',
    ]);
    expect(text).toContain("did you mean 'march'?");
    expect(text).toContain('7 errors');
  });

  it('is followed through constants, functions, spreads, satisfies and shorthand', async () => {
    const text = await complaints(`import type { Spec } from 'bypassgen';
const common = { command: ['true'], listens: [70000] };
function apps() {
  return { a: { ...common }, b: { command: ['x'], restart: 'always' } };
}
export default async () => {
  const workload = { apps: apps() };
  return ({ name: 'x', hardware: { cpu: {} }, workload } satisfies unknown) as Spec;
};
`);
    expect(text).toContain('x.ts:2:47: error BP1014');
    expect(text).toContain('x.ts:4:60: error BP1013');
  });

  it('names the nearest place it can see when a value is computed', async () => {
    const text = await complaints(`const ports = [1, 2].map(() => 80);
export default { name: 'x', hardware: { cpu: {} }, workload: { apps: { a: { command: ['x'], listens: ports } } } };
`);
    expect(text).toContain("x.ts:2:102: error BP2201: 'a' lists port 80 twice");
  });

  it('may have several syntax errors', async () => {
    const text = await complaints(
      "export default {\n  name: 'x',\n  hardware: { cpu: { cores: [0 } },\n  workload: ;\n};\n",
    );
    expect([...text.matchAll(/x\.ts:(\d):\d+: error BP1002/g)].map((m) => m[1])).toEqual(['3', '4']);
  });

  it('may throw, and the place is shown', async () => {
    const text = await complaints("export default () => {\n  throw new RangeError('no port');\n};\n");
    expect(text).toContain('x.ts:2:3: error BP1003: the config threw: RangeError: no port');
    expect(text).toContain(`|   ${'^'.repeat("throw new RangeError('no port');".length)}\n`);
  });

  it('may reject, throw what is no Error, or import what is not there', async () => {
    expect(await complaints("export default Promise.reject(new Error('late'));\n")).toContain(
      'BP1003: the config threw: late',
    );
    expect(await complaints("export default () => { throw 'text'; };\n")).toContain('BP1003: the config threw: text');
    expect(await complaints("import { x } from './gone.ts';\nexport default x;\n")).toContain(
      'x.ts:1:20: error BP1003',
    );
  });

  it('may have its mistake in a file it imports', async () => {
    const text = await complaints("import { y } from './y.ts';\nexport default y;\n", {
      'y.ts': 'export const y = [;\n',
    });
    expect(text).toContain('y.ts:1:19: error BP1002');
  });

  it.each(['export const x = 1;\n', ''])('may export nothing', async (source) => {
    expect(await complaints(source)).toContain('BP1004');
  });

  it.each(['42', 'null', '[]', "'text'", '() => undefined'])('may be %s instead of an object', async (value) => {
    expect(await complaints(`export default ${value};\n`)).toMatch(/BP101[02]|BP1012/);
  });

  it('may throw where it is read', async () => {
    const text = await complaints("export default { get name() { throw new Error('no name'); } };\n");
    expect(text).toContain('BP1003: the config threw: no name');
  });

  it('does not end the command unheard', async () => {
    expect(await complaints('process.exit(0);\nexport default 1;\n')).toContain(
      'x.ts:1:1: error BP1003: the config threw: it called process.exit(0)',
    );
  });

  it('is no crash when it is hostile', async () => {
    const text = await complaints(
      "const o: Record<string, unknown> = { name: 'x' }; o.hardware = o; o.workload = { apps: { a: { command: [() => 1, Symbol('x')] } } };\nexport default o;\n",
    );
    expect(text).toContain('error');
  });
});
