/** Links that are down at the start, go and come back while programs talk; and addresses that somebody else has already. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { askNetwork } from '../../gen/control/network.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { Bed, buildConfig, compile, ours, twoCores, unable, type Wire, withQueues } from './bed.ts';
import { talk } from './conversation.ts';

/** Sends a byte and waits for it, again and again until there is a file. */
const beat = `
import os, socket, sys
s = socket.create_connection(('${ours.v4}', 7000)); s.sendall(b'e')
print('connected', flush=True)
while not os.path.exists(sys.argv[1]):
    s.sendall(b'x'); assert s.recv(1) == b'x'
`;

describe.skipIf(unable).each([
  ['tap', 'tap'],
  ['af_packet', 'veth'],
] as const)(`the link of %s${unable ? `: ${unable}` : ''}`, (model, wire: Wire) => {
  let binary: string, peer: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts', withQueues(model, 1));
    peer = compile('peer');
  }, 180_000);

  const end = wire === 'tap' ? 'bp0' : 'bp1';
  const set = async (bed: Bed, state: 'up' | 'down') =>
    expect(await bed.native('ip', 'link', 'set', end, state).ended).toBe(0);
  const converse = async (bed: Bed) => {
    const client = bed.native(peer, 'talk', ours.v4, '7000');
    expect([await client.ended, client.output]).toEqual([0, talk]);
  };

  it('may go and come back: it is told, counted, and a connection outlives it', { timeout: 90_000 }, async () => {
    await using bed = new Bed(binary, wire);
    const directory = temporaryFolder();
    const server = await bed.fused([peer, 'serve', '::', '7000'], [...twoCores, `--run-dir=${directory}`]);
    await server.says('ready');
    // A veth pair has no link before its other end is up, which the runtime does not wait for.
    const ups = wire === 'veth' ? 1 : 0;
    if (ups) await server.says('net0: the link is down; packets flow once it is up\n');
    await server.says('net0: the link is up\n', ups);

    const enough = path.join(directory, 'enough');
    const client = bed.native('python3', '-c', beat, enough);
    await client.says('connected');
    await set(bed, 'down');
    await server.says('net0: the link is down; packets are lost\n');
    expect((await askNetwork(directory)).nics).toMatchObject([{ link: false, linkLosses: 1 }]);
    await set(bed, 'up');
    await server.says('net0: the link is up\n', ups + 1);
    fs.writeFileSync(enough, '');
    expect([await client.ended, client.output]).toEqual([0, 'connected\n']);
    await converse(bed);
    expect((await askNetwork(directory)).nics).toMatchObject([{ link: true, linkLosses: 1 }]);
  });
});

describe.skipIf(unable)(`addresses that another station has when we come${unable ? `: ${unable}` : ''}`, () => {
  let binary: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts', withQueues('af_packet', 1));
  }, 180_000);

  it.each([
    ['IPv4', ours.v4, 24],
    ['IPv6', ours.v6, 64],
  ])('%s: it answers our question, and is named', async (_, address, prefix) => {
    await using bed = new Bed(binary, 'veth');
    const before = [
      ['ip', 'addr', 'add', `${address}/${prefix}`, 'dev', 'bp1', ...(prefix === 64 ? ['nodad'] : [])],
      ['ip', 'link', 'set', 'bp1', 'up'],
    ];
    for (const step of before) expect(await bed.native(...step).ended).toBe(0);
    const server = await bed.fused(['sleep', '1000'], twoCores);
    await server.says(`address ${address} is also used by another station, `);
  });
});
