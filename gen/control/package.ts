/** What a generated package does: start or find its runtime, and speak to it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConnectOptions, RuntimeStatus, StartOptions } from './api.ts';
import { launch } from './launch.ts';
import { chooseBuild, type Machine, type Requirements } from './requirements.ts';
import { defaultRunDirectory } from './run-directory.ts';
import { type AnyRuntime, makeRuntime } from './runtime.ts';
import { RuntimeError } from './runtime-error.ts';
import { openStatistics } from './statistics.ts';
import { askStatus } from './status.ts';

/** What the generator tells a package about itself. */
export interface PackageDescription extends Requirements {
  /** URL of the package's index.js. */
  readonly url: string;
  /** SHA-256 of the config. */
  readonly build: string;
  /** Names of the config's programs, sorted; none: they are named at the start. */
  readonly apps: readonly string[];
}

export interface Package {
  start(options?: StartOptions<string>): Promise<AnyRuntime>;
  connect(options?: ConnectOptions): Promise<AnyRuntime>;
}

/** Where a runtime is, and that it is the one that the package was made for. @throws RuntimeError */
export async function findRuntime(
  description: PackageDescription,
  options: ConnectOptions,
  machine?: Machine,
): Promise<{ readonly status: RuntimeStatus<string>; readonly runDirectory: string }> {
  chooseBuild(description, machine);
  const runDirectory = chooseRunDirectory(description.name, options);
  const status = await askStatus(runDirectory);
  checkIdentity(description, status, runDirectory);
  return { status, runDirectory };
}

/** Path of the package's addon. */
export const addonOf = ({ name, url }: PackageDescription): string =>
  fileURLToPath(new URL(`prebuilds/linux-x64/${name}.node`, url));

/** Programs are named in one place: in the config, or at the start. */
function checkPrograms({ name, apps }: PackageDescription, { programs = [] }: StartOptions<string>): void {
  if (apps.length > 0 && programs.length > 0)
    throw new RangeError(`programs: those of ${name} are in its config: ${apps.join(', ')}`);
  if (apps.length === 0 && programs.length === 0)
    throw new RangeError(`programs: the config of ${name} has none: name them here, each with its arguments`);
  if (programs.some(([file]) => !file)) throw new RangeError('programs: one of them has no name');
}

/** The two functions of a package. machine: tests give another. */
export function definePackage(description: PackageDescription, machine?: Machine): Package {
  const { name, apps, url } = description;
  const file = (relative: string) => fileURLToPath(new URL(relative, url));

  async function attach(status: RuntimeStatus<string>, runDirectory: string): Promise<AnyRuntime> {
    const statistics = await openStatistics(addonOf(description), runDirectory);
    const names = apps.length === 0 ? Object.keys(status.apps) : apps;
    if (statistics.appRows !== names.length)
      throw new RuntimeError(
        'bad-statistics',
        `the runtime in ${runDirectory} counts for ${statistics.appRows} programs, not for ${names.length}`,
      );
    return makeRuntime(names, status.pid, runDirectory, statistics);
  }

  return {
    async start(options = {}) {
      const { march, binary } = chooseBuild(description, machine);
      const runDirectory = chooseRunDirectory(name, options);
      checkPrograms(description, options);
      for (const app of options.only ?? []) {
        if (apps.length > 0 && !apps.includes(app))
          throw new RangeError(`only: ${name} has no program '${app}', but ${apps.join(', ')}`);
      }
      const { status, child } = await launch({ ...options, name, march, binary: file(binary), runDirectory });
      try {
        checkIdentity(description, status, runDirectory);
        return await attach(status, runDirectory);
      } catch (error) {
        child.kill('SIGKILL');
        throw error;
      }
    },
    async connect(options = {}) {
      const { status, runDirectory } = await findRuntime(description, options, machine);
      return attach(status, runDirectory);
    },
  };
}

export const chooseRunDirectory = (name: string, { runDirectory }: ConnectOptions): string =>
  runDirectory === undefined ? defaultRunDirectory(name) : path.resolve(runDirectory);

function checkIdentity({ name, build }: PackageDescription, status: RuntimeStatus<string>, runDirectory: string): void {
  if (status.name === name && status.build === build) return;
  const what = status.name === name ? `${name}, but built from another config,` : `${status.name}, not ${name},`;
  throw new RuntimeError(
    'other-runtime',
    `${what} runs in ${runDirectory} as process ${status.pid}; stop it, or give the runDirectory of the one that is meant`,
  );
}
