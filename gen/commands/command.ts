/**
 * What a command is. To add one: write its file, and name it in index.ts. Command line, help and completion are made from
 * the declaration; the declaration is light, and run() imports what it needs when it is called.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Colours } from '../terminal/colours.ts';
import type { Talk } from '../terminal/talk.ts';

export const exitCodes = {
  ok: 0,
  userError: 1,
  /** Only of `check`. */
  wouldChange: 2,
  environment: 3,
  buildFailed: 4,
  bug: 70,
  interrupted: 130,
} as const;

export interface Argument {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  /** One or more; only the last argument. */
  readonly variadic?: boolean;
  /** Allowed values; they are completed too. */
  readonly choices?: readonly string[];
  /** What a shell completes it with. */
  readonly complete?: 'file';
}

export interface Option {
  /** As commander takes it: '--only <apps>', '-q, --quiet'. */
  readonly flags: string;
  readonly summary: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Invocation {
  /** In the order of Command.arguments, a variadic one's each by itself; undefined where an optional one is missing. */
  readonly arguments: readonly (string | undefined)[];
  readonly options: OptionValues;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute. */
  readonly cwd: string;
  /** Says what happens, on stderr. */
  readonly talk: Talk;
  /** For what goes to stdout. */
  readonly colours: Colours;
  readonly json: boolean;
  /** From now on the command deals with SIGINT, SIGTERM and SIGHUP itself. */
  takeSignals(): void;
}

export interface Outcome {
  /** Default: that of the first error among the diagnostics, else 0. */
  readonly exit?: number;
  readonly diagnostics?: readonly Diagnostic[];
  /** Goes to stdout, unless --json asks for data. */
  readonly text?: string;
  /** What --json prints beside format_version, command and diagnostics. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** What one would type next; shown on stderr after success. */
  readonly next?: string;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Command line and what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  run(invocation: Invocation): Promise<Outcome>;
}

export const configArgument: Argument = {
  name: 'config',
  summary: 'the config, a TypeScript file',
  required: true,
  complete: 'file',
};

export const outOption: Option = { flags: '--out <dir>', summary: 'folder of all output (default: out)' };
