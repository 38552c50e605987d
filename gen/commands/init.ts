import fs from 'node:fs';
import path from 'node:path';
import { refusal } from '../build/disk.ts';
import { diagnose } from '../diagnostics/diagnostic.ts';
import type { Command } from './command.ts';

export const init: Command = {
  name: 'init',
  summary: 'look at this machine and write a commented config for it',
  examples: [
    ['bypassgen init', 'writes configs/machine.ts'],
    ['bypassgen init configs/edge.ts', 'writes another file'],
    ['bypassgen init --stdout', 'prints it instead'],
  ],
  arguments: [
    { name: 'file', summary: 'file to write (default: configs/machine.ts)', required: false, complete: 'file' },
  ],
  options: [
    { flags: '--stdout', summary: 'print the config instead of writing it' },
    { flags: '--force', summary: 'overwrite the file if it exists' },
  ],
  async run({ arguments: [file = 'configs/machine.ts'], options, env, cwd, talk }) {
    const { readMachine } = await import('../machine/machine.ts');
    const { readAbilities } = await import('../machine/abilities.ts');
    const { configFor } = await import('../machine/config-for.ts');
    const { findProgram } = await import('../machine/find-program.ts');
    const target = path.resolve(cwd, file);
    const machine = readMachine();
    const abilities = readAbilities(env);
    const hasRedis = 'file' in findProgram('redis-server', { env, cwd });
    const config = configFor(path.basename(target, '.ts'), machine, abilities, hasRedis);
    const data = { machine, abilities, config };
    if (options['stdout']) return { text: config.trimEnd(), data };
    if (fs.existsSync(target) && !options['force']) return { diagnostics: [diagnose('fileExists', { file })] };
    try {
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, config);
    } catch (error) {
      return { diagnostics: [refusal(error, target)] };
    }
    talk.say(`wrote ${file}`);
    return { data: { file, ...data }, next: `bypassgen doctor ${file}` };
  },
};
