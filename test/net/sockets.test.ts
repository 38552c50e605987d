/** Unmodified programs over a NIC: one end under the runtime, the other on Linux, over TAP in a namespace. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Bed, buildConfig, compile, linux, ours, unable } from './bed.ts';

const talk = `3000000 bytes came back as they were sent
greeting of 1000 bytes, then the end
still 1000 bytes to write
reset: read -1, ECONNRESET
nobody there: -1, ECONNREFUSED
the same socket again: 0
connect: -1, EINPROGRESS
poll: 1, OUT
error 0, read: -1, EAGAIN
poll: 1, 1 byte
peer: as asked for
own port: some
state 1, path MTU 1500
connect once more: -1, EISCONN
50 of 50 answered
`;

const datagrams = `datagram of 1 bytes, answer of 1, from the server
datagram of 0 bytes, answer of 0, from the server
datagram of 1472 bytes, answer of 1472, from the server
datagram of 9000 bytes, answer of 9000, from the server
connected: 5 bytes cut to 3
no such port: -1, ECONNREFUSED
`;

const families = ['v4', 'v6'] as const;
const wildcard = { v4: '0.0.0.0', v6: '::' } as const;

describe.skipIf(unable)(`sockets over TAP${unable ? `: ${unable}` : ''}`, () => {
  let binary: string, peer: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
    peer = compile('peer');
  }, 120_000);

  it.each(families)('serve a Linux client (%s)', async (family) => {
    await using bed = new Bed(binary);
    const server = await bed.fused([peer, 'serve', wildcard[family], '7000']);
    await server.says('ready');
    const client = bed.native(peer, 'talk', ours[family], '7000');
    expect([await client.ended, client.output]).toEqual([0, talk]);
  });

  it.each(families)('serve it at the address of the NIC (%s)', async (family) => {
    await using bed = new Bed(binary);
    const server = await bed.fused([peer, 'serve', ours[family], '7000']);
    await server.says('ready');
    const client = bed.native(peer, 'talk', ours[family], '7000');
    expect([await client.ended, client.output]).toEqual([0, talk]);
  });

  it.each(families)('talk to a Linux server (%s)', async (family) => {
    await using bed = new Bed(binary);
    const server = bed.native(peer, 'serve', '::', '7000');
    await server.says('ready');
    const client = await bed.fused([peer, 'talk', linux[family], '7000']);
    expect([await client.ended, client.output.replaceAll(/^bypassgen.*\n/gm, '')]).toEqual([0, talk]);
  });

  it.each(families)('take datagrams from Linux (%s)', async (family) => {
    await using bed = new Bed(binary);
    const server = await bed.fused([peer, 'serve', wildcard[family], '7000']);
    await server.says('ready');
    const client = bed.native(peer, 'datagrams', ours[family], '7000');
    expect([await client.ended, client.output]).toEqual([0, datagrams]);
  });

  it.each(families)('send datagrams to Linux (%s)', async (family) => {
    await using bed = new Bed(binary);
    const server = bed.native(peer, 'serve', '::', '7000');
    await server.says('ready');
    const client = await bed.fused([peer, 'datagrams', linux[family], '7000']);
    expect([await client.ended, client.output.replaceAll(/^bypassgen.*\n/gm, '')]).toEqual([0, datagrams]);
  });
});
