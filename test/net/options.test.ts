/** What sockets promise besides carrying bytes, over TAP: the same as natively, at both ends. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Bed, buildConfig, compile, linux, ours, unable } from './bed.ts';

const families = ['v4', 'v6'] as const;
const wildcard = { v4: '0.0.0.0', v6: '::' } as const;
const local = { v4: '127.0.0.1', v6: '::1' } as const;

describe.skipIf(unable)(`options over TAP${unable ? `: ${unable}` : ''}`, () => {
  let binary: string, options: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
    options = compile('options');
  }, 120_000);

  /** What the program prints where no runtime is. */
  async function natively(family: 'v4' | 'v6'): Promise<string> {
    await using bed = new Bed(binary);
    const server = bed.native(options, 'serve', wildcard[family], '7000');
    await server.says('ready');
    const client = bed.native(options, 'talk', local[family], '7000');
    expect([await client.ended, client.output]).toEqual([0, expect.stringContaining('urgent in line, here')]);
    return client.output;
  }

  it.each(families)('are those of Linux, where a program is the client (%s)', async (family) => {
    const expected = await natively(family);
    await using bed = new Bed(binary);
    const server = bed.native(options, 'serve', wildcard[family], '7000');
    await server.says('ready');
    const client = await bed.fused([options, 'talk', linux[family], '7000']);
    expect([await client.ended, client.said]).toEqual([0, expected]);
  });

  it.each(families)('and where it is the server (%s)', async (family) => {
    const expected = await natively(family);
    await using bed = new Bed(binary);
    const server = await bed.fused([options, 'serve', wildcard[family], '7000']);
    await server.says('ready');
    const client = bed.native(options, 'talk', ours[family], '7000');
    expect([await client.ended, client.output]).toEqual([0, expected]);
  });
});
