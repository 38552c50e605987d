/** Rules about addresses. */
import { type Diagnostic, diagnose, type SpecPath } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { nicModel } from '../../hardware/nics.ts';
import { type Cidr, isLinkLocal, noHost, onLink, parseAddress, parseCidr, widthOf } from '../addresses.ts';
import type { NetworkSpec, Spec } from '../types.ts';
import type { Rule } from './rule.ts';

const networksOf = (spec: Spec): [string, NetworkSpec][] => Object.entries(spec.network ?? {});

const networkHasNic: Rule = {
  reads: ['network', 'hardware.nics.*.name'],
  *check(spec) {
    const nics = (spec.hardware.nics ?? []).map((nic) => nic.name);
    for (const [name] of networksOf(spec)) {
      if (nics.includes(name)) continue;
      yield diagnose(
        'networkOfUnknownNic',
        { name, suggestion: suggest(name, nics) },
        { path: ['network', name], at: 'key' },
      );
    }
  },
};

const nicHasNetwork: Rule = {
  reads: ['network', 'hardware.nics.*.name'],
  *check(spec) {
    for (const [i, { name }] of (spec.hardware.nics ?? []).entries()) {
      if (spec.network?.[name]) continue;
      yield diagnose('nicWithoutNetwork', { name }, { path: ['hardware', 'nics', i, 'name'] });
    }
  },
};

const addressesAreGood: Rule = {
  reads: ['network', 'policy.ipv6'],
  *check(spec) {
    const seen = new Set<string>();
    for (const [name, { addresses }] of networksOf(spec)) {
      for (const [i, address] of addresses.entries()) {
        const path = ['network', name, 'addresses', i];
        const cidr = parseCidr(address);
        if (!cidr) {
          yield diagnose(
            'badAddress',
            { value: address, expected: 'an address with a prefix length, as 10.0.0.2/24' },
            { path },
          );
          continue;
        }
        const what = noHost(cidr);
        if (what) yield diagnose('addressOfNoHost', { address, what }, { path });
        const id = `${cidr.family} ${cidr.bits}`;
        if (seen.has(id)) yield diagnose('duplicateAddress', { address }, { path });
        if (cidr.family === 6 && spec.policy?.ipv6 === false) yield diagnose('ipv6Off', { address }, { path });
        seen.add(id);
      }
    }
  },
};

const gatewaysAreOnLink: Rule = {
  reads: ['network'],
  *check(spec) {
    for (const [name, network] of networksOf(spec)) {
      const links = network.addresses.flatMap((address) => parseCidr(address) ?? []);
      if (network.gateway !== undefined) yield* checkGateway(network.gateway, 4, links, ['network', name, 'gateway']);
      if (network.gateway6 !== undefined)
        yield* checkGateway(network.gateway6, 6, links, ['network', name, 'gateway6']);
    }
  },
};

function* checkGateway(gateway: string, family: 4 | 6, links: readonly Cidr[], path: SpecPath): Generator<Diagnostic> {
  const address = parseAddress(gateway);
  if (address?.family !== family) {
    yield diagnose('badAddress', { value: gateway, expected: `an IPv${family} address` }, { path });
    return;
  }
  const own = links.find((link) => onLink(address, link));
  // The first address of an IPv6 network is that of its routers (RFC 4291, 2.6.1).
  const prefix = family === 4 && own ? own.prefix : widthOf(family);
  const what = noHost({ ...address, prefix });
  if (what) {
    yield diagnose('addressOfNoHost', { address: gateway, what }, { path });
  } else if (links.some((link) => link.family === family && link.bits === address.bits)) {
    yield diagnose('gatewayIsOwn', { gateway }, { path });
  } else if (!isLinkLocal(address) && !own) {
    yield diagnose('gatewayOffLink', { gateway }, { path });
  }
}

/** RFC 8200, section 5: a link that carries IPv6 takes packets of 1280 bytes. */
const ipv6MinMtu = 1280;

const mtuFits: Rule = {
  reads: ['network', 'hardware.nics'],
  *check(spec) {
    for (const [name, { mtu, addresses }] of networksOf(spec)) {
      const nic = spec.hardware.nics?.find((n) => n.name === name);
      if (mtu === undefined) continue;
      const path = ['network', name, 'mtu'];
      const max = nic && nicModel(nic.model).maxMtu;
      if (max && mtu > max.value) {
        yield diagnose('mtuOverModel', { mtu, model: nic.model, max: max.value, source: max.source }, { path });
      }
      if (mtu < ipv6MinMtu && addresses.some((address) => parseCidr(address)?.family === 6)) {
        const bound = `at least ${ipv6MinMtu}, since there is an IPv6 address (RFC 8200)`;
        yield diagnose('outOfRange', { key: 'mtu', value: String(mtu), bound }, { path });
      }
    }
  },
};

export const networkRules: readonly Rule[] = [
  networkHasNic,
  nicHasNetwork,
  addressesAreGood,
  gatewaysAreOnLink,
  mtuFits,
];
