/**
 * Whether the kernel, and whatever confines this process, allows what the runtime lives on. Asked of the best witness
 * there is: a binary that was built already, a small probe if there is a compiler, else what /proc lets one guess.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface Abilities {
  /** Syscall User Dispatch, Linux 5.11. */
  readonly sud: boolean;
  /** Reading and writing FS and GS base from user space, Linux 5.9. */
  readonly fsgsbase: boolean;
  /** Optional: takes blocking calls off the workers. */
  readonly io_uring: boolean;
  /** Whether it was tried, or only guessed from versions. */
  readonly tried: boolean;
}

const answer = z.object({ sud: z.boolean(), fsgsbase: z.boolean(), io_uring: z.boolean() });

/** binary: one of ours that takes --probe, if any was built. */
export function readAbilities(env: NodeJS.ProcessEnv, binary?: string): Abilities {
  const told = (binary && fs.existsSync(binary) && ask(binary, ['--probe'])) || askProbe(env);
  return told ? { ...told, tried: true } : guess();
}

function ask(program: string, args: readonly string[]): z.infer<typeof answer> | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) return undefined;
  try {
    return answer.parse(JSON.parse(stdout));
  } catch {
    return undefined;
  }
}

function askProbe(env: NodeJS.ProcessEnv): z.infer<typeof answer> | undefined {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bypassgen-probe-'));
  try {
    const probe = path.join(folder, 'probe');
    const source = fileURLToPath(new URL('probe.c', import.meta.url));
    const { status } = spawnSync('gcc', ['-O1', source, '-o', probe], { env, stdio: 'ignore' });
    return status === 0 ? ask(probe, []) : undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** getauxval(3): a vector of pairs of 64-bit words. */
const AT_HWCAP2 = 26n;
const HWCAP2_FSGSBASE = 2n;

function guess(): Abilities {
  const auxv = fs.readFileSync('/proc/self/auxv');
  let hwcap2 = 0n;
  for (let i = 0; i + 16 <= auxv.length; i += 16) {
    if (auxv.readBigUInt64LE(i) === AT_HWCAP2) hwcap2 = auxv.readBigUInt64LE(i + 8);
  }
  return {
    sud: kernelAtLeast(os.release(), 5, 11),
    fsgsbase: (hwcap2 & HWCAP2_FSGSBASE) !== 0n,
    io_uring: ioUringDisabled() === '0',
    tried: false,
  };
}

function ioUringDisabled(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/io_uring_disabled', 'utf8').trim();
  } catch {
    return '0';
  }
}

export function kernelAtLeast(release: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return a > major || (a === major && b >= minor);
}
