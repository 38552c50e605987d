/** Compiles the Node-API addon of a generated package: with gcc alone, so that no node-gyp and no installed headers are needed. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Talk } from '../terminal/talk.ts';
import { compile } from './compile.ts';
import { linkObjects } from './link.ts';

const require = createRequire(import.meta.url);

export const addonDirectory = fileURLToPath(new URL('../../binding/addon', import.meta.url));

/** Folders of napi.h and node_api.h, from npm packages. */
const headers = [
  path.dirname(require.resolve('node-addon-api/package.json')),
  (require('node-api-headers') as { include_dir: string }).include_dir,
];

/** For any x86-64, whatever the runtime itself is compiled for: it must be able to say that the processor is wrong. */
export const addonCompileFlags: readonly string[] = [
  '-std=c++17',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-fPIC',
  '-fno-exceptions',
  '-fno-rtti',
  '-ffunction-sections',
  '-fdata-sections',
  // Node-API 8 is in every Node from 12.22 on; one binary serves them all.
  '-DNAPI_VERSION=8',
  '-DNAPI_DISABLE_CPP_EXCEPTIONS',
  '-DNODE_ADDON_API_DISABLE_DEPRECATED',
  '-DNODE_GYP_MODULE_NAME=bypassgen',
  ...headers.flatMap((directory) => ['-isystem', directory]),
  ...headers.map((directory) => `-ffile-prefix-map=${directory}=${path.basename(path.dirname(directory))}`),
];

/** The names that Node looks for; all others stay inside. */
const exportsMap = path.join(addonDirectory, 'exports.map');

/** The C++ library goes in, so that only glibc is needed where the package is installed. */
const addonLinkFlags: readonly string[] = [
  '-shared',
  '-static-libstdc++',
  '-static-libgcc',
  `-Wl,--version-script=${exportsMap}`,
  '-Wl,--gc-sections',
  '-Wl,-z,relro,-z,now',
  '-Wl,-z,noexecstack',
  '-Wl,--build-id=sha1',
  '-s',
];

export interface AddonRequest {
  /** The .node file to make. */
  readonly target: string;
  /** Folder of the objects. */
  readonly objects: string;
  /** Version of the compiler. */
  readonly compiler: string;
  readonly env: NodeJS.ProcessEnv;
  readonly jobs: number;
  readonly talk: Talk;
}

export interface AddonResult {
  readonly compiled: number;
  readonly linked: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export async function buildAddon({ target, objects, compiler, env, jobs, talk }: AddonRequest): Promise<AddonResult> {
  const units = readdirSync(addonDirectory)
    .filter((file) => file.endsWith('.cc'))
    .sort()
    .map((file) => ({ id: `addon/${file}`, source: path.join(addonDirectory, file), kind: 'host' as const }));
  const flags = () => addonCompileFlags;
  const result = await compile({
    tool: 'gcc',
    units,
    flags,
    root: addonDirectory,
    objects,
    identity: compiler,
    env,
    jobs,
    talk,
  });
  const { compiled, diagnostics } = result;
  if (diagnostics.length > 0) return { compiled, linked: false, diagnostics };
  const link = await linkObjects({
    tool: 'g++',
    flags: addonLinkFlags,
    objects: result.objects,
    target,
    record: `${objects}.link`,
    identity: compiler + readFileSync(exportsMap, 'utf8'),
    env,
    talk,
  });
  return { compiled, linked: link.linked, diagnostics: link.diagnostic ? [link.diagnostic] : [] };
}
