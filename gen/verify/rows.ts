/** The judgement: what was planned, against what was read back. A function for each thing. */

import type { NicFigures } from '../control/api.ts';
import { nicModel } from '../hardware/nics.ts';
import type { NicPlan, Plan } from '../plan/plan.ts';
import { catalogueRows } from './catalogue-rows.ts';
import { type NicFacts, parseFacts, parseNetwork } from './facts.ts';
import { memoryRows } from './memory-rows.ts';
import { emulatedModel } from './models.ts';
import { offloadBits, offloadNames } from './offload-bits.ts';
import type { Evidence, Row, Status } from './verdict.ts';
import type { Wire } from './wires.ts';

interface Subject {
  readonly plan: Plan;
  readonly nic: NicPlan;
  readonly facts: NicFacts;
  readonly found: Evidence['found'];
}

type Check = (subject: Subject) => Omit<Row, 'what'> | undefined;

const passedIf = (good: boolean): Status => (good ? 'passed' : 'failed');

const same = (planned: string | number, found: string | number): Omit<Row, 'what'> => ({
  status: passedIf(planned === found),
  planned: String(planned),
  found: String(found),
});

const checks: Readonly<Record<string, Check>> = {
  'PCI id': ({ nic, found }) => {
    const id = found.get(`${nic.name}.id`);
    const known = nicModel(nic.model).pciIds;
    return id === undefined
      ? undefined
      : { status: passedIf(known.includes(id)), planned: known.join(' or '), found: id };
  },
  driver: ({ nic, facts }) => same(nicModel(nic.model).driver, facts.driver),
  'receive function': ({ nic, facts }) => {
    const planned = nic.receiveMode;
    if (!facts.rx_mode) return { status: 'skipped', found: 'the driver does not tell' };
    if (planned === undefined) return { status: 'skipped', found: `${facts.rx_mode}; none is planned` };
    return { status: passedIf(facts.rx_mode.includes(planned)), planned, found: facts.rx_mode };
  },
  'NUMA node': ({ nic, plan, found }) => {
    const node = found.get(`${nic.name}.node`);
    return plan.nodes.length > 0 && node !== undefined ? same(String(nic.numaNode), node) : undefined;
  },
  queues: ({ nic, facts }) => {
    const { rx_queues: rx, tx_queues: tx } = facts;
    return same(nic.queues.length, rx === tx ? rx : `${rx} to receive, ${tx} to transmit`);
  },
  descriptors: ({ nic, facts }) => {
    const rings = (rx: number, tx: number) => `${rx} to receive, ${tx} to transmit`;
    const { rx_descriptors: rx, tx_descriptors: tx } = facts;
    if (!rx || !tx) return { status: 'skipped', found: 'the driver does not tell' };
    return same(rings(nic.rxDescriptors, nic.txDescriptors), rings(rx, tx));
  },
  MTU: ({ nic, facts }) => same(nic.mtu, facts.mtu),
  offloads: ({ nic, facts }) => {
    const planned = nic.offloads.reduce((mask, offload) => mask | offloadBits[offload], 0);
    const { offloadsDependOnPeer = false } = nicModel(nic.model);
    const missing = facts.missing ? `; software does ${offloadNames(facts.missing)}` : '';
    const status = facts.offloads === planned ? 'passed' : offloadsDependOnPeer && missing ? 'skipped' : 'failed';
    return { status, planned: offloadNames(planned), found: `${offloadNames(facts.offloads)}${missing}` };
  },
  link: ({ nic, facts }) => {
    if (facts.link) return { status: 'passed', found: 'up' };
    const socket = nicModel(nic.model).attach === 'socket';
    return socket
      ? { status: 'skipped', found: 'down so far: nobody waits for the other end of a socket' }
      : { status: 'failed', found: 'down' };
  },
};

/** Every row of the plan is there, also when the evidence is not. */
export function rowsOf(plan: Plan, wires: readonly Wire[], evidence: Evidence): Row[] {
  const { ending, reason, seconds } = evidence;
  const dialog: Row = {
    what: 'dialog',
    status: passedIf(ending === 'done'),
    found: ending === 'done' ? `${seconds.toFixed(1)} s` : `${ending}: ${reason}`,
  };
  const facts = parseFacts(evidence.found.get('nics'));
  const nics = plan.nics.flatMap((nic) =>
    nicRows(
      plan,
      nic,
      facts?.find(({ name }) => name === nic.name),
      evidence,
    ),
  );
  return [dialog, ...nics, ...[1, 2].flatMap((round) => roundRows(round, plan, wires, evidence))];
}

