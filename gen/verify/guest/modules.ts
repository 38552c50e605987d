/** Kernel modules and what they need, from the lists that depmod(8) writes. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';
import type { Kernel } from './kernel.ts';

export interface Module {
  readonly name: string;
  readonly content: Buffer;
}

/** The modules and all that they need, in the order in which they can be loaded; those built into the kernel are left out. */
export function readModules(kernel: Kernel, names: readonly string[], env: NodeJS.ProcessEnv): Module[] | Diagnostic {
  const needs = readDependencies(kernel);
  const builtIn = new Set(lines(kernel, 'modules.builtin').map(moduleName));
  const ordered = new Map<string, string>();
  for (const name of names.map(canonical)) {
    const entry = needs.get(name);
    if (!entry && builtIn.has(name)) continue;
    if (!entry) return diagnose('moduleMissing', { release: kernel.release, module: name });
    // depmod lists what a module needs from the nearest to the deepest.
    for (const file of [...entry].reverse()) ordered.set(moduleName(file), path.join(kernel.modules, file));
  }
  const modules: Module[] = [];
  for (const [name, file] of ordered) {
    const content = readModule(file, env);
    if ('code' in content) return content;
    modules.push({ name, content });
  }
  return modules;
}

/** Of each module: its own file, then those that it needs. */
const readDependencies = (kernel: Kernel): Map<string, string[]> =>
  new Map(
    lines(kernel, 'modules.dep').map((line) => {
      const files = line.split(/:? +|:$/).filter(Boolean);
      return [moduleName(files[0] ?? ''), files];
    }),
  );

function lines(kernel: Kernel, list: string): string[] {
  const file = path.join(kernel.modules, list);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

const moduleName = (file: string): string => canonical(path.basename(file).replace(/\.ko(\.xz|\.zst|\.gz)?$/, ''));

/** The kernel takes '-' and '_' in names of modules for the same. */
const canonical = (name: string): string => name.replaceAll('-', '_');

const decompressors: Readonly<Record<string, { tool: string; pkg: string }>> = {
  '.xz': { tool: 'xz', pkg: 'xz-utils' },
  '.zst': { tool: 'zstd', pkg: 'zstd' },
  '.gz': { tool: 'gzip', pkg: 'gzip' },
};

function readModule(file: string, env: NodeJS.ProcessEnv): Buffer | Diagnostic {
  const decompressor = decompressors[path.extname(file)];
  if (!decompressor) return fs.readFileSync(file);
  const { error, status, stdout } = spawnSync(decompressor.tool, ['-dc', file], { env, maxBuffer: 2 ** 28 });
  if (error) return diagnose('toolMissing', decompressor);
  if (status !== 0) return diagnose('kernelUnusable', { file, reason: `${decompressor.tool} cannot unpack it` });
  return stdout;
}
