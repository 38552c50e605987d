/** The shell around the commands: reads the command line, prints what they return, and alone decides how the process ends. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  Argument as CommanderArgument,
  Command as CommanderCommand,
  CommanderError,
  Option as CommanderOption,
  Help,
} from 'commander';
import { version } from './build/toolchain.ts';
import { type Command, exitCodes, type OptionValues, type Outcome } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { catalogue } from './diagnostics/catalogue.ts';
import { type Diagnostic, diagnose, isError } from './diagnostics/diagnostic.ts';
import { renderConsole } from './diagnostics/render-console.ts';
import { renderJson } from './diagnostics/render-json.ts';
import { coloursFor } from './terminal/colours.ts';
import { silent, talkTo } from './terminal/talk.ts';

/** Format of what --json prints; raised when a field goes or changes its meaning. */
const jsonFormatVersion = 1;

/** Runs the command line (without node and script) and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  try {
    await parse(argv, json);
  } catch (error) {
    if (error instanceof CommanderError) endOfParsing(error, argv, json);
    else reportBug(error, argv, json);
  }
}

async function parse(argv: readonly string[], json: boolean): Promise<void> {
  const program = new CommanderCommand('bypassgen')
    .description('writes a kernel-bypass runtime, specialised for one machine and one workload')
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .configureHelp({ formatHelp: examplesFirst });
  for (const command of commands) program.addCommand(declare(command, json));
  if (argv.length === 0) {
    process.stdout.write(program.helpInformation());
    return;
  }
  await program.parseAsync(argv as string[], { from: 'user' });
}

function declare(command: Command, json: boolean): CommanderCommand {
  const declared = new CommanderCommand(command.name).description(command.summary);
  for (const argument of command.arguments) {
    const name = argument.variadic ? `${argument.name}...` : argument.name;
    const made = new CommanderArgument(argument.required ? `<${name}>` : `[${name}]`, argument.summary);
    declared.addArgument(argument.choices ? made.choices([...argument.choices]) : made);
  }
  for (const { flags, summary } of command.options) declared.addOption(new CommanderOption(flags, summary));
  return declared
    .option('--json', 'print one JSON object on stdout')
    .option('-q, --quiet', 'say nothing on stderr but errors')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .configureHelp({ formatHelp: examplesFirst })
    .action(async (...given: unknown[]) => {
      const args = given.slice(0, command.arguments.length).flat() as (string | undefined)[];
      await perform(command, args, declared.opts<OptionValues>(), json);
    });
}

function examplesFirst(command: CommanderCommand, helper: Help): string {
  const usual = Help.prototype.formatHelp.call(helper, command, helper);
  const examples = commands.find((c) => c.name === command.name())?.examples ?? [
    ['bypassgen init', 'writes a config for this machine'],
    ['bypassgen doctor configs/machine.ts', 'tells what is missing'],
    ['bypassgen run configs/machine.ts', 'builds and runs'],
  ];
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`.trimEnd());
  return `Examples:\n${lines.join('\n')}\n\n${usual}`;
}

/** They end a command by process.exit(), so that nothing stays behind (build/undo.ts). */
const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function perform(
  command: Command,
  args: (string | undefined)[],
  options: OptionValues,
  json: boolean,
): Promise<void> {
  const talk = options['quiet'] ? silent : talkTo(process.stderr);
  const interrupted = () => {
    talk.finish();
    process.exit(exitCodes.interrupted);
  };
  const takeSignals = () => {
    for (const signal of interruptions) process.off(signal, interrupted);
  };
  for (const signal of interruptions) process.on(signal, interrupted);
  try {
    const outcome = await command.run({
      arguments: args,
      options,
      env: process.env,
      cwd: process.cwd(),
      talk,
      colours: coloursFor(process.stdout, process.env),
      json,
      takeSignals,
    });
    const exit = outcome.exit ?? exitOf(outcome.diagnostics ?? []);
    print(command.name, outcome, exit, json);
    if (exit === exitCodes.ok && outcome.next && process.stderr.isTTY && !json) talk.say(`next: ${outcome.next}`);
    process.exitCode = exit;
  } finally {
    talk.finish();
    takeSignals();
  }
}

/** The first error decides; warnings never do. */
function exitOf(diagnostics: readonly Diagnostic[]): number {
  const error = diagnostics.find(isError);
  if (!error) return exitCodes.ok;
  const entry: { exit?: number } = catalogue[error.name];
  return entry.exit ?? exitCodes.userError;
}

function print(command: string, { diagnostics = [], text, data = {} }: Outcome, exit: number, json: boolean): void {
  if (json) {
    const object = {
      format_version: jsonFormatVersion,
      command,
      exit_code: exit,
      diagnostics: renderJson(diagnostics),
      ...data,
    };
    process.stdout.write(`${JSON.stringify(object, null, 2)}\n`);
    return;
  }
  if (diagnostics.length > 0) {
    const options = { colours: coloursFor(process.stderr, process.env), cwd: process.cwd(), readSource };
    process.stderr.write(`${renderConsole(diagnostics, options)}\n`);
  }
  if (text) process.stdout.write(`${text}\n`);
}

function readSource(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The command that a line names, however wrong the rest of it is; empty when it names none. */
const commandIn = (argv: readonly string[]): string => commands.find(({ name }) => name === argv[0])?.name ?? '';

/** Help and version end well; anything else is a mistake on the command line. */
function endOfParsing(error: CommanderError, argv: readonly string[], json: boolean): void {
  if (error.exitCode === 0) return;
  const [reason = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion
    ? suggestion.replace(/^\((.*)\)$/, '$1').replace(/^D/, 'd')
    : "'bypassgen help' shows the commands";
  const diagnostics = [diagnose('usage', { reason, hint })];
  print(commandIn(argv), { diagnostics }, exitCodes.userError, json);
  process.exitCode = exitCodes.userError;
}

/** Users never cause this: the details go to a file that they can send us. */
function reportBug(error: unknown, argv: readonly string[], json: boolean): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const file = path.join(os.tmpdir(), `bypassgen-crash-${process.pid}.txt`);
  const facts = `bypassgen ${version}, node ${process.version}, ${os.release()}\nbypassgen ${argv.join(' ')}\n\n${stack}\n`;
  let where = `details are in ${file}`;
  try {
    fs.writeFileSync(file, facts);
  } catch {
    where = facts;
  }
  if (json) {
    const object = {
      format_version: jsonFormatVersion,
      command: commandIn(argv),
      exit_code: exitCodes.bug,
      diagnostics: [],
      crash: stack,
    };
    process.stdout.write(`${JSON.stringify(object, null, 2)}\n`);
  }
  process.stderr.write(
    `bypassgen: this is a bug in bypassgen, not in your config: ${stack.split('\n')[0]}\n${where}\n`,
  );
  process.exitCode = exitCodes.bug;
}
