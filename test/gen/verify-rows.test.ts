/** What a verification makes of what was read back. */
import { describe, expect, it } from 'vitest';
import { makePlan } from '../../gen/plan/make-plan.ts';
import type { Spec } from '../../gen/spec/types.ts';
import { rowsOf } from '../../gen/verify/rows.ts';
import { wiresOf } from '../../gen/verify/wires.ts';

const spec: Spec = {
  name: 'x',
  hardware: {
    cpu: { cores: [0, 1] },
    numa: [
      { node: 0, cores: [0] },
      { node: 3, cores: [1] },
    ],
    nics: [{ name: 'net0', model: 'virtio', pci: '0000:0b:00.0', queues: 2, numaNode: 3 }],
  },
  network: { net0: { addresses: ['10.0.0.2/24'] } },
  workload: { apps: { redis: { command: ['redis-server'], listens: [6379] } } },
};

const nic = {
  ...{ name: 'net0', model: 'virtio', driver: 'net_virtio', mac: '52:54:00:00:01:00', mtu: 1500, link: true },
  ...{ rx_queues: 2, tx_queues: 2, rx_descriptors: 1024, tx_descriptors: 1024, offloads: 0, missing: 0 },
  ...{ rx_mode: '', tx_mode: '', wakes: true },
};

const queue = (queue: number, rxPackets: number) => ({
  ...{ queue, worker: queue, rxPackets, rxBytes: 100, txPackets: 5, txBytes: 50, txFull: 0 },
});

const figures = (received: readonly number[]) => ({
  format_version: 1,
  nics: [
    {
      ...{
        name: 'net0',
        model: 'virtio',
        link: true,
        linkLosses: 0,
        queues: received.map((count, i) => queue(i, count)),
      },
      drops: { rxMissed: 0, rxNoBuffer: 2, rxErrors: 0, txErrors: 0, txRefused: 0 },
    },
  ],
  workers: [],
});

const pieces = (wrong: number, untold = 0) => ({
  format_version: 1,
  memory: [
    { what: 'arena', node: 0, pages: 4, wrong: 0, untold: 0 },
    { what: 'arena', node: 3, pages: 7, wrong, untold },
  ],
});

/** found: values are told as JSON. */
function judge(found: Record<string, unknown>) {
  const plan = makePlan(spec);
  const told = Object.entries(found).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const evidence = { ending: 'done', reason: '', found: new Map(told), console: [], seconds: 1, place: '' } as const;
  return new Map(rowsOf(plan, wiresOf(spec, plan), evidence).map(({ what, ...row }) => [what, row]));
}

describe('memory', () => {
  it('has a row for each node of the workers, and lies where it is planned', () => {
    const rows = judge({ 'memory.1': pieces(0) });
    expect(rows.get('start 1: memory on node 0')).toMatchObject({ status: 'passed' });
    expect(rows.get('start 1: memory on node 3')).toMatchObject({
      status: 'passed',
      found: '0 of 7 pages wrong (arena 7)',
    });
  });

  it.each([
    ['of which one page lies elsewhere', pieces(1), '1 of 7 pages wrong: arena 1'],
    ['of which the kernel does not tell', pieces(0, 2), 'the kernel does not tell of 2 pages'],
    ['of which nothing is told', 'no JSON', 'the runtime told of none'],
  ])('%s fails', (_, told, found) => {
    expect(judge({ 'memory.2': told }).get('start 2: memory on node 3')).toMatchObject({ status: 'failed', found });
  });
});

describe('queues', () => {
  it('have each had packets, or fail', () => {
    expect(judge({ 'network.1': figures([4, 5]) }).get('start 1: spread of net0')).toMatchObject({ status: 'passed' });
    expect(judge({ 'network.1': figures([9, 0]) }).get('start 1: spread of net0')).toMatchObject({
      status: 'failed',
      found: 'received by queue: 9, 0',
    });
  });

  it('are told with packets, bytes and drops', () => {
    const { status, found } = judge({ 'network.1': figures([4, 5]) }).get('start 1: traffic of net0') ?? {};
    expect(status).toBe('passed');
    expect(found).toBe('received 9 packets, 200 bytes; sent 10, 100 bytes; dropped: rxNoBuffer 2');
    expect(judge({ 'network.1': figures([0, 0]) }).get('start 1: traffic of net0')?.status).toBe('failed');
    expect(judge({}).get('start 1: traffic of net0')?.status).toBe('failed');
  });
});

describe('a NIC', () => {
  const rows = (change: object, node = '3') =>
    judge({ nics: { format_version: 1, nics: [{ ...nic, ...change }] }, 'net0.node': node });

  it('is at its node, with its queues and descriptors', () => {
    for (const what of ['NUMA node', 'queues', 'descriptors', 'driver', 'MTU', 'link'])
      expect(rows({}).get(`net0: ${what}`)).toMatchObject({ status: 'passed' });
  });

  it.each([
    ['NUMA node', {}, '0'],
    ['queues', { tx_queues: 1 }, '3'],
    ['descriptors', { rx_descriptors: 512 }, '3'],
    ['driver', { driver: 'net_other' }, '3'],
    ['link', { link: false }, '3'],
  ])('with another %s fails', (what, change, node) => {
    expect(rows(change, node).get(`net0: ${what}`)).toMatchObject({ status: 'failed' });
  });

  it('that does not tell of its descriptors is not judged by them', () => {
    expect(rows({ rx_descriptors: 0 }).get('net0: descriptors')).toMatchObject({ status: 'skipped' });
  });
});
