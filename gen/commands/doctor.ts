import type { Finding } from '../machine/findings.ts';
import type { Colours } from '../terminal/colours.ts';
import { type Command, configArgument, exitCodes, outOption } from './command.ts';
import { openProject } from './project.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'say for each thing that a config needs whether this machine has it, and what mends it',
  examples: [
    ['bypassgen doctor configs/embedded.ts', 'exit code 3 if something is missing'],
    ['bypassgen doctor configs/embedded.ts --json', 'for a program'],
  ],
  arguments: [configArgument],
  options: [outOption],
  async run(invocation) {
    const project = await openProject(invocation);
    if (!('plan' in project)) return project;
    const { binaryPath } = await import('../build/build.ts');
    const { readMachine } = await import('../machine/machine.ts');
    const { readAbilities } = await import('../machine/abilities.ts');
    const { examine } = await import('../machine/findings.ts');
    const findings = examine({
      spec: project.spec,
      plan: project.plan,
      machine: readMachine(),
      abilities: readAbilities(invocation.env, binaryPath(project.directory, project.plan.name, 'specialised')),
      env: invocation.env,
      cwd: invocation.cwd,
    });
    const failed = findings.some((f) => f.status === 'fail');
    return {
      diagnostics: project.diagnostics,
      exit: failed ? exitCodes.environment : exitCodes.ok,
      text: findings.map((f) => format(f, invocation.colours)).join('\n'),
      data: { name: project.plan.name, ok: !failed, findings },
      next: `bypassgen run ${project.config}`,
    };
  },
};

function format({ what, status, detail, mend }: Finding, colours: Colours): string {
  const label = { ok: colours.green('ok  '), warn: colours.yellow('warn'), fail: colours.red('fail') }[status];
  const line = `${label}  ${what}: ${detail}`;
  return mend ? `${line}\n      ${colours.dim('mend:')} ${mend}` : line;
}
