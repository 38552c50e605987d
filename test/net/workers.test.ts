/** Several workers with a NIC: each flow belongs to one of them, and the programs of all reach it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Bed, buildConfig, compile, linux, ours, twoCores, unable, wires, withQueues } from './bed.ts';
import { datagrams, talk } from './conversation.ts';

describe.skipIf(unable).each(wires)(
  `two workers over %s with %d queues${unable ? `: ${unable}` : ''}`,
  (model, queues, wire) => {
    let binary: string, peer: string;

    beforeAll(async () => {
      binary = await buildConfig('tap.ts', withQueues(model, queues));
      peer = compile('peer');
    }, 180_000);

    it.each(['v4', 'v6'] as const)(
      'serve Linux clients (%s)',
      async (family) => {
        await using bed = new Bed(binary, wire);
        const server = await bed.fused([peer, 'serve', '::', '7000'], twoCores);
        await server.says('ready');
        for (let i = 0; i < 3; i++) {
          const client = bed.native(peer, 'talk', ours[family], '7000');
          expect([await client.ended, client.output]).toEqual([0, talk]);
        }
      },
      60_000,
    );

    it.each(['v4', 'v6'] as const)(
      'talk to a Linux server (%s)',
      async (family) => {
        await using bed = new Bed(binary, wire);
        const server = bed.native(peer, 'serve', '::', '7000');
        await server.says('ready');
        const client = await bed.fused([peer, 'talk', linux[family], '7000'], twoCores);
        expect([await client.ended, client.said]).toEqual([0, talk]);
      },
      60_000,
    );

    it.for(['v4', 'v6'] as const)(
      'exchange datagrams, also in fragments (%s)',
      { timeout: 60_000 },
      async (family, { skip }) => {
        skip(model === 'af_packet' && family === 'v4', 'BP2017: the host has put the fragments together');
        await using bed = new Bed(binary, wire);
        const server = await bed.fused([peer, 'serve', '::', '7000'], twoCores);
        await server.says('ready');
        for (let i = 0; i < 4; i++) {
          const client = bed.native(peer, 'datagrams', ours[family], '7000');
          expect([await client.ended, client.output]).toEqual([0, datagrams]);
        }
      },
    );
  },
);

describe.skipIf(unable)('a queue without a worker', () => {
  it('is refused at start', async () => {
    await using bed = new Bed(await buildConfig('tap.ts', withQueues('tap', 2)));
    await expect(bed.fused(['/bin/true'], ['--cores=0'])).rejects.toThrow(
      /net0: queue 1 is served by worker 1, but 1 run; name as many cores with --cores/,
    );
  }, 180_000);
});
