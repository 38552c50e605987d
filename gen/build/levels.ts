/** All binaries of a config: that of bin/<name>, and those that only its npm package has, for other instruction sets. */
import type { March } from '../hardware/cpus.ts';
import { type BuildRequest, type BuildResult, buildBinary } from './build.ts';

export interface BuiltBinaries extends BuildResult {
  /** By instruction set. */
  readonly binaries: ReadonlyMap<March, string>;
}

/** Stops at the first that cannot be built; then there is no binary. The generic variant is never packed. */
export async function buildBinaries(request: Omit<BuildRequest, 'march'>): Promise<BuiltBinaries> {
  const { plan, variant } = request;
  const first = await buildBinary(request);
  const binaries = new Map<March, string>();
  if (first.binary) binaries.set(plan.march, first.binary);
  let sum = { ...first, binaries };
  if (variant === 'generic') return sum;
  for (const march of plan.packageMarches.filter((name) => name !== plan.march)) {
    if (!sum.binary) return sum;
    const { binary, compiled, linked, diagnostics } = await buildBinary({ ...request, march });
    sum = { ...sum, compiled: sum.compiled + compiled, linked: sum.linked || linked, diagnostics };
    if (!binary) return { binaries, compiled: sum.compiled, linked: sum.linked, diagnostics };
    binaries.set(march, binary);
  }
  return sum;
}
