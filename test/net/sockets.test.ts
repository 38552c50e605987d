/** Unmodified programs over a NIC: one end under the runtime, the other on Linux, over TAP in a namespace. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Bed, buildConfig, compile, linux, ours, unable } from './bed.ts';
import { datagrams, talk } from './conversation.ts';

const families = ['v4', 'v6'] as const;
const local = { v4: '127.0.0.1', v6: '::1' } as const;
const wildcard = { v4: '0.0.0.0', v6: '::' } as const;

describe.skipIf(unable)(`sockets over TAP${unable ? `: ${unable}` : ''}`, () => {
  let binary: string, peer: string, options: string, mixed: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
    peer = compile('peer');
    options = compile('options');
    mixed = compile('mixed');
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
    expect([await client.ended, client.said]).toEqual([0, talk]);
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
    expect([await client.ended, client.said]).toEqual([0, datagrams]);
  });

  /** What the program prints where no runtime is; packets of lo are larger, and pacing begins with a few of them. */
  async function optionsNatively(family: 'v4' | 'v6'): Promise<string> {
    await using bed = new Bed(binary);
    const server = bed.native(options, 'serve', wildcard[family], '7000');
    await server.says('ready');
    const client = bed.native(options, 'talk', local[family], '7000');
    expect([await client.ended, client.output]).toEqual([0, expect.stringContaining('too long for the path')]);
    return client.output.replace('paced: no', 'paced: yes').replace('path: sent', 'path: Message too long');
  }

  it.each(families)('have urgent data and options as on Linux, where a program is the client (%s)', async (family) => {
    const expected = await optionsNatively(family);
    await using bed = new Bed(binary);
    const server = bed.native(options, 'serve', wildcard[family], '7000');
    await server.says('ready');
    const client = await bed.fused([options, 'talk', linux[family], '7000']);
    expect([await client.ended, client.said]).toEqual([0, expected]);
  });

  it.each(families)('and where it is the server (%s)', async (family) => {
    const expected = await optionsNatively(family);
    await using bed = new Bed(binary);
    const server = await bed.fused([options, 'serve', wildcard[family], '7000']);
    await server.says('ready');
    const client = bed.native(options, 'talk', ours[family], '7000');
    expect([await client.ended, client.output]).toEqual([0, expected]);
  });

  it('are in one epoll set with those of programs, of the kernel, and pipes', async () => {
    await using bed = new Bed(binary);
    const server = bed.native(peer, 'serve', '::', '7000');
    await server.says('ready');
    const client = await bed.fused([mixed, linux.v4, '7000']);
    const sources = [
      'a program',
      'its AF_UNIX',
      'its pipe',
      'a host',
      "a host's UDP",
      'the kernel',
      "the kernel's UDP",
    ];
    const all = [...sources, 'a counter', 'a clock'].map((source) => `${source}: 300\n`).join('');
    expect([await client.ended, client.said]).toEqual([0, all]);
  });
});
