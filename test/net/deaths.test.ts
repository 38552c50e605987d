/** Programs that are killed in the middle of what they ask of the network: others go on, peers hear of it, nothing is left. */
import { beforeAll, describe, expect, it } from 'vitest';
import { askNetwork } from '../../gen/control/network.ts';
import { waitFor } from '../../gen/control/wait.ts';
import { surveySockets } from '../../gen/seen/sockets.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { Bed, buildConfig, compile, linux, ours, unable } from './bed.ts';

const kills = 20;

/**
 * Linux's end. By the first byte: w, who asks how it is; s, whose data are taken only once that one says so; r, who is sent
 * nothing; R, who is sent data without end. And it knocks at our port 8000 all the time.
 */
const peer = `
import asyncio, socket, sys
ours, living, drain, knocks = sys.argv[1], set(), asyncio.Event(), True

async def witness(reader, writer):
    global drain, knocks
    while what := await reader.read(1):
        if what == b'd': drain.set(); drain = asyncio.Event()
        if what == b'e': knocks = False; drain.set()
        writer.write(bytes([min(len(living), 255)]))

async def until_end(reader):
    while await reader.read(1 << 20): pass

async def serve(reader, writer):
    kind = await reader.read(1)
    if kind == b'w': return await witness(reader, writer)
    living.add(writer)
    try:
        if kind == b's': await drain.wait()
        while kind == b'R':
            writer.write(b'R' * 65536); await writer.drain()
        await until_end(reader)
    except ConnectionError: pass
    finally: living.discard(writer); writer.close()

async def knock():
    while knocks:
        try:
            reader, writer = await asyncio.open_connection(ours, 8000)
            living.add(writer)
            try: await until_end(reader)
            finally: living.discard(writer); writer.close()
        except OSError: pass
        await asyncio.sleep(0)

class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, who):
        for i in range(10): self.transport.sendto(data, who)

async def main():
    await asyncio.start_server(serve, ['0.0.0.0', '::'], 7000)
    await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, local_addr=('::', 7000))
    print('ready', flush=True)
    if sys.argv[2] == 'accept': await knock()
    await asyncio.Event().wait()
asyncio.run(main())
`;

/** What is done, and how many connections each of those who are killed opens. */
const works = [
  ['accept', 0],
  ['full-send', 1],
  ['silent-recv', 1],
  ['recv', 1],
  ['close', 8],
  ['datagrams', 0],
] as const;
const families = ['v4', 'v6'] as const;
const cases = works.flatMap(([work, opens]) => families.map((family) => [work, family, opens] as const));

describe.skipIf(unable)(`killed in the middle, over TAP${unable ? `: ${unable}` : ''}`, () => {
  let binary: string, program: string;

  beforeAll(async () => {
    binary = await buildConfig('tap.ts');
    program = compile('deaths');
  }, 180_000);

  it.each(cases)('of %s, a forked process leaves nothing (%s)', { timeout: 60_000 }, async (work, family, opens) => {
    await using bed = new Bed(binary);
    const directory = temporaryFolder();
    const other = bed.native('python3', '-c', peer, ours[family], work);
    await other.says('ready\n');
    const command = [program, 'killed', linux[family], '7000', work, `${kills}`];
    const running = await bed.fused(command, [`--run-dir=${directory}`]);
    await running.says('alone\n');
    // The one that asked how the peer is remains.
    const stack = await waitFor(
      async () => (await askNetwork(directory)).workers.find(({ connections }) => connections === 1),
      20_000,
      'flows are left',
    );
    const { sockets } = await surveySockets(directory);
    const rest = sockets.filter(({ state }) => state !== 'TIME-WAIT');
    expect(rest).toMatchObject([{ state: 'ESTAB', remote: { address: linux[family], port: 7000 } }]);
    expect(stack.tcp['ActiveOpens']).toBe(1 + opens * kills);
    if (work === 'accept') expect(stack.tcp['PassiveOpens']).toBeGreaterThan(kills);
  });
});
