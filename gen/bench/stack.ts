/**
 * The benchmarks of the network alone: programs of `bench/stack/`, linked with the floors below the sockets. Built for a
 * config with one device in memory, so that no NIC and no other program has a part in what is measured.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtimeDirectory, type Variant } from '../build/build.ts';
import { dpdkLink } from '../build/dpdk.ts';
import { compileFlags, linkFlags } from '../build/flags.ts';
import { runTool } from '../build/tools.ts';
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';
import { nicModel } from '../hardware/nics.ts';
import type { Plan } from '../plan/plan.ts';
import type { Spec } from '../spec/types.ts';
import type { StackProgram } from './pair.ts';

const sources = fileURLToPath(new URL('../../bench/stack', import.meta.url));

/** Of a binary's objects, those that a stack without sockets is made of. */
const parts = [/^base\//, /^sched\/wheel\./, /^nic\//, /^net\//, /^generated\/bp_nics\./];

/** The user's processor with this NIC alone. */
export const stackSpec = (spec: Spec, nic: StackProgram['nic'], core: number): Spec => ({
  name: `bench-${nic}`,
  hardware: {
    ...spec.hardware,
    cpu: { ...spec.hardware.cpu, cores: [core] },
    numa: undefined,
    nics: [{ name: 'net0', model: nic }],
  },
  network: { net0: { addresses: ['10.77.0.2/24'] } },
  workload: { apps: { nothing: { command: ['true'] } }, traffic: 'rpc', connections: 1 },
  policy: spec.policy,
});

export interface StackBuild {
  readonly plan: Plan;
  /** out/<name>, where the variant is built already. */
  readonly directory: string;
  readonly variant: Variant;
  readonly env: NodeJS.ProcessEnv;
}

/** @returns the program, or why there is none. */
export async function buildStackProgram({ name, nic }: StackProgram, build: StackBuild): Promise<string | Diagnostic> {
  const { plan, directory, variant, env } = build;
  const objects = path.join(directory, 'build', variant);
  const compiled = fs
    .readdirSync(objects, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.o') && parts.some((part) => part.test(file)))
    .sort()
    .map((file) => path.join(objects, file));
  const dpdk = dpdkLink([nicModel(nic).driver], env);
  if ('diagnostic' in dpdk) return dpdk.diagnostic;
  const target = path.join(directory, 'bench', `${name}-${variant}`);
  const places = {
    runtime: runtimeDirectory,
    output: variant === 'specialised' ? directory : undefined,
    withNics: true,
  };
  const flags = [...compileFlags('stack', plan.march, places), ...linkFlags];
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const source = path.join(sources, `${name}.c`);
  const args = [...flags, source, ...compiled, ...dpdk.libraries, '-o', `${target}.tmp`];
  const { ok, missing, stderr } = await runTool('gcc', args, { env, cwd: directory });
  if (missing) return diagnose('toolMissing', { tool: 'gcc', pkg: 'gcc libc6-dev' });
  if (!ok) return diagnose('compileFailed', { unit: `bench/stack/${name}.c` }, { detail: stderr });
  fs.renameSync(`${target}.tmp`, target);
  return target;
}
