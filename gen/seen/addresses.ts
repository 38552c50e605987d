/** Addresses as the runtime stores them: 16 bytes, IPv4 mapped into IPv6. */

const isMapped = (bytes: Buffer): boolean =>
  bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;

/** Text by RFC 5952; mapped addresses as IPv4. */
export function addressText(bytes: Buffer): string {
  if (isMapped(bytes)) return [...bytes.subarray(12)].join('.');
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2));
  const { start, length } = longestZeros(words);
  const hex = (some: number[]) => some.map((word) => word.toString(16)).join(':');
  if (length < 2) return hex(words);
  return `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let i = 0, start = -1; i < words.length; i++) {
    if (words[i] !== 0) start = -1;
    else if (start < 0) start = i;
    if (start >= 0 && i - start + 1 > best.length) best = { start, length: i - start + 1 };
  }
  return best;
}
