/** What cases with guests and namespaces share. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Diagnostic } from '../../gen/diagnostics/diagnostic.ts';
import { type GuestResult, type Host, runGuest } from '../../gen/verify/guest/guest.ts';
import type { Job } from '../../gen/verify/guest/job.ts';
import { findKernel } from '../../gen/verify/guest/kernel.ts';
import { findQemu } from '../../gen/verify/guest/qemu.ts';

const { env } = process;
const qemu = findQemu(env);
const kernel = findKernel(env);
const missing = [qemu, kernel].find((found): found is Diagnostic => 'code' in found);

/** Why no guest can be booted here. */
export const unavailable = missing && `${missing.message} (${missing.hint})`;

/** Emulation: what is tested works everywhere. */
export function host(): Host {
  if ('code' in qemu || 'code' in kernel) throw new Error(unavailable);
  return { qemu, kernel, accelerator: 'tcg', env };
}

export async function boot(job: Job): Promise<GuestResult> {
  const result = await runGuest(host(), job);
  if ('code' in result) throw new Error(result.message);
  return result;
}

/** Where cases build: kept, so that only what has changed is compiled again. */
export const buildFolder = path.join(import.meta.dirname, '../../out/.hardware');

/** Cases that take too long for every run of the tests. */
export const everything = process.env['BYPASSGEN_HARDWARE'] === 'all';

/** A socket of AF_XDP, and a BPF map for such sockets: what its driver makes first. */
const xdpProbe = `
import ctypes, os, socket, struct, sys
try:
    socket.socket(44, socket.SOCK_RAW, 0)
except OSError as error:
    sys.exit("no AF_XDP socket: " + error.strerror)
libc = ctypes.CDLL(None, use_errno=True)
attributes = struct.pack("IIIII", 17, 4, 4, 1, 0)
if libc.syscall(321, 0, attributes, len(attributes)) < 0:
    sys.exit("no BPF map: " + os.strerror(ctypes.get_errno()))
`;

/** Why there is no af_xdp here. */
export function xdpUnavailable(): string | undefined {
  if (process.geteuid?.() !== 0) return 'it needs root';
  const { status, stderr, error } = spawnSync('python3', ['-c', xdpProbe], { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}
