import { describe, expect, it } from 'vitest';
import { type Cidr, noHost, parseCidr } from '../../gen/spec/addresses.ts';

describe('an address of a host', () => {
  it.each([
    ['10.0.0.2/24', undefined],
    ['10.0.0.255/16', undefined],
    ['10.0.0.0/31', undefined],
    ['10.0.0.7/32', undefined],
    ['0.0.0.0/0', 'an unspecified address'],
    ['0.1.2.3/8', 'an unspecified address'],
    ['127.0.0.1/8', 'a loopback address'],
    ['224.0.0.1/24', 'a group'],
    ['255.255.255.255/24', 'a reserved address'],
    ['10.0.0.0/24', 'the name of its network'],
    ['10.0.0.255/24', 'the broadcast address of its network'],
    ['10.0.0.3/30', 'the broadcast address of its network'],
    ['fd00::2/64', undefined],
    ['fd00::ffff:ffff:ffff:ffff/64', undefined],
    ['fd00::/127', undefined],
    ['fe80::1/64', undefined],
    ['::/64', 'the unspecified address'],
    ['::1/128', 'the loopback address'],
    ['ff02::1/64', 'a group'],
    ['::ffff:10.0.0.2/96', 'an IPv4 address in the form of an IPv6 one'],
    ['fd00::/64', 'the name of its network'],
  ])('may be %s: %s', (address, what) => {
    expect(noHost(parseCidr(address) as Cidr)).toBe(what);
  });
});
