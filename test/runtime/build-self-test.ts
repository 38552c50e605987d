/**
 * Builds a C self-test: a program that begins with `// sources: ...`, the runtime sources that it needs (globs), and perhaps
 * `// flags: ...`, further options for the compiler, such as sanitizers, and `// drivers: ...`, the drivers of DPDK that it
 * is linked with.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { dpdkCompileFlags, dpdkLink } from '../../gen/build/dpdk.ts';
import { compileFlags, floors } from '../../gen/build/flags.ts';
import type { March } from '../../gen/hardware/cpus.ts';
import type { NicDriver } from '../../gen/hardware/nics.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const runtime = path.join(root, 'runtime-c');
const build = path.join(root, 'out', '.self-tests');

/** The words behind `key:` in the line comments that a test begins with, up to the next key. */
function header(testFile: string, key: string): string[] {
  const lines = fs.readFileSync(testFile, 'utf8').split('\n');
  const comments = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('//')),
  );
  const words = comments.flatMap((line) => line.slice(2).split(/\s+/)).filter(Boolean);
  const from = words.indexOf(`${key}:`) + 1;
  const to = words.findIndex((word, i) => i >= from && word.endsWith(':'));
  return from ? words.slice(from, to < 0 ? undefined : to) : [];
}

/** The files that `// sources:` names, each once, and base/mem.c, which every runtime source needs. */
function sourcesOf(testFile: string): string[] {
  const patterns = header(testFile, 'sources');
  const found = patterns.flatMap((pattern) => {
    const folder = path.join(root, path.dirname(pattern));
    const [prefix = '', suffix = ''] = path.basename(pattern).split('*');
    if (!pattern.includes('*')) return [path.join(root, pattern)];
    return fs
      .readdirSync(folder)
      .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
      .map((name) => path.join(folder, name));
  });
  return [...new Set([...found, path.join(runtime, 'base/mem.c')])].sort();
}

/** Changes whenever any header or table of the runtime, or header of the tests, does: coarse, and never stale. */
const headersHash = (() => {
  const hash = createHash('sha256');
  for (const folder of [runtime, import.meta.dirname])
    for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
      if (/\.(h|def)$/.test(name)) hash.update(name).update(fs.readFileSync(path.join(folder, name)));
  return hash.digest('hex');
})();

/** Compilations under way: tests that share a source wait for the same one. */
const underWay = new Map<string, Promise<string>>();

function cached(output: string, inputs: string[], args: string[]): Promise<string> {
  const hash = createHash('sha256').update(headersHash).update(JSON.stringify(args));
  for (const input of inputs) hash.update(fs.readFileSync(input));
  const file = path.join(build, `${output}-${hash.digest('hex').slice(0, 16)}`);
  const made = underWay.get(file) ?? compile(file, args);
  underWay.set(file, made);
  return made;
}

async function compile(file: string, args: string[]): Promise<string> {
  if (fs.existsSync(file)) return file;
  const partial = `${file}.${process.pid}`;
  await run('gcc', [...args, '-o', partial]);
  fs.renameSync(partial, file);
  return file;
}

function compileSource(source: string, extra: string[], march: March): Promise<string> {
  const floor = floors.find(({ name }) => path.relative(runtime, source).startsWith(`${name}/`));
  const name = path.relative(runtime, source).replaceAll('/', '_');
  const flags = compileFlags(floor?.kind ?? 'host', march, { runtime });
  return cached(`${name}.o`, [source], [...flags, ...extra, '-c', source]);
}

function librariesOf(drivers: NicDriver[]): readonly string[] {
  if (drivers.length === 0) return [];
  const dpdk = dpdkLink(drivers, process.env);
  if ('diagnostic' in dpdk) throw new Error(dpdk.diagnostic.message);
  return ['-static-pie', ...dpdk.libraries];
}

/** @returns the program. Objects are kept by what they were made of. */
export async function buildSelfTest(testFile: string, march: March = 'x86-64-v3'): Promise<string> {
  fs.mkdirSync(build, { recursive: true });
  const extra = header(testFile, 'flags');
  const objects: string[] = [];
  for (const source of sourcesOf(testFile)) objects.push(await compileSource(source, extra, march));
  const include = ['-iquote', runtime, '-iquote', path.join(runtime, 'include')];
  const drivers = header(testFile, 'drivers') as NicDriver[];
  const dpdk = drivers.length > 0 ? [`-march=${march}`, ...dpdkCompileFlags] : [];
  const flags = ['-std=gnu11', '-O1', '-g', '-D_GNU_SOURCE', ...extra, ...include, ...dpdk, testFile, ...objects];
  const libraries = librariesOf(drivers);
  return cached(path.basename(testFile, '.c'), [testFile, ...objects], [...flags, ...libraries, '-lpthread']);
}
