/**
 * Filters of `bypassgen dump`: a small part of pcap-filter(7). Primitives are [src|dst] host A, [src|dst] port N, arp, ip,
 * ip6, tcp, udp, icmp, icmp6, combined by and (or nothing), or, not and brackets.
 */
import { isIP } from 'node:net';
import { addressText } from './addresses.ts';

/** What filters ask for. */
interface Seen {
  readonly etherType: number;
  readonly protocol?: number;
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

export type Filter = (frame: Buffer) => boolean;

type Test = (seen: Seen) => boolean;

const ARP = 0x0806;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLANS: readonly number[] = [0x8100, 0x88a8];
const protocols = { tcp: 6, udp: 17, icmp: 1, icmp6: 58 } as const;
/** IPv6 headers before the transport's (RFC 8200), of which the second byte is a length. */
const extensions: readonly number[] = [0, 43, 60];
const FRAGMENT = 44;

/** Never reads behind what was captured. */
function look(frame: Buffer): Seen {
  let at = 12;
  const u16 = (offset: number) => (offset + 2 <= frame.length ? frame.readUInt16BE(offset) : 0);
  while (VLANS.includes(u16(at))) at += 4;
  const etherType = u16(at);
  at += 2;
  if (etherType === IPV4 && frame.length >= at + 20) return lookIpv4(frame.subarray(at), etherType);
  if (etherType === IPV6 && frame.length >= at + 40) return lookIpv6(frame.subarray(at), etherType);
  if (etherType === ARP && frame.length >= at + 28)
    return { etherType, source: ipv4(frame, at + 14), destination: ipv4(frame, at + 24) };
  return { etherType };
}

const ipv4 = (bytes: Buffer, at: number): string => [...bytes.subarray(at, at + 4)].join('.');

function lookIpv4(ip: Buffer, etherType: number): Seen {
  const protocol = ip[9] as number;
  const first = (ip.readUInt16BE(6) & 0x1fff) === 0;
  const transport = ip.subarray(((ip[0] as number) & 15) * 4);
  return {
    etherType,
    protocol,
    source: ipv4(ip, 12),
    destination: ipv4(ip, 16),
    ...(first ? ports(protocol, transport) : {}),
  };
}

function lookIpv6(ip: Buffer, etherType: number): Seen {
  let protocol = ip[6] as number;
  let at = 40;
  let first = true;
  while (at + 8 <= ip.length && (extensions.includes(protocol) || protocol === FRAGMENT)) {
    if (protocol === FRAGMENT) first = ip.readUInt16BE(at + 2) >> 3 === 0;
    const bytes = protocol === FRAGMENT ? 8 : ((ip[at + 1] as number) + 1) * 8;
    protocol = ip[at] as number;
    at += bytes;
  }
  return {
    etherType,
    protocol,
    source: addressText(ip.subarray(8, 24)),
    destination: addressText(ip.subarray(24, 40)),
    ...(first ? ports(protocol, ip.subarray(at)) : {}),
  };
}

function ports(protocol: number, transport: Buffer): Partial<Seen> {
  if ((protocol !== protocols.tcp && protocol !== protocols.udp) || transport.length < 4) return {};
  return { sourcePort: transport.readUInt16BE(0), destinationPort: transport.readUInt16BE(2) };
}

const words: Readonly<Record<string, Test>> = {
  arp: ({ etherType }) => etherType === ARP,
  ip: ({ etherType }) => etherType === IPV4,
  ip6: ({ etherType }) => etherType === IPV6,
  ...Object.fromEntries(
    Object.entries(protocols).map(([name, number]): [string, Test] => [name, ({ protocol }) => protocol === number]),
  ),
};

export class FilterError extends Error {}

/** @throws FilterError saying what is wrong with the text. */
export function parseFilter(text: string): Filter {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  if (tokens.length === 0) return () => true;
  const parser = new Parser(tokens);
  const test = parser.any();
  parser.end();
  return (frame) => test(look(frame));
}

const DEPTH_MAX = 100;

class Parser {
  readonly #tokens: string[];
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = [...tokens];
  }

  end(): void {
    const [rest] = this.#tokens;
    if (rest !== undefined) throw new FilterError(`'${rest}' is not understood`);
  }

  #take(...wanted: readonly string[]): string | undefined {
    const [token] = this.#tokens;
    return token !== undefined && wanted.includes(token) ? this.#tokens.shift() : undefined;
  }

  any(): Test {
    let test = this.#all();
    while (this.#take('or', '||')) {
      const [left, right] = [test, this.#all()];
      test = (seen) => left(seen) || right(seen);
    }
    return test;
  }

  #all(): Test {
    let test = this.#one();
    for (;;) {
      const [next] = this.#tokens;
      if (!this.#take('and', '&&') && (next === undefined || [')', 'or', '||'].includes(next))) return test;
      const [left, right] = [test, this.#one()];
      test = (seen) => left(seen) && right(seen);
    }
  }

  #one(): Test {
    if (++this.#depth > DEPTH_MAX) throw new FilterError('it is nested too deeply');
    try {
      return this.#primitive();
    } finally {
      this.#depth--;
    }
  }

  #primitive(): Test {
    if (this.#take('not', '!')) {
      const test = this.#one();
      return (seen) => !test(seen);
    }
    if (this.#take('(')) {
      const test = this.any();
      if (!this.#take(')')) throw new FilterError("a ')' is missing");
      return test;
    }
    const direction = this.#take('src', 'dst');
    if (this.#take('host')) return this.#host(direction);
    if (this.#take('port')) return this.#port(direction);
    const word = this.#tokens.shift();
    if (direction !== undefined) throw new FilterError(`'${direction}' is followed by host or port`);
    if (word === undefined) throw new FilterError('something is missing at its end');
    if (Object.hasOwn(words, word)) return words[word] as Test;
    throw new FilterError(`'${word}' is not understood`);
  }

  #host(direction: string | undefined): Test {
    const text = this.#tokens.shift() ?? '';
    if (isIP(text) === 0) throw new FilterError(`'${text}' is no IP address`);
    const address = canonical(text);
    return ({ source, destination }) =>
      (direction !== 'dst' && source === address) || (direction !== 'src' && destination === address);
  }

  #port(direction: string | undefined): Test {
    const text = this.#tokens.shift() ?? '';
    const port = Number(text);
    if (!/^\d+$/.test(text) || port > 65_535) throw new FilterError(`'${text}' is no port`);
    return ({ sourcePort, destinationPort }) =>
      (direction !== 'dst' && sourcePort === port) || (direction !== 'src' && destinationPort === port);
  }
}

/** As addressText writes it. */
const canonical = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
