/** What several commands do: from a config to a plan, to files, to a binary. */
import path from 'node:path';
import type { BuildResult, Variant } from '../build/build.ts';
import type { Compiler } from '../build/toolchain.ts';
import type { Output } from '../build/writer.ts';
import { type Diagnostic, diagnose, isError } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { EmittedFile } from '../emit/emitted-file.ts';
import type { March } from '../hardware/cpus.ts';
import type { Plan } from '../plan/plan.ts';
import type { Spec } from '../spec/types.ts';
import type { Invocation, Option, OptionValues } from './command.ts';

export interface Project {
  readonly config: string;
  readonly spec: Spec;
  readonly plan: Plan;
  /** out/<name>, absolute. */
  readonly directory: string;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and plans; diagnostics alone when the config has errors. */
export async function openProject({
  arguments: [config = ''],
  options,
  env,
  cwd,
}: Invocation): Promise<Project | { diagnostics: readonly Diagnostic[] }> {
  const { readSpec } = await import('../spec/read-spec.ts');
  const { spec, diagnostics } = await readSpec(path.resolve(cwd, config), env);
  if (!spec) return { diagnostics };
  const refused = await checkBuildOptions(options);
  if (refused) return { diagnostics: [refused] };
  const { makePlan } = await import('../plan/make-plan.ts');
  const plan = makePlan(withMarch(spec, options['march']));
  const directory = path.resolve(cwd, String(options['out'] ?? 'out'), plan.name);
  return { config, spec, plan, directory, diagnostics };
}

/** Of commands that build. */
export const buildOptions: readonly Option[] = [
  { flags: '--march <name>', summary: 'instruction set, instead of the hardware.cpu.march of the config' },
  { flags: '--cc <name>', summary: 'compiler of the runtime: gcc (default) or clang' },
];

async function checkBuildOptions({ cc, march }: OptionValues): Promise<Diagnostic | undefined> {
  const { compilerNames } = await import('../build/toolchain.ts');
  const { marchNames } = await import('../hardware/cpus.ts');
  const given = (value: OptionValues[string]) => (value === undefined ? [] : [String(value)]);
  return knownOrRefused('cc', given(cc), compilerNames) ?? knownOrRefused('march', given(march), marchNames);
}

/** What is wrong with the values of an option that takes names of a list. */
export function knownOrRefused(
  option: string,
  values: readonly string[],
  known: readonly string[],
): Diagnostic | undefined {
  const unknown = values.find((value) => !known.includes(value));
  if (unknown === undefined) return undefined;
  const near = suggest(unknown, known);
  const hint = near ? `did you mean '${near}'?` : `there are: ${known.join(', ')}`;
  return diagnose('usage', { reason: `--${option}: there is no '${unknown}'`, hint });
}

const withMarch = (spec: Spec, march: OptionValues[string]): Spec =>
  march === undefined
    ? spec
    : {
        ...spec,
        hardware: { ...spec.hardware, cpu: { ...spec.hardware.cpu, march: march as March, levels: undefined } },
      };

/** What is, against what should be. Writes nothing. */
export async function compareProject(project: Project, force: boolean): Promise<Output & { files: EmittedFile[] }> {
  const { emittedFiles } = await import('../build/emission.ts');
  const { compareOutput } = await import('../build/writer.ts');
  const files = await emittedFiles(project.plan, project.directory);
  return { files, ...compareOutput(project.directory, files, force) };
}

export interface Built extends Omit<BuildResult, 'diagnostics'> {
  /** Absent when the folder cannot be made. */
  readonly output: Output | undefined;
  /** The packed npm package; absent when there are errors, and for the generic binary. */
  readonly tarball?: string;
  /** Warnings of the config too. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Writes what changed and builds the binary, alone in its folder. */
export async function buildProject(project: Project, variant: Variant, invocation: Invocation): Promise<Built> {
  const { env, talk, options, cwd } = invocation;
  const { addressClashes } = await import('../machine/fixed-addresses.ts');
  const { buildBinaries } = await import('../build/levels.ts');
  const { buildPackage } = await import('../build/package.ts');
  const { withLock } = await import('../build/lock.ts');
  const { toolchainVersions } = await import('../build/toolchain.ts');
  const { writeOutput } = await import('../build/writer.ts');
  const jobs = options['jobs'] === undefined ? undefined : Number(options['jobs']);
  const failed = (output: Output | undefined, ...diagnostics: readonly Diagnostic[]): Built => ({
    output,
    compiled: 0,
    linked: false,
    diagnostics: [...project.diagnostics, ...diagnostics],
  });
  const clashes = addressClashes(project.plan.apps, { env, cwd });
  if (clashes.length > 0) return failed(undefined, ...clashes.map((clash) => diagnose('addressesClash', clash)));
  const built = await withLock(project.directory, talk, async () => {
    const output = await compareProject(project, options['force'] === true);
    if (output.diagnostics.some(isError)) return failed(output, ...output.diagnostics);
    const refused = writeOutput(project.directory, project.plan, output.changes, toolchainVersions(env));
    if (refused) return failed(output, refused);
    const { plan, directory } = project;
    const compiler = options['cc'] as Compiler | undefined;
    const request = { plan, directory, variant, compiler, env, talk, jobs, runtime: env['BYPASSGEN_RUNTIME'] };
    const { binaries, ...result } = await buildBinaries(request);
    const packed =
      result.binary && variant === 'specialised'
        ? await buildPackage({ ...request, files: output.files, binaries })
        : { diagnostics: [] };
    const diagnostics = [...project.diagnostics, ...result.diagnostics, ...packed.diagnostics];
    return { ...result, ...packed, output, diagnostics };
  });
  return 'severity' in built ? failed(undefined, built) : built;
}

export const changedFiles = (output: Output | undefined): Record<string, string>[] =>
  (output?.changes ?? []).filter(({ kind }) => kind !== 'keep').map(({ kind, path: file }) => ({ kind, path: file }));
