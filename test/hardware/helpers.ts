/** What cases with guests share. */
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
