/**
 * Runs programs natively and under the runtime, times their jobs and writes docs/programs.md:
 *   npm run programs -- [--checks] [name...]
 * --checks: no jobs, and no page. Names: those of list/index.ts; the page is only written when all are run.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildAddon } from '../../gen/build/addon.ts';
import { gccVersion } from '../../gen/build/toolchain.ts';
import { silent } from '../../gen/terminal/talk.ts';
import { genericBinary } from '../compat/runtime.ts';
import { programs } from './list/index.ts';
import { page, type Result } from './page.ts';
import { missing, type Played, play } from './play.ts';

const root = path.resolve(import.meta.dirname, '../..');

async function addonFile(): Promise<string> {
  const folder = path.join(root, 'out/test/programs');
  const target = path.join(folder, 'addon.node');
  fs.mkdirSync(folder, { recursive: true });
  const { diagnostics } = await buildAddon({
    target,
    objects: path.join(folder, 'objects'),
    compiler: gccVersion(process.env) ?? '',
    env: process.env,
    jobs: 2,
    talk: silent,
  });
  if (diagnostics.length > 0) throw new Error(`the addon does not compile: ${diagnostics[0]?.message}`);
  return target;
}

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: { checks: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => programs[name] === undefined);
if (unknown.length > 0) throw new Error(`no such program: ${unknown.join(', ')}; there are ${Object.keys(programs)}`);

const runtime = { binary: await genericBinary(), addon: await addonFile() };
const results: Result[] = [];

const say = ({ fault, milliseconds, calls }: Played): string =>
  fault ??
  [
    'passed',
    milliseconds && `job ${milliseconds.toFixed(0)} ms`,
    calls && `${calls.patched} patched, ${calls.trapped} trapped`,
  ]
    .filter(Boolean)
    .join(', ');

for (const [name, program] of Object.entries(programs)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const lacks = missing(program);
  if (lacks.length > 0) {
    console.log(`${name}: skipped, not installed: ${lacks.join(', ')} (${program.packages.join(' ')})`);
    results.push({ program });
    continue;
  }
  const native = await play(program, undefined, !values.checks);
  console.log(`${name}: natively ${say(native)}`);
  const fused = await play(program, runtime, !values.checks);
  console.log(`${name}: under the runtime ${say(fused)}`);
  results.push({ program, native, fused });
}

if (positionals.length === 0 && !values.checks) fs.writeFileSync(path.join(root, 'docs/programs.md'), page(results));
process.exitCode = results.some(({ native, fused }) => native?.fault ?? fused?.fault) ? 1 : 0;
