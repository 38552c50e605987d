/** The tools of the build and their versions. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Manifest } from './manifest.ts';

const require = createRequire(import.meta.url);

export const version = (require('../../package.json') as { version: string }).version;

/** Messages in English, whatever the user's language: tool-errors.ts reads them. */
export const toolEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...env, LC_ALL: 'C' });

/** What may compile the runtime, and the package of Debian that has it. The npm package's addon is gcc's in any case. */
export const compilers = { gcc: 'gcc libc6-dev', clang: 'clang libc6-dev' } as const;
export type Compiler = keyof typeof compilers;
export const compilerNames = Object.keys(compilers) as [Compiler, ...Compiler[]];

/** First line of `gcc --version` or `clang --version`; null when there is none. */
export function compilerVersion(compiler: Compiler, env: NodeJS.ProcessEnv): string | null {
  const { stdout, status } = spawnSync(compiler, ['--version'], { env: toolEnv(env), encoding: 'utf8' });
  return status === 0 ? (stdout.split('\n')[0] ?? '') : null;
}

export const gccVersion = (env: NodeJS.ProcessEnv): string | null => compilerVersion('gcc', env);

/** For the manifest. */
export const toolchainVersions = (env: NodeJS.ProcessEnv): Manifest['toolchain'] => ({
  bypassgen: version,
  'clang-format': (require('clang-format/package.json') as { version: string }).version,
  gcc: gccVersion(env),
  node: process.version,
});

/** What `-march=native` means depends on this. */
export function nativeCpu(): string {
  const flags = /^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
  return flags?.[1] ?? '';
}
