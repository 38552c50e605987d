/** DPDK in the build: where its headers are, and what of it a binary is linked with. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import { archivesFor } from '../hardware/drivers.ts';
import type { NicDriver } from '../hardware/nics.ts';
import { sha256 } from './disk.ts';
import { toolEnv } from './toolchain.ts';

/** For `gcc -c`, behind -march: Debian's two folders of headers (the second holds rte_config.h, by architecture). */
export const dpdkCompileFlags: readonly string[] = [
  '-isystem',
  '/usr/include/dpdk',
  '-isystem',
  '/usr/include/x86_64-linux-gnu/dpdk',
];

export interface DpdkLink {
  /** Arguments of the link, behind the objects. */
  readonly libraries: readonly string[];
  /** Hash of the archives of DPDK: a package of another age means another link. */
  readonly identity: string;
}

/** What the link needs, or what the machine lacks. */
export function dpdkLink(drivers: readonly NicDriver[], env: NodeJS.ProcessEnv): DpdkLink | { diagnostic: Diagnostic } {
  const { whole, libraries, system, wanted, wrapped } = archivesFor(drivers);
  const names = [...whole, ...libraries].map((name) => `librte_${name}.a`);
  const folder = archiveFolder(names[0] as string, env);
  const missing = names.find((name) => !folder || !fs.existsSync(path.join(folder, name)));
  if (!folder || missing)
    return { diagnostic: diagnose('libraryMissing', { library: missing ?? 'of DPDK', pkg: 'libdpdk-dev' }) };
  return {
    libraries: [
      ...wanted.map((symbol) => `-Wl,-u,${symbol}`),
      ...wrapped.map((symbol) => `-Wl,--wrap=${symbol}`),
      '-Wl,--whole-archive',
      ...whole.map(archive),
      '-Wl,--no-whole-archive',
      // They refer to each other in circles.
      '-Wl,--start-group',
      ...libraries.map(archive),
      '-Wl,--end-group',
      '-Wl,--start-group',
      ...system.map((name) => `-l:lib${name}.a`),
      '-lm',
      '-Wl,--end-group',
    ],
    identity: sha256(names.map((name) => sha256(fs.readFileSync(path.join(folder, name)))).join()),
  };
}

const archive = (name: string): string => `-l:librte_${name}.a`;

/** gcc prints the bare name when it knows no such file. */
function archiveFolder(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const { stdout } = spawnSync('gcc', [`-print-file-name=${name}`], { env: toolEnv(env), encoding: 'utf8' });
  const file = (stdout ?? '').trim();
  return path.isAbsolute(file) ? path.dirname(file) : undefined;
}
