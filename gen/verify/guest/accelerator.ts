/** KVM where it works, emulation elsewhere. /dev/kvm is no proof: a guest has to come up. */
import fs from 'node:fs';
import path from 'node:path';
import { realDisk, sha256 } from '../../build/disk.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { type Host, runGuest } from './guest.ts';
import { shellJob } from './job.ts';
import { cacheDirectory, type Kernel } from './kernel.ts';
import type { Accelerator } from './qemu.ts';

export interface Choice {
  readonly accelerator: Accelerator;
  /** Why not KVM. */
  readonly reason?: string;
}

/** A guest that does nothing takes about a second with KVM. */
const trialSeconds = 20;

/** Tried once for each start of this machine, QEMU and kernel. */
export async function chooseAccelerator(host: Omit<Host, 'accelerator'>): Promise<Choice | Diagnostic> {
  try {
    fs.accessSync('/dev/kvm', fs.constants.R_OK | fs.constants.W_OK);
  } catch (error) {
    return { accelerator: 'tcg', reason: (error as Error).message };
  }
  const known = knownFile(host.kernel, host.qemu.version, host.env);
  const cached = realDisk.read(known)?.toString();
  if (cached !== undefined) return toChoice(cached);
  const trial = await runGuest(
    { ...host, accelerator: 'kvm' },
    shellJob('trial of KVM', 'true', { bootSeconds: trialSeconds }),
  );
  if ('code' in trial) return trial;
  if (trial.ending === 'abandoned') return toChoice(trial.ending);
  const reason =
    trial.ending === 'done' ? '' : `a guest with KVM does not come up: ${trial.console.at(-1) ?? trial.reason}`;
  try {
    realDisk.write(known, reason);
  } catch {
    // The next one tries again.
  }
  return toChoice(reason);
}

const toChoice = (reason: string): Choice => (reason === '' ? { accelerator: 'kvm' } : { accelerator: 'tcg', reason });

function knownFile(kernel: Kernel, qemuVersion: string, env: NodeJS.ProcessEnv): string {
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  return path.join(cacheDirectory(env), `kvm-${sha256([boot, qemuVersion, kernel.image].join('\n')).slice(0, 16)}`);
}