function nicRows(plan: Plan, nic: NicPlan, facts: NicFacts | undefined, { found }: Evidence): Row[] {
  if (!facts) return [{ what: `${nic.name}: start`, status: 'failed', found: 'the binary brought no NIC up' }];
  const planned = Object.entries(checks).flatMap(([name, check]) => {
    const row = check({ plan, nic, facts, found });
    return row ? [{ what: `${nic.name}: ${name}`, ...row }] : [];
  });
  return [...planned, ...catalogueRows(nic, facts.limits)];
}

/** Conversations and end of one start; the second shows that the first left nothing behind. */
function roundRows(round: number, plan: Plan, wires: readonly Wire[], { found }: Evidence): Row[] {
  const told = (name: string, what: string): Row => {
    const status = found.get(`${name}.status`);
    const text = found.get(name);
    return { what, status: passedIf(status === '0'), found: text ?? 'nothing was told' };
  };
  const asks = wires.flatMap((wire) => wire.asks);
  const rows = asks.map((ask) =>
    told(`ask.${round}.${ask.name}`, `start ${round}: ${ask.app} over ${ask.nic}, ${ask.address} port ${ask.port}`),
  );
  const none: Row = {
    what: `start ${round}: data`,
    status: 'skipped',
    found: 'no redis-server of the config listens, and the peer speaks nothing else',
  };
  const ended = found.get(`stop.${round}`);
  const end = { status: passedIf(ended === '0'), planned: 'exit status 0', found: ended ?? 'nothing was told' };
  return [
    ...(rows.length > 0 ? rows : [none]),
    ...trafficRows(round, plan, wires, found),
    ...memoryRows(round, plan, found),
    { what: `start ${round}: end at SIGTERM`, ...end },
  ];
}

/** What the runtime has counted when the conversations were over. */
function trafficRows(round: number, plan: Plan, wires: readonly Wire[], found: Evidence['found']): Row[] {
  const network = parseNetwork(found.get(`network.${round}`));
  return plan.nics.flatMap((nic) => {
    const what = (thing: string) => `start ${round}: ${thing} of ${nic.name}`;
    const figures = network?.nics.find(({ name }) => name === nic.name);
    if (!figures) return [{ what: what('traffic'), status: 'failed', found: 'the runtime told nothing' }];
    const asked = wires.some((wire) => wire.nic === nic.name && wire.asks.length > 0);
    const traffic: Row = { what: what('traffic'), ...trafficOf(figures) };
    return [
      asked ? traffic : { ...traffic, status: 'skipped' as const },
      ...spreadRows(what('spread'), nic, figures, asked),
    ];
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function trafficOf({ queues, drops }: NicFigures): Omit<Row, 'what'> {
  const [rx, rxBytes, tx, txBytes] = (['rxPackets', 'rxBytes', 'txPackets', 'txBytes'] as const).map((key) =>
    sum(queues.map((queue) => queue[key])),
  );
  const lost = Object.entries(drops).flatMap(([name, count]) => (count ? [`${name} ${count}`] : []));
  return {
    status: passedIf(Boolean(rx && tx)),
    found: `received ${rx} packets, ${rxBytes} bytes; sent ${tx}, ${txBytes} bytes; dropped: ${lost.join(', ') || 'none'}`,
  };
}

/** Connections from many ports: each queue has had some of them. */
function spreadRows(what: string, nic: NicPlan, { queues }: NicFigures, asked: boolean): Row[] {
  if (nic.queues.length === 1 || !asked) return [];
  const found = `received by queue: ${queues.map(({ rxPackets }) => rxPackets).join(', ')}`;
  const excuse = emulatedModel(nic.model)?.oneQueue;
  const each = queues.every(({ rxPackets }) => rxPackets > 0);
  if (!each && excuse) return [{ what, status: 'skipped', found: `${found}; ${excuse}` }];
  return [{ what, status: passedIf(each), planned: 'packets in each queue', found }];
}
