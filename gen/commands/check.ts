import path from 'node:path';
import { isError } from '../diagnostics/diagnostic.ts';
import { type Command, configArgument, exitCodes, outOption } from './command.ts';
import { changedFiles, compareProject, openProject } from './project.ts';

export const check: Command = {
  name: 'check',
  summary: 'check a config, its types too, and whether the output is what a build would write',
  examples: [
    ['bypassgen check configs/embedded.ts', 'exit code 2 if a build would change files: for CI'],
    ['bypassgen check configs/embedded.ts --config-only', 'does not look at the output'],
  ],
  arguments: [configArgument],
  options: [{ flags: '--config-only', summary: 'check the config alone' }, outOption],
  async run(invocation) {
    const { cwd, talk, options, arguments: args } = invocation;
    const { typeErrors } = await import('../spec/type-errors.ts');
    const project = await openProject(invocation);
    const file = path.resolve(cwd, args[0] ?? '');
    const unreadable = project.diagnostics.some((d) => d.name === 'configNotFound' || d.name === 'configSyntax');
    const types = unreadable ? [] : typeErrors(file, project.diagnostics);
    const diagnostics = [...project.diagnostics, ...types];
    if (!('plan' in project) || diagnostics.some(isError)) return { diagnostics };
    if (options['configOnly']) return { diagnostics, data: { name: project.plan.name } };

    const output = await compareProject(project, false);
    const changes = changedFiles(output);
    const all = [...diagnostics, ...output.diagnostics];
    talk.say(changes.length === 0 ? 'the output is up to date' : `a build would change ${changes.length} file(s)`);
    return {
      diagnostics: all,
      ...(changes.length > 0 && !all.some(isError) ? { exit: exitCodes.wouldChange } : {}),
      text: changes.map(({ kind, path: changed }) => `${kind} ${changed}`).join('\n'),
      data: { name: project.plan.name, changes },
    };
  },
};
