/** For commands that look at a running binary: which one. */
import fs from 'node:fs';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type Argument, type Invocation, outOption } from './command.ts';
import { openProject } from './project.ts';

export const runtimeArgument: Argument = {
  name: 'runtime',
  summary: 'the config of a running binary, its name, or its run directory',
  required: true,
  complete: 'file',
};

export const runtimeOptions = [
  { flags: '--run-dir <dir>', summary: 'where the binary has its control socket' },
  outOption,
];

/** @returns its run directory; it may not run. */
export async function findRuntime(
  invocation: Invocation,
): Promise<{ directory: string; diagnostics: readonly Diagnostic[] } | { diagnostics: readonly Diagnostic[] }> {
  const { runDir } = invocation.options;
  const [runtime = ''] = invocation.arguments;
  if (typeof runDir === 'string') return { directory: runDir, diagnostics: [] };
  const { defaultRunDirectory } = await import('../control/run-directory.ts');
  if (/^[a-z][a-z0-9-]*$/.test(runtime) && !fs.existsSync(runtime))
    return { directory: defaultRunDirectory(runtime), diagnostics: [] };
  if (fs.existsSync(`${runtime}/control.sock`)) return { directory: runtime, diagnostics: [] };
  const project = await openProject(invocation);
  if (!('plan' in project)) return project;
  return { directory: defaultRunDirectory(project.plan.name), diagnostics: project.diagnostics };
}

/** What somebody is told who asked for too much or in vain. */
export async function cannotLook(error: unknown): Promise<Diagnostic> {
  const { diagnose } = await import('../diagnostics/diagnostic.ts');
  return diagnose('cannotWatch', { reason: error instanceof Error ? error.message : String(error) });
}
