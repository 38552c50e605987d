/** A unified diff of two small texts: longest common subsequence of lines, quadratic. */

const contextLines = 3;

interface Line {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

/** Hunks as `diff -u` prints them, without the file names; empty when the texts are equal. */
export function lineDiff(before: string, after: string): string[] {
  const lines = compare(splitLines(before), splitLines(after));
  const shown = lines.map((_, i) =>
    lines.slice(Math.max(0, i - contextLines), i + contextLines + 1).some((l) => l.kind !== ' '),
  );
  const out: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (!shown[i]) continue;
    if (!shown[i - 1]) out.push(header(lines, i));
    out.push(line.kind + line.text);
  }
  return out;
}

const splitLines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

function header(lines: readonly Line[], at: number): string {
  const count = (without: Line['kind']) => lines.slice(0, at).filter((l) => l.kind !== without).length + 1;
  return `@@ -${count('+')} +${count('-')} @@`;
}

function compare(a: readonly string[], b: readonly string[]): Line[] {
  const length = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number) => length[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      (length[i] as Uint32Array)[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: ' ', text: a[i++] as string });
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: '-', text: a[i++] as string });
    } else {
      lines.push({ kind: '+', text: b[j++] as string });
    }
  }
  return lines;
}
