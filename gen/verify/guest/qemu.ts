/** QEMU: where it is, how old it is, and its command line. */
import { spawnSync } from 'node:child_process';
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';
import { findProgram } from '../../machine/find-program.ts';
import type { Job } from './job.ts';
import type { Kernel } from './kernel.ts';

export type Accelerator = 'kvm' | 'tcg';

export interface Qemu {
  readonly file: string;
  readonly version: string;
  readonly major: number;
}

export function findQemu(env: NodeJS.ProcessEnv): Qemu | Diagnostic {
  const missing = diagnose('toolMissing', { tool: 'qemu-system-x86_64', pkg: 'qemu-system-x86' });
  const found = findProgram('qemu-system-x86_64', { env, cwd: '/' });
  if (!('file' in found)) return missing;
  const { stdout } = spawnSync(found.file, ['--version'], { env, encoding: 'utf8' });
  const [, version = '', major = ''] = /version ((\d+)\.\d+\S*)/.exec(stdout ?? '') ?? [];
  return version ? { file: found.file, version, major: Number(major) } : missing;
}

/** Descriptors that the guest gets from us: the line it reports on, and its first file system. */
export const passed = { messages: 3, initramfs: 4 } as const;

/** Numbers on the first PCI bus that are taken; those of peers count up to the end. */
export const slots = { peers: 0x10, hostFiles: '1e' } as const;

/**
 * Debian's kernel clears all memory that it takes, huge pages too, and tries its ciphers at boot: under emulation the first
 * is a second for each 100 MiB on a busy machine, the second one in all.
 */
const kernelWords = 'console=ttyS0 quiet panic=-1 mitigations=off init_on_alloc=0 cryptomgr.notests'.split(' ');

/** The guest ends instead of rebooting, also when its kernel panics; console on standard output. */
export const qemuArguments = (kernel: Kernel, job: Job, accelerator: Accelerator): string[] => [
  ...['-name', `bypassgen ${job.name}`],
  ...['-accel', accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
  ...['-machine', accelerator === 'kvm' ? 'q35,kernel-irqchip=split' : 'q35'],
  ...['-cpu', accelerator === 'kvm' ? 'host' : 'max'],
  ...['-smp', String(job.cpus), '-m', `${job.memoryMiB}M`],
  ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
  ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
  ...['-chardev', `socket,id=messages,fd=${passed.messages}`, '-serial', 'chardev:messages'],
  ...['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
  ...['-device', `virtio-9p-pci,fsdev=host,mount_tag=host,addr=${slots.hostFiles}`],
  ...['-kernel', kernel.image, '-initrd', `/proc/self/fd/${passed.initramfs}`],
  ...['-append', [...kernelWords, ...job.kernelArguments].join(' ')],
  ...job.devices,
];
