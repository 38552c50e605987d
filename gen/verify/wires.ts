/** The other end of each NIC's wire: which addresses Linux has there, and what it asks. */
import path from 'node:path';
import type { AppPlan, Plan } from '../plan/plan.ts';
import { type Cidr, onLink, parseAddress, parseCidr } from '../spec/addresses.ts';
import type { Spec } from '../spec/types.ts';

/** One conversation with a program of the config. */
export interface Ask {
  /** 'net0.redis.10.0.0.2': what the dialog tells its answer by. */
  readonly name: string;
  readonly nic: string;
  readonly app: string;
  readonly address: string;
  readonly port: number;
}

export interface Wire {
  readonly nic: string;
  /** PCI address or interface. */
  readonly device: string;
  /** With prefix lengths. */
  readonly peerAddresses: readonly string[];
  readonly asks: readonly Ask[];
}

export function wiresOf(spec: Spec, plan: Plan): Wire[] {
  return plan.nics.map((nic) => {
    const network = spec.network?.[nic.name];
    const own = (network?.addresses ?? []).flatMap((text) => parseCidr(text) ?? []);
    const gateways = [network?.gateway, network?.gateway6].flatMap((text) => (text && parseAddress(text)) || []);
    return {
      nic: nic.name,
      device: nic.device ?? nic.port,
      peerAddresses: own.map((cidr) => peerAddress(cidr, [...gateways], own)),
      asks: plan.apps.filter(isServer).flatMap((app) =>
        tcpPorts(app).flatMap((port) =>
          own.filter(boundBy(app)).map((cidr) => {
            const address = addressText(cidr);
            return { name: `${nic.name}.${app.name}.${port}.${address}`, nic: nic.name, app: app.name, address, port };
          }),
        ),
      ),
    };
  });
}

/** Programs whose protocol the peer speaks. */
const isServer = ({ command, autostart }: AppPlan): boolean =>
  autostart && path.basename(command[0] ?? '') === 'redis-server';

/** redis.conf, "bind": by default every address; '*' is every one of IPv4, '::*' of IPv6, and '-' makes it optional. */
function boundBy({ command }: AppPlan): (address: Cidr) => boolean {
  const option = command.indexOf('--bind');
  if (option < 0) return () => true;
  const rest = command.slice(option + 1);
  const end = rest.findIndex((word) => word.startsWith('--'));
  const words = rest.slice(0, end < 0 ? rest.length : end).flatMap((word) => word.split(' '));
  const bound = words.map((word) => word.replace(/^-/, ''));
  return (address) =>
    bound.some((word) => {
      const parsed = parseAddress(word);
      if (word === '*' || word === '0.0.0.0') return address.family === 4;
      if (word === '::*' || word === '::') return address.family === 6;
      return parsed !== undefined && parsed.family === address.family && parsed.bits === address.bits;
    });
}

const tcpPorts = ({ listens }: AppPlan): number[] => listens.map(({ port }) => port).filter((port) => port > 0);

/** That of the gateway, when it is on this link; otherwise the first that we do not have. */
function peerAddress(own: Cidr, gateways: readonly Omit<Cidr, 'prefix'>[], taken: readonly Cidr[]): string {
  const gateway = gateways.find((address) => onLink(address, own));
  if (gateway) return `${addressText(gateway)}/${own.prefix}`;
  const width = own.family === 4 ? 32 : 128;
  const network = (own.bits >> BigInt(width - own.prefix)) << BigInt(width - own.prefix);
  const isTaken = (bits: bigint) => taken.some((cidr) => cidr.family === own.family && cidr.bits === bits);
  let bits = network + 1n;
  while (isTaken(bits)) bits += 1n;
  return `${addressText({ family: own.family, bits })}/${own.prefix}`;
}

/** Without the shortening of RFC 5952, which every parser understands too. */
export function addressText({ family, bits }: Omit<Cidr, 'prefix'>): string {
  const [count, width, radix, separator] = family === 4 ? [4, 8n, 10, '.'] : [8, 16n, 16, ':'];
  const mask = (1n << (width as bigint)) - 1n;
  return Array.from({ length: count as number }, (_, i) => {
    const shift = (width as bigint) * BigInt((count as number) - 1 - i);
    return ((bits >> shift) & mask).toString(radix as number);
  }).join(separator as string);
}
