/** IP addresses as numbers, enough to tell whether one lies in another's network. */
import { isIPv4, isIPv6 } from 'node:net';

export interface Cidr {
  readonly family: 4 | 6;
  readonly bits: bigint;
  readonly prefix: number;
}

export const widthOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** '10.0.0.2/24', 'fd00::2/64'; undefined when it is not one. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const parsed = parseAddress(address);
  const prefix = Number(length);
  if (!parsed || rest.length > 0 || !/^\d{1,3}$/.test(length) || prefix > widthOf(parsed.family)) return undefined;
  return { ...parsed, prefix };
}

/** An address without prefix length; undefined when it is not one (a zone index is refused too). */
export function parseAddress(text: string): Omit<Cidr, 'prefix'> | undefined {
  if (isIPv4(text)) return { family: 4, bits: bitsOf4(text) };
  if (isIPv6(text) && !text.includes('%')) return { family: 6, bits: bitsOf6(text) };
  return undefined;
}

/** Sixteen bytes; IPv4 is ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
export function bytesOf({ family, bits }: Omit<Cidr, 'prefix'>): number[] {
  const whole = family === 4 ? bits | (0xffffn << 32n) : bits;
  return Array.from({ length: 16 }, (_, i) => Number((whole >> BigInt(8 * (15 - i))) & 0xffn));
}

/** Whether an address lies in the network of another. */
export function onLink(address: Omit<Cidr, 'prefix'>, network: Cidr): boolean {
  const shift = BigInt(widthOf(network.family) - network.prefix);
  return address.family === network.family && address.bits >> shift === network.bits >> shift;
}

/** RFC 4291: fe80::/10. */
export const isLinkLocal = ({ family, bits }: Omit<Cidr, 'prefix'>): boolean =>
  family === 6 && bits >> 118n === 0xfe80n >> 6n;

/** What an address is that no host has for itself, in its network; undefined: a host may have it. */
export function noHost({ family, bits, prefix }: Cidr): string | undefined {
  const kind = kinds.find((known) => known.family === family && bits >> known.shift === known.value);
  if (kind) return kind.what;
  const hostBits = BigInt(widthOf(family) - prefix);
  if (hostBits < 2n) return undefined; // RFC 3021, RFC 6164: both ends of a wire
  const last = (1n << hostBits) - 1n;
  if ((bits & last) === 0n) return 'the name of its network';
  return family === 4 && (bits & last) === last ? 'the broadcast address of its network' : undefined;
}

/** By their first bits: shift drops the others. */
const kinds = [
  { family: 4, shift: 24n, value: 0n, what: 'an unspecified address' },
  { family: 4, shift: 24n, value: 127n, what: 'a loopback address' },
  { family: 4, shift: 28n, value: 0xen, what: 'a group' },
  { family: 4, shift: 28n, value: 0xfn, what: 'a reserved address' },
  { family: 6, shift: 0n, value: 0n, what: 'the unspecified address' },
  { family: 6, shift: 0n, value: 1n, what: 'the loopback address' },
  { family: 6, shift: 120n, value: 0xffn, what: 'a group' },
  { family: 6, shift: 32n, value: 0xffffn, what: 'an IPv4 address in the form of an IPv6 one' },
] as const;

const bitsOf4 = (text: string): bigint => text.split('.').reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);

function bitsOf6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const low = dotted ? bitsOf4(dotted[2] as string) : 0n;
  const plain = dotted ? `${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}` : text;
  const [head = '', tail] = plain.split('::');
  const words = (part: string) => (part ? part.split(':') : []);
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].reduce((bits, word) => (bits << 16n) | BigInt(`0x${word}`), 0n);
}
