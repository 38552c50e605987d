/** Compiles what is not up to date, several at a time. */
import fs from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import type { Talk } from '../terminal/talk.ts';
import { ownTemporary } from './disk.ts';
import { madeUpCalls } from './flags.ts';
import { ObjectCache, type ObjectRecord, parseDependencies } from './object-cache.ts';
import { type CheckedObject, parseNm } from './symbols.ts';
import { environmentFailure } from './tool-errors.ts';
import type { Compiler } from './toolchain.ts';
import { runTool } from './tools.ts';
import { withUndo } from './undo.ts';
import type { Unit } from './units.ts';

export interface CompileJob {
  readonly tool: Compiler;
  readonly units: readonly Unit[];
  /** Arguments of `gcc -c` but for the files; the tool goes by their names, C++ too. */
  flags(unit: Unit): readonly string[];
  /** What paths of sources, and of the compiler's messages, are relative to. */
  readonly root: string;
  /** Folder of the objects. */
  readonly objects: string;
  /** What else the objects depend on: the compiler's version. */
  readonly identity: string;
  readonly env: NodeJS.ProcessEnv;
  /** Compilers at the same time. */
  readonly jobs: number;
  readonly talk: Talk;
}

export interface CompiledObject extends CheckedObject {
  readonly file: string;
  readonly key: string;
}

export interface CompileResult {
  /** One for each unit, in the same order; incomplete when there are diagnostics. */
  readonly objects: readonly CompiledObject[];
  readonly compiled: number;
  readonly diagnostics: readonly Diagnostic[];
}

interface Compiled {
  readonly unit: Unit;
  readonly key: string;
  readonly inputs: readonly string[];
}

export async function compile(job: CompileJob): Promise<CompileResult> {
  fs.mkdirSync(job.objects, { recursive: true });
  const cache = new ObjectCache(job.objects);
  cache.keepOnly(job.units);
  const commandOf = (unit: Unit) => [job.identity, ...job.flags(unit), ...madeUpCalls[job.tool]];
  const records = new Map<string, ObjectRecord>();
  for (const unit of job.units) {
    const record = cache.fresh(unit, commandOf(unit));
    if (record) records.set(unit.id, record);
  }
  const stale = job.units.filter((unit) => !records.has(unit.id));

  const diagnostics: Diagnostic[] = [];
  const compiled: Compiled[] = [];
  let started = 0;
  await eachOf(stale, job.jobs, async (unit) => {
    if (diagnostics.some((d) => d.name !== 'compileFailed')) return;
    started += 1;
    job.talk.progress(unit.id, started, stale.length);
    const since = Date.now();
    const result = await compileUnit(job, cache.object(unit), unit);
    if ('diagnostic' in result) diagnostics.push(result.diagnostic);
    else compiled.push({ unit, inputs: result.inputs, key: keyOf(cache, commandOf(unit), result.inputs, since) });
  });
  job.talk.finish();
  diagnostics.push(...(await storeRecords(job, cache, compiled, records)));
  if (diagnostics.length > 0) return { objects: [], compiled: compiled.length, diagnostics };

  const objects = job.units.map((unit) => {
    const { key, symbols } = records.get(unit.id) as ObjectRecord;
    return { id: unit.id, kind: unit.kind, file: cache.object(unit), key, symbols };
  });
  return { objects, compiled: compiled.length, diagnostics };
}

/** A file that was edited during the compilation may have been read before: such an object is used, but not trusted again. */
function keyOf(cache: ObjectCache, command: readonly string[], inputs: readonly string[], since: number): string {
  const edited = inputs.some((file) => fs.statSync(file).mtimeMs >= since);
  return edited ? `edited at ${Date.now()}` : cache.key(command, inputs);
}

/** The object appears under its name only when it is complete. */
async function compileUnit(
  job: CompileJob,
  object: string,
  unit: Unit,
): Promise<{ inputs: string[] } | { diagnostic: Diagnostic }> {
  const temporary = ownTemporary(object);
  const rule = `${temporary}.d`;
  const undo = () => {
    fs.rmSync(rule, { force: true });
    fs.rmSync(temporary, { force: true });
  };
  return withUndo(undo, async () => {
    fs.mkdirSync(path.dirname(object), { recursive: true });
    const { root } = job;
    const relative = path.relative(root, unit.source);
    const source = relative.startsWith('..') ? unit.source : relative;
    const args = [...job.flags(unit), '-MD', '-MF', rule, '-c', source, '-o', temporary];
    const { ok, stderr } = await runTool(job.tool, args, { env: job.env, cwd: root });
    if (!ok) {
      const failure = environmentFailure(stderr) ?? diagnose('compileFailed', { unit: unit.id }, { detail: stderr });
      return { diagnostic: failure };
    }
    const unrenamed = await renameCalls(job, temporary);
    if (unrenamed) return { diagnostic: unrenamed };
    const inputs = parseDependencies(fs.readFileSync(rule, 'utf8')).map((file) => path.resolve(root, file));
    fs.renameSync(temporary, object);
    return { inputs };
  });
}

async function renameCalls({ tool, env, root }: CompileJob, object: string): Promise<Diagnostic | undefined> {
  const renames = madeUpCalls[tool].flatMap((name) => ['--redefine-sym', `${name}=bp_${name}`]);
  if (renames.length === 0) return undefined;
  const { ok, missing, stderr } = await runTool('objcopy', [...renames, object], { env, cwd: root });
  if (missing) return diagnose('toolMissing', { tool: 'objcopy', pkg: 'binutils' });
  if (!ok) throw new Error(`objcopy failed: ${stderr}`);
  return undefined;
}

/** Symbols of all new objects by one nm, then the records that make the objects count. */
async function storeRecords(
  job: CompileJob,
  cache: ObjectCache,
  compiled: readonly Compiled[],
  records: Map<string, ObjectRecord>,
): Promise<Diagnostic[]> {
  if (compiled.length === 0) return [];
  const files = compiled.map(({ unit }) => cache.object(unit));
  const { ok, missing, stdout, stderr } = await runTool('nm', ['-A', '-P', ...files], {
    env: job.env,
    cwd: job.root,
  });
  if (missing) return [diagnose('toolMissing', { tool: 'nm', pkg: 'binutils' })];
  if (!ok) throw new Error(`nm failed: ${stderr}`);
  const symbols = parseNm(stdout);
  for (const { unit, key, inputs } of compiled) {
    const record = { key, inputs, symbols: symbols.get(cache.object(unit)) ?? { defined: [], undefined: [] } };
    cache.store(unit, record);
    records.set(unit.id, record);
  }
  return [];
}

/** Runs the action for every item, at most width of them at the same time. */
async function eachOf<T>(items: readonly T[], width: number, action: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await action(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}
