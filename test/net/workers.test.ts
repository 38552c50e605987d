/** Several workers with a NIC: flows belong to the worker of its queue, and the programs of all workers reach it. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Spec } from '../../gen/spec/types.ts';
import { Bed, buildConfig, compile, linux, ours, unable } from './bed.ts';

const twoCores = ['--cores=0,1'];

const withQueues = (queues: number) => (spec: Spec) => ({
  ...spec,
  hardware: {
    ...spec.hardware,
    cpu: { ...spec.hardware.cpu, cores: [0, 1] },
    nics: spec.hardware.nics?.map((nic) => ({ ...nic, queues })),
  },
});

describe.skipIf(unable)(`two workers over TAP${unable ? `: ${unable}` : ''}`, () => {
  let binary: string, peer: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts', withQueues(1));
    peer = compile('peer');
  }, 180_000);

  it('serve Linux clients', async () => {
    await using bed = new Bed(binary);
    const server = await bed.fused([peer, 'serve', '0.0.0.0', '7000'], twoCores);
    await server.says('ready');
    for (let i = 0; i < 4; i++) {
      const client = bed.native(peer, 'talk', ours.v4, '7000');
      expect([i, await client.ended, client.output]).toEqual([i, 0, expect.stringContaining('50 of 50 answered')]);
    }
  }, 60_000);

  it('talk to a Linux server', async () => {
    await using bed = new Bed(binary);
    const server = bed.native(peer, 'serve', '::', '7000');
    await server.says('ready');
    const client = await bed.fused([peer, 'talk', linux.v4, '7000'], twoCores);
    expect([await client.ended, client.output]).toEqual([0, expect.stringContaining('50 of 50 answered')]);
  }, 60_000);

  it('refuse several queues before a program starts', async () => {
    await using bed = new Bed(await buildConfig('tap.ts', withQueues(2)));
    await expect(bed.fused(['/bin/true'], twoCores)).rejects.toThrow(/net0: 2 queues are planned, .*set `queues: 1`/);
  }, 180_000);
});
