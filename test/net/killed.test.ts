/** Processes that are killed in the middle of what they ask of the network. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Bed, buildConfig, compile, linux, twoCores, unable, wires, withQueues } from './bed.ts';

const kills = 123; // three at each moment of a connection's life

describe.skipIf(unable).each(wires)('processes killed while they connect, %s with %i queues', (model, queues, wire) => {
  let binary: string, program: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts', withQueues(model, queues));
    program = compile('killed');
  }, 180_000);

  it.each(['v4', 'v6'] as const)(
    'leave no connection behind (%s)',
    async (family) => {
      await using bed = new Bed(binary, wire);
      const peer = bed.native(program, 'peer', '::', '7000');
      await peer.says('ready');
      const client = await bed.fused([program, 'client', linux[family], '7000', `${kills}`], twoCores);
      expect([await client.ended, client.said]).toEqual([0, 'alone\n']);
      expect(await peer.ended).toBe(0);
    },
    60_000,
  );
});
