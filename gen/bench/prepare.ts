/** What must be there before anything is measured: the programs of the system, those of `bench/`, and our binaries. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { buildAddon } from '../build/addon.ts';
import { gccVersion } from '../build/toolchain.ts';
import type { Invocation } from '../commands/command.ts';
import { buildProject, type Project } from '../commands/project.ts';
import { type Diagnostic, diagnose, isError } from '../diagnostics/diagnostic.ts';
import { findProgram } from '../machine/find-program.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Spec } from '../spec/types.ts';
import type { Settings } from './facts.ts';
import { type Attachable, isRemote, type Pair, type Runner } from './pair.ts';
import { freePort } from './ports.ts';
import { benchPrograms, compilePrograms } from './programs.ts';
import { redisSpec } from './redis-spec.ts';
import { type End, endSpec, endsOf } from './remote-specs.ts';
import type { Bench } from './runner.ts';
import { buildStackProgram, stackSpec } from './stack.ts';

/** Names of the programs and packages that are not installed. */
export function missingPrograms(pairs: readonly Pair[], env: NodeJS.ProcessEnv, cwd: string): Diagnostic[] {
  const needs = new Map(pairs.flatMap((pair) => Object.entries(pair.workload.needs)));
  needs.set('taskset', 'util-linux');
  if (pairs.some(isRemote)) needs.set('ip', 'iproute2');
  return [...needs]
    .filter(([tool]) => 'problem' in findProgram(tool, { env, cwd }))
    .map(([tool, pkg]) => diagnose('toolMissing', { tool, pkg }));
}

/** @returns what a runner needs; or diagnostics with an error among them. */
export async function prepare(
  pairs: readonly Pair[],
  project: Project,
  settings: Settings,
  invocation: Invocation,
): Promise<Bench | readonly Diagnostic[]> {
  const { env, cwd } = invocation;
  const missing = missingPrograms(pairs, env, cwd);
  if (missing.length > 0) return missing;
  const programs = path.join(project.directory, 'bench');
  const refused = await compilePrograms(benchPrograms(), programs, env);
  if (refused) return [refused];

  const stacks = await prepareStacks(pairs, project, settings, invocation);
  if (Array.isArray(stacks)) return stacks;
  const memifSocket = path.join(path.dirname(project.directory), 'bench-memif.sock');
  const ends = await prepareEnds(endsOf(pairs, memifSocket), project, settings, invocation);
  if (Array.isArray(ends)) return ends;
  const fused = pairs.filter((pair) => pair.workload.stack === undefined);
  const local = fused.flatMap((pair) => [...pair.linux, ...pair.ours]).filter((variant) => !variant.remote);
  const runners = new Set(local.map((variant) => variant.runner));
  const binaries: Partial<Record<Exclude<Runner, 'linux'>, string>> = {};
  for (const runner of ['generic', 'specialised'] as const) {
    if (!runners.has(runner)) continue;
    const target = runner === 'generic' ? project : await redisProject(project, settings);
    const { binary, diagnostics } = await buildProject(target, runner, invocation);
    if (!binary || diagnostics.some(isError)) return diagnostics;
    binaries[runner] = binary;
  }
  const attachable = pairs.some((pair) => pair.workload.attaches) ? await prepareAddon(project, invocation) : undefined;
  if (Array.isArray(attachable)) return attachable;
  const { milliseconds, requests, benchCores } = settings;
  return {
    cores: benchCores,
    programs,
    binaries,
    ends,
    memifSocket,
    stacks,
    milliseconds,
    requests,
    env,
    ...(attachable && { attachable }),
  };
}

/** What a package has for Node programs: its modules were written with the project, the addon is compiled here. */
async function prepareAddon(
  { directory, plan }: Project,
  { env, talk }: Invocation,
): Promise<Attachable | Diagnostic[]> {
  const compiler = gccVersion(env);
  if (compiler === null) return [diagnose('toolMissing', { tool: 'gcc', pkg: 'gcc libc6-dev' })];
  const addon = path.join(directory, `npm/prebuilds/linux-x64/${plan.name}.node`);
  const objects = path.join(directory, 'build/addon');
  const { diagnostics } = await buildAddon({
    target: addon,
    objects,
    compiler,
    env,
    jobs: availableParallelism(),
    talk,
  });
  return diagnostics.length > 0 ? [...diagnostics] : { library: path.join(directory, 'npm/lib'), addon };
}

/** The runtimes at the ends of wires. */
async function prepareEnds(
  needed: readonly End[],
  project: Project,
  { benchCores }: Settings,
  invocation: Invocation,
): Promise<Record<string, string> | Diagnostic[]> {
  const ends: Record<string, string> = {};
  for (const end of needed) {
    const target = besides(project, endSpec(project.spec, end, benchCores[end.host] ?? 0));
    const { binary, diagnostics } = await buildProject(target, 'specialised', invocation);
    if (!binary || diagnostics.some(isError)) return [...diagnostics];
    ends[end.name] = binary;
  }
  return ends;
}

/** The programs of `bench/stack/` that the pairs ask for, in the variants that they ask for. */
async function prepareStacks(
  pairs: readonly Pair[],
  project: Project,
  { benchCores }: Settings,
  invocation: Invocation,
): Promise<Record<string, string> | Diagnostic[]> {
  const stacks: Record<string, string> = {};
  for (const { workload, linux, ours } of pairs) {
    if (!workload.stack) continue;
    const target = besides(project, stackSpec(project.spec, workload.stack.nic, benchCores[0] ?? 0));
    const { plan, directory } = target;
    for (const { runner: variant } of [...linux, ...ours]) {
      if (variant === 'linux') continue;
      const { binary, diagnostics } = await buildProject(target, variant, invocation);
      if (!binary || diagnostics.some(isError)) return [...diagnostics];
      const program = await buildStackProgram(workload.stack, { plan, directory, variant, env: invocation.env });
      if (typeof program !== 'string') return [program];
      stacks[`${workload.stack.name}-${variant}`] = program;
    }
  }
  return stacks;
}

/** A project of another config, beside the user's. */
function besides(project: Project, spec: Spec): Project {
  const directory = path.join(path.dirname(project.directory), spec.name);
  return { config: project.config, spec, plan: makePlan(spec), directory, diagnostics: [] };
}

/** The project beside the user's that generic.redis-get measures. */
async function redisProject(project: Project, { benchCores, requests }: Settings): Promise<Project> {
  return besides(project, redisSpec(project.spec, benchCores[0] ?? 0, await freePort(), requests));
}
