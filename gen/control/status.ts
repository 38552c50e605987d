/** The answer to `status`. It comes from a process of our own user, but maybe one of another version: shapes are checked. */
import type { AppStatus, RuntimeStatus } from './api.ts';
import { ask, badAnswer } from './ask.ts';

const formatVersion = 1;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** @throws RuntimeError */
export async function askStatus(runDirectory: string): Promise<RuntimeStatus<string>> {
  const { format_version: version, name, build, pid, apps } = await ask(runDirectory, 'status');
  if (version !== formatVersion)
    throw badAnswer(runDirectory, `its format is ${version}, this package knows ${formatVersion}`);
  if (typeof name !== 'string' || typeof build !== 'string' || !isCount(pid) || !Array.isArray(apps))
    throw badAnswer(runDirectory, 'its status lacks name, build, pid or apps');
  const entries = apps.map((app: unknown): [string, AppStatus] => {
    const status = isRecord(app) ? readApp(app) : undefined;
    if (!isRecord(app) || typeof app['name'] !== 'string' || !status)
      throw badAnswer(runDirectory, `of a program it says ${JSON.stringify(app)}`);
    return [app['name'], status];
  });
  return { name, build, pid, apps: Object.fromEntries(entries) };
}

function readApp({ state, starts, pid, exitStatus, signal }: Record<string, unknown>): AppStatus | undefined {
  if (!isCount(starts)) return undefined;
  switch (state) {
    case 'running':
    case 'stopping':
      return isCount(pid) ? { state, starts, pid } : undefined;
    case 'waiting':
      return { state, starts };
    case 'stopped':
      if (isCount(signal)) return { state, starts, signal };
      return isCount(exitStatus) ? { state, starts, exitStatus } : { state, starts };
    default:
      return undefined;
  }
}
