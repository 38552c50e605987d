/** Values as C tokens. */

/** A C string literal: printable ASCII as it is, every other byte of the UTF-8 text as three octal digits. */
export function cString(text: string): string {
  if (text.includes('\0')) throw new Error(`a C string cannot hold NUL: ${JSON.stringify(text)}`);
  const bytes = [...Buffer.from(text, 'utf8')];
  return `"${bytes
    .map((byte) => cChars[byte] ?? octal(byte))
    .join('')
    .replaceAll('??', '?\\?')}"`;
}

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;

/** Printable characters, those that need a backslash with it. A pair of question marks might begin a trigraph: see above. */
const cChars: Record<number, string> = Object.fromEntries(
  Array.from({ length: 0x7f - 0x20 }, (_, i) => [i + 0x20, String.fromCharCode(i + 0x20).replace(/["\\]/, '\\$&')]),
);

export const cBool = (value: boolean): string => (value ? 'true' : 'false');

/** A name of the config as part of a C identifier. Names have no underscore, so that two never become one. */
export const cIdentifier = (name: string): string => name.replaceAll('-', '_');

/** Text inside a C comment. */
export function cComment(text: string): string {
  if (text.includes('*/') || text.includes('/*')) throw new Error(`text would end or nest a comment: ${text}`);
  return text;
}
