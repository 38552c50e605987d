/** From a written out/<name> to a binary. */
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import type { March } from '../hardware/cpus.ts';
import { type NicDriver, nicModel } from '../hardware/nics.ts';
import type { Plan } from '../plan/plan.ts';
import type { Talk } from '../terminal/talk.ts';
import { compile } from './compile.ts';
import { buildRefusal } from './disk.ts';
import { dpdkLink } from './dpdk.ts';
import { compileFlags, linkFlags } from './flags.ts';
import { linkObjects } from './link.ts';
import { checkHandlerSymbols } from './symbols.ts';
import { type Compiler, compilers, compilerVersion, nativeCpu } from './toolchain.ts';
import { listUnits } from './units.ts';

/** The hand-written part of every binary. */
export const runtimeDirectory = fileURLToPath(new URL('../../runtime-c', import.meta.url));

/** `generic` takes its configuration at run time; it is what the specialised one is measured against. */
export type Variant = 'specialised' | 'generic';

export interface BuildRequest {
  readonly plan: Plan;
  /** out/<name>, absolute. */
  readonly directory: string;
  readonly variant: Variant;
  /** Another instruction set than the plan's. */
  readonly march?: March | undefined;
  /** Default: gcc. */
  readonly compiler?: Compiler | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly talk: Talk;
  /** Compilers at the same time; default: one for each core that this process may use. */
  readonly jobs?: number | undefined;
  /** Default: the runtime-c of this package. */
  readonly runtime?: string | undefined;
}

export interface BuildResult {
  /** The binary; absent when there are errors. */
  readonly binary?: string;
  /** Sources that had to be compiled, and whether the link had to be done. */
  readonly compiled: number;
  readonly linked: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export const binaryPath = (directory: string, name: string, variant: Variant): string =>
  path.join(directory, 'bin', variant === 'generic' ? `${name}-generic` : name);

/** One that only the npm package has: for another instruction set than that of bin/<name>. */
const binaryOf = ({ plan, directory, variant, march }: BuildRequest): string =>
  binaryPath(directory, plan.name, variant) + (march ? `-${march}` : '');

export async function buildBinary(request: BuildRequest): Promise<BuildResult> {
  try {
    return await compileAndLink(request);
  } catch (error) {
    return { compiled: 0, linked: false, diagnostics: [buildRefusal(error, request.directory)] };
  }
}

const driversOf = (plan: Plan): NicDriver[] => plan.nics.map((nic) => nicModel(nic.model).driver);

async function compileAndLink(request: BuildRequest): Promise<BuildResult> {
  const { plan, directory, variant, compiler = 'gcc', env, talk } = request;
  const failed = (...diagnostics: Diagnostic[]): BuildResult => ({ compiled: 0, linked: false, diagnostics });
  const withNics = plan.nics.length > 0;
  const version = compilerVersion(compiler, env);
  if (version === null) return failed(diagnose('toolMissing', { tool: compiler, pkg: compilers[compiler] }));

  const dpdk = withNics ? dpdkLink(driversOf(plan), env) : undefined;
  if (dpdk && 'diagnostic' in dpdk) return failed(dpdk.diagnostic);

  const runtime = request.runtime ?? runtimeDirectory;
  const specialised = variant === 'specialised';
  const march = request.march ?? plan.march;
  const folder = request.march ? `${variant}-${march}` : variant;
  const identity = march === 'native' ? `${version} ${nativeCpu()}` : version;
  const places = { runtime, output: specialised ? directory : undefined, withNics };
  const result = await compile({
    tool: compiler,
    units: listUnits({
      runtime,
      tables: specialised ? path.join(directory, 'src/bp_tables.c') : undefined,
      nics: withNics ? path.join(directory, 'src/bp_nics.c') : undefined,
    }),
    flags: (unit) => compileFlags(unit.kind, march, places, compiler),
    root: runtime,
    objects: path.join(directory, 'build', folder),
    identity,
    env,
    jobs: request.jobs ?? os.availableParallelism(),
    talk,
  });
  const diagnostics = [...result.diagnostics, ...checkHandlerSymbols(result.objects)];
  if (diagnostics.length > 0) return { compiled: result.compiled, linked: false, diagnostics };

  const binary = binaryOf(request);
  const link = await linkObjects({
    tool: compiler,
    flags: linkFlags,
    objects: result.objects,
    libraries: dpdk?.libraries,
    target: binary,
    record: path.join(directory, 'build', `${folder}.link`),
    identity: identity + (dpdk?.identity ?? ''),
    env,
    talk,
  });
  return link.diagnostic
    ? { compiled: result.compiled, linked: false, diagnostics: [link.diagnostic] }
    : { binary, compiled: result.compiled, linked: link.linked, diagnostics: [] };
}
