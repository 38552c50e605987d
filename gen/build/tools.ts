/** Runs a tool of the build. zx is loaded only when there is something to run. */
import { isErrno } from './disk.ts';
import { toolEnv } from './toolchain.ts';
import { withUndo } from './undo.ts';

export interface ToolResult {
  readonly ok: boolean;
  /** The tool is not installed. */
  readonly missing: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs in a process group of its own, which ends with us. cwd: paths that are not absolute are relative to it. */
export async function runTool(
  tool: string,
  args: readonly string[],
  { env, cwd }: { env: NodeJS.ProcessEnv; cwd: string },
): Promise<ToolResult> {
  const { $ } = await import('zx');
  const options = { cwd, env: toolEnv(env), nothrow: true, quiet: true, detached: true };
  const running = $(options)`${tool} ${args}`;
  let ended = false;
  const undo = () => {
    if (!ended && running.pid !== undefined) killGroup(running.pid);
  };
  const { exitCode, stdout, stderr } = await withUndo(undo, async () => {
    const output = await running;
    ended = true;
    return output;
  });
  return { ok: exitCode === 0, missing: exitCode === 127, stdout, stderr };
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
