/** What the network may do to a runtime: it says what is wrong, and goes on. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Bed, buildConfig, compile, ours, unable } from './bed.ts';
import { talk } from './conversation.ts';

describe.skipIf(unable)(`another station with our address${unable ? `: ${unable}` : ''}`, () => {
  let binary: string, peer: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
    peer = compile('peer');
  }, 180_000);

  it('is named, and does not keep others from us', async () => {
    await using bed = new Bed(binary);
    const server = await bed.fused([peer, 'serve', '::', '7000']);
    await server.says('ready');
    const steps = [
      ['ip', 'addr', 'add', `${ours.v4}/24`, 'dev', 'bp0'],
      ['ip', 'route', 'add', '10.77.0.99', 'dev', 'bp0', 'src', ours.v4],
      ['bash', '-c', 'echo >/dev/udp/10.77.0.99/9'], // Linux asks who that is, as 10.77.0.2
    ];
    for (const step of steps) expect(await bed.native(...step).ended).toBe(0);
    await server.says(`address ${ours.v4} is also used by another station, `);
    expect(await bed.native('ip', 'addr', 'del', `${ours.v4}/24`, 'dev', 'bp0').ended).toBe(0);
    const client = bed.native(peer, 'talk', ours.v4, '7000');
    expect([await client.ended, client.output]).toEqual([0, talk]);
  }, 60_000);
});
