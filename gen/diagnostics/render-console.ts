/** Diagnostics as a person reads them. */
import path from 'node:path';
import type { Colours } from '../terminal/colours.ts';
import { codeFrame } from './code-frame.ts';
import { type Diagnostic, sortDiagnostics } from './diagnostic.ts';

export interface ConsoleOptions {
  readonly colours: Colours;
  /** Paths are shown relative to it. */
  readonly cwd: string;
  /** Text of a source file, or undefined when it cannot be read. */
  readSource(file: string): string | undefined;
}

export function renderConsole(diagnostics: readonly Diagnostic[], options: ConsoleOptions): string {
  const sorted = sortDiagnostics(diagnostics);
  const blocks = sorted.map((d) => renderOne(d, options));
  const errors = sorted.filter((d) => d.severity === 'error').length;
  if (errors > 1) blocks.push(options.colours.bold(`${errors} errors`));
  return blocks.join('\n\n');
}

function renderOne(d: Diagnostic, { colours, cwd, readSource }: ConsoleOptions): string {
  const label = d.severity === 'error' ? colours.red('error') : colours.yellow('warning');
  const head = `${label} ${colours.dim(d.code)}: ${colours.bold(d.message)}`;
  const place =
    d.span && colours.cyan(`${path.relative(cwd, d.span.file) || d.span.file}:${d.span.line}:${d.span.column}`);
  const source = d.span && readSource(d.span.file);
  const frame =
    d.span && source !== undefined && codeFrame(source, d.span, { gutter: colours.dim, marker: colours.red });
  const hint = d.hint && `${colours.green('hint')}: ${d.hint}`;
  return [place ? `${place}: ${head}` : head, frame, d.detail?.trimEnd(), hint].filter(Boolean).join('\n');
}
