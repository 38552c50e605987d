import path from 'node:path';
import { diagnose, isError } from '../diagnostics/diagnostic.ts';
import { type Command, configArgument, outOption } from './command.ts';
import { buildOptions, buildProject, changedFiles, openProject } from './project.ts';

export const build: Command = {
  name: 'build',
  summary: 'write the runtime that a config describes, and compile it',
  examples: [
    ['bypassgen build configs/embedded.ts', 'makes out/embedded/bin/embedded and the npm package out/embedded/npm'],
    ['bypassgen build --generic configs/embedded.ts', 'makes out/embedded/bin/embedded-generic, to compare with'],
    ['bypassgen build --force configs/embedded.ts', 'overwrites generated files that were edited by hand'],
  ],
  arguments: [configArgument],
  options: [
    { flags: '--generic', summary: 'build the binary that takes its configuration at run time' },
    ...buildOptions,
    { flags: '--force', summary: 'overwrite files that were edited by hand' },
    { flags: '-j, --jobs <n>', summary: 'compilers at the same time (default: one for each core)' },
    outOption,
  ],
  async run(invocation) {
    const { options, cwd, talk } = invocation;
    if (options['jobs'] !== undefined && !/^[1-9]\d{0,3}$/.test(String(options['jobs']))) {
      const reason = `--jobs: '${options['jobs']}' is not a number from 1 to 9999`;
      return { diagnostics: [diagnose('usage', { reason, hint: undefined })] };
    }
    const project = await openProject(invocation);
    if (!('plan' in project)) return project;
    const built = await buildProject(project, options['generic'] === true ? 'generic' : 'specialised', invocation);
    if (!built.binary || built.diagnostics.some(isError)) return { diagnostics: built.diagnostics };
    const binary = path.relative(cwd, built.binary);
    talk.say(
      built.compiled > 0 || built.linked ? `built ${binary}: ${built.compiled} compiled` : `${binary} is up to date`,
    );
    return {
      diagnostics: built.diagnostics,
      data: {
        name: project.plan.name,
        binary,
        ...(built.tarball ? { package: path.relative(cwd, built.tarball) } : {}),
        spec_hash: project.plan.specHash,
        changes: changedFiles(built.output),
        compiled: built.compiled,
        linked: built.linked,
      },
      next: `bypassgen run ${project.config}`,
    };
  },
};
