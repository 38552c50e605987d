/** The kernel that a guest boots: a distribution's package, with its modules. It need not be the one that runs here. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { realDisk, sha256 } from '../../build/disk.ts';
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';
import { roomRefusal } from './room.ts';

export interface Kernel {
  /** As `uname -r` says. */
  readonly release: string;
  /** The uncompressed kernel: QEMU starts it directly, in half the time of the compressed one. */
  readonly image: string;
  /** /lib/modules/<release>. */
  readonly modules: string;
}

/** Where kernels are looked for: what this machine boots, and a package that was only unpacked. */
const rootsOf = (env: NodeJS.ProcessEnv): string[] => ['/', path.join(cacheDirectory(env), 'kernel')];

/** The newest kernel with modules under the first of the roots that has one. */
export function findKernel(env: NodeJS.ProcessEnv, roots: readonly string[] = rootsOf(env)): Kernel | Diagnostic {
  for (const root of roots) {
    const release = newestRelease(root);
    if (release === undefined) continue;
    const image = uncompressed(path.join(root, 'boot', `vmlinuz-${release}`), env);
    if (typeof image !== 'string') return image;
    return { release, image, modules: path.join(root, 'lib/modules', release) };
  }
  return diagnose('kernelMissing', { boot: path.join(roots[0] ?? '/', 'boot') });
}

const newestRelease = (root: string): string | undefined =>
  list(path.join(root, 'boot'))
    .flatMap((file) => /^vmlinuz-(.+)$/.exec(file)?.[1] ?? [])
    .filter((release) => fs.existsSync(path.join(root, 'lib/modules', release, 'modules.dep')))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);

function list(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

/** The diagnostic of what could not be kept there. */
export const cacheRefusal = (error: unknown, env: NodeJS.ProcessEnv): Diagnostic =>
  roomRefusal(error, cacheDirectory(env), 'XDG_CACHE_HOME');

export const cacheDirectory = (env: NodeJS.ProcessEnv): string =>
  path.join(env['XDG_CACHE_HOME'] || path.join(env['HOME'] || os.homedir(), '.cache'), 'bypassgen');

/** The ELF kernel inside a bzImage, kept under the hash of what it came from. */
function uncompressed(compressed: string, env: NodeJS.ProcessEnv): string | Diagnostic {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(compressed);
  } catch (error) {
    return diagnose('kernelUnusable', { file: compressed, reason: (error as Error).message });
  }
  const image = path.join(cacheDirectory(env), `vmlinux-${sha256(bytes)}`);
  if (fs.existsSync(image)) return image;
  const payload = payloadOf(bytes);
  const format = payload && formats.find(({ magic }) => payload.subarray(0, magic.length).equals(magic));
  if (!payload || !format) {
    return diagnose('kernelUnusable', {
      file: compressed,
      reason: 'it is no bzImage with an xz, gzip or zstd payload',
    });
  }
  const [tool = '', ...args] = format.command;
  const { error, stdout, stderr } = spawnSync(tool, args, { env, input: payload, maxBuffer: 2 ** 30 });
  if (error) return diagnose('toolMissing', { tool, pkg: format.pkg });
  if (!stdout.subarray(0, 4).equals(elfMagic)) {
    return diagnose('kernelUnusable', { file: compressed, reason: `${tool}: ${stderr.toString().trim()}` });
  }
  try {
    realDisk.write(image, stdout);
  } catch (error) {
    return cacheRefusal(error, env);
  }
  return image;
}

const elfMagic = Buffer.from('\x7fELF', 'latin1');

/** The length of a payload counts four bytes behind the stream, which the tools must not mind. */
const formats = [
  { magic: Buffer.from('fd377a585a00', 'hex'), command: ['xz', '-dc', '--single-stream'], pkg: 'xz-utils' },
  { magic: Buffer.from('28b52ffd', 'hex'), command: ['zstd', '-dcf'], pkg: 'zstd' },
  { magic: Buffer.from('1f8b', 'hex'), command: ['gzip', '-dcf'], pkg: 'gzip' },
] as const;

/** Linux/x86 boot protocol 2.08 (Documentation/arch/x86/boot.rst): the payload lies behind the real-mode sectors. */
function payloadOf(image: Buffer): Buffer | undefined {
  if (image.length < 0x260 || image.toString('latin1', 0x202, 0x206) !== 'HdrS') return undefined;
  if (image.readUInt16LE(0x206) < 0x208) return undefined;
  const setupSectors = image.readUInt8(0x1f1) || 4;
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
  return image.subarray(start, start + image.readUInt32LE(0x24c));
}
