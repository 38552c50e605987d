/** Runs a tool of the build. zx is loaded only when there is something to run. */
import { toolEnv } from './toolchain.ts';

export interface ToolResult {
  readonly ok: boolean;
  /** The tool is not installed. */
  readonly missing: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** cwd: paths that are not absolute are relative to it. */
export async function runTool(
  tool: string,
  args: readonly string[],
  { env, cwd }: { env: NodeJS.ProcessEnv; cwd: string },
): Promise<ToolResult> {
  const { $ } = await import('zx');
  const { exitCode, stdout, stderr } = await $({ cwd, env: toolEnv(env), nothrow: true, quiet: true })`${tool} ${args}`;
  return { ok: exitCode === 0, missing: exitCode === 127, stdout, stderr };
}
