/** The guest's first file system: busybox, init, modules, the job and its files. */
import fs from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';
import { findProgram } from '../../machine/find-program.ts';
import { packCpio } from './cpio.ts';
import type { Job } from './job.ts';
import type { Kernel } from './kernel.ts';
import { readModules } from './modules.ts';

/** What every guest needs: devices on PCI, the host's files, the peer's network card. */
const alwaysLoaded = ['virtio_pci', '9pnet_virtio', '9p', 'virtio_net'];

const init = fs.readFileSync(path.join(import.meta.dirname, 'init.sh'));

export function buildInitramfs(kernel: Kernel, job: Job, env: NodeJS.ProcessEnv): Buffer | Diagnostic {
  const busybox = findProgram('busybox', { env, cwd: '/' });
  if (!('file' in busybox)) return diagnose('toolMissing', { tool: 'busybox', pkg: 'busybox-static' });
  const modules = readModules(kernel, [...alwaysLoaded, ...job.modules], env);
  if ('code' in modules) return modules;
  const order = modules.map(({ name }) => `${name}\n`).join('');
  return packCpio([
    { path: 'init', content: init, executable: true },
    { path: 'bin/busybox', content: fs.readFileSync(busybox.file), executable: true },
    { path: 'modules/order', content: Buffer.from(order), executable: false },
    ...modules.map(({ name, content }) => ({ path: `modules/${name}.ko`, content, executable: false })),
    { path: 'job.sh', content: Buffer.from(job.script), executable: false },
    ...Object.entries(job.files).map(([name, content]) => ({ path: name, content, executable: true })),
  ]);
}
