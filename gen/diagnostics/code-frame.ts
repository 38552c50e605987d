/** The lines around a span, with a caret line under it. */
import type { Span } from './diagnostic.ts';

/** Lines of context before and after the one that is shown. */
const context = 2;

export interface FrameStyle {
  /** Line numbers and bars. */
  gutter(text: string): string;
  /** The carets. */
  marker(text: string): string;
}

export const plainFrame: FrameStyle = { gutter: (t) => t, marker: (t) => t };

export function codeFrame(source: string, span: Span, style: FrameStyle = plainFrame): string {
  const lines = source.split(/\r?\n/);
  const first = Math.max(1, span.line - context);
  const last = Math.min(lines.length, span.line + context);
  const width = String(last).length;
  const out: string[] = [];
  for (let n = first; n <= last; n++) {
    const text = lines[n - 1] ?? '';
    const mark = n === span.line ? '>' : ' ';
    out.push(`${style.gutter(`${mark} ${String(n).padStart(width)} |`)}${text && ` ${text}`}`);
    if (n === span.line) out.push(`${style.gutter(`  ${' '.repeat(width)} |`)} ${underline(text, span, style)}`);
  }
  return out.join('\n');
}

/** Tabs before the span stay tabs, so that the carets stand under it whatever a tab's width. */
function underline(text: string, span: Span, style: FrameStyle): string {
  const before = text.slice(0, span.column - 1).replace(/[^\t]/g, ' ');
  const room = Math.max(1, text.length - span.column + 1);
  return before + style.marker('^'.repeat(Math.min(Math.max(1, span.length), room)));
}
