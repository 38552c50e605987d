/** Decisions about NICs: queues and who serves them, rings, buffers, offloads, and DPDK's arguments. */
import { createHash } from 'node:crypto';
import { type NicModel, nearestDescriptors, nicModel } from '../hardware/nics.ts';
import { bufferBytes, burst, packetMemoryMiB, poolCache, queueMiB, queuePackets } from '../hardware/packet-memory.ts';
import { bytesOf, parseAddress, parseCidr } from '../spec/addresses.ts';
import { defaults, packetsAreAnywhere } from '../spec/defaults.ts';
import type { NetworkSpec, NicSpec, Spec } from '../spec/types.ts';
import { devargs, portName, roleOf } from './devargs.ts';
import type { Ledger } from './ledger.ts';
import type { DpdkPlan, NetworkPlan, NicPlan, NicQueuePlan, PacketPagesPlan, WorkerPlan } from './plan.ts';

type Key = (field: string) => string;

export function planNics(spec: Spec, workers: readonly WorkerPlan[], ledger: Ledger): NicPlan[] {
  const nics = spec.hardware.nics ?? [];
  const first = Math.max(
    workers.findIndex((worker) => worker.numaNode === (nics[0]?.numaNode ?? 0)),
    0,
  );
  return nics.map((nic, index) => planNic(spec, nic, index, { workers, first }, ledger));
}

/** The workers, and which of them serves every NIC: what programs open goes over any of them. */
interface Serving {
  readonly workers: readonly WorkerPlan[];
  readonly first: number;
}

function planNic(spec: Spec, nic: NicSpec, index: number, serving: Serving, ledger: Ledger): NicPlan {
  const key: Key = (field) => `hardware.nics.${nic.name}.${field}`;
  const model = nicModel(nic.model);
  const ring = (field: 'rxDescriptors' | 'txDescriptors') =>
    ledger.choose(key(field), nic[field], {
      value: nearestDescriptors(nic.model, defaults[`hardware.nics.*.${field}`]),
      reason: `absorbs a burst, and model '${nic.model}' takes it`,
      source: 'default',
    });
  const wanted = ledger.choose(key('queues'), nic.queues, {
    value: defaults['hardware.nics.*.queues'],
    reason: 'every model has one',
    source: 'default',
  });
  const queues = Math.min(wanted, serving.workers.length);
  const mtu = ledger.choose(`network.${nic.name}.mtu`, spec.network?.[nic.name]?.mtu, {
    value: defaults['network.*.mtu'],
    reason: 'what every Ethernet carries',
    source: 'default',
  });
  const rings = { rxDescriptors: ring('rxDescriptors'), txDescriptors: ring('txDescriptors') };
  const buffer = ledger.derive(
    key('buffer'),
    bufferBytes(nic.model, mtu),
    `bytes that hold any frame of MTU ${mtu} in one piece: frames in several buffers forgo the fast receive functions`,
  );
  const packets = ledger.derive(
    key('packets'),
    queuePackets(nic.model, rings.rxDescriptors, rings.txDescriptors, queues),
    `each queue: twice ${rings.rxDescriptors} for the receive ring and what the stack holds back, ${rings.txDescriptors} ` +
      `in the transmit ring, ${model.ownPackets ? `${model.ownPackets.value} of the driver's own, ` : ''}the worker's ` +
      `cache and a burst${queues > 1 ? ", the other workers' caches and what is on the way to them" : ''}, up to a power ` +
      'of two less one',
  );
  const plan = {
    name: nic.name,
    model: nic.model,
    port: portName(nic, index),
    device: nic.pci ?? nic.device,
    serves: roleOf(nic) === 'server',
    mac: planMac(spec, nic, model, key, ledger),
    mtu,
    numaNode: nic.numaNode ?? defaults['hardware.nics.*.numaNode'],
    queues: planQueues(spec, nic, queues, serving, key, ledger),
    ...rings,
    buffer,
    packets,
    cache: ledger.derive(key('cache'), poolCache, 'four bursts: with less than two, each call visits the shared pool'),
    burst: ledger.derive(key('burst'), burst, 'packets that one call to the driver moves at most'),
    offloads: planOffloads(model, key, ledger),
    rss: planSteering(nic, model, queues, key, ledger),
    interrupts: planWaiting(spec, nic, model, key, ledger),
    linkWaitMilliseconds: ledger.derive(
      key('link wait'),
      model.attach === 'pci' ? 5000 : 0,
      model.attach === 'pci'
        ? 'milliseconds: a copper link negotiates for up to four seconds'
        : 'the other end of a virtual wire may come later, and nothing is lost by not waiting',
    ),
    receiveMode: model.receive?.mode,
    network: planNetwork(spec.network?.[nic.name]),
  };
  if (model.receive) ledger.derive(key('receive function'), model.receive.mode ?? 'vector', model.receive.selectedBy);
  return { ...plan, devargs: devargs(nic, plan) };
}

/** Facts, in the form that the stack reads. */
const planNetwork = (network: NetworkSpec | undefined): NetworkPlan => ({
  addresses: (network?.addresses ?? []).flatMap((text) => {
    const cidr = parseCidr(text);
    return cidr ? [{ bytes: bytesOf(cidr), prefix: cidr.prefix }] : [];
  }),
  gateways: [network?.gateway, network?.gateway6].flatMap((text) => {
    const address = text === undefined ? undefined : parseAddress(text);
    return address ? [{ bytes: bytesOf(address), family: address.family }] : [];
  }),
});

/**
 * One queue for each worker, its memory on the worker's NUMA node: that is where packets are touched. The first queue of
 * every NIC goes to the same worker, the others to those near the device.
 */
function planQueues(
  spec: Spec,
  nic: NicSpec,
  count: number,
  { workers, first }: Serving,
  key: Key,
  ledger: Ledger,
): NicQueuePlan[] {
  const near = (worker: WorkerPlan) => (worker.numaNode === (nic.numaNode ?? 0) ? 0 : 1);
  const rank = (worker: WorkerPlan, index: number) => (index === first ? -1 : near(worker));
  // Stable: workers on the device's node first, each group in its own order.
  const order = workers
    .map((worker, index) => ({ worker, index, rank: rank(worker, index) }))
    .sort((a, b) => a.rank - b.rank);
  const anywhere = packetsAreAnywhere(spec);
  return order.slice(0, count).map(({ worker, index }, queue) => {
    const where =
      near(worker) === 0
        ? "on the device's NUMA node"
        : index === first
          ? 'the worker that serves every NIC, for what programs open'
          : "no other worker is left on the device's NUMA node";
    ledger.derive(
      key(`queue ${queue}`),
      `worker ${index} (core ${worker.core}), memory on ${anywhere ? 'any node' : `node ${worker.numaNode}`}`,
      where,
    );
    return { worker: index, numaNode: anywhere ? -1 : worker.numaNode };
  });
}

function planOffloads(model: NicModel, key: Key, ledger: Ledger): NicPlan['offloads'] {
  // Who spreads flows by our key has put a packet where its hash says: nobody asks for the hash itself.
  const wanted = model.offloads.filter((offload) => offload !== 'rx-hash');
  ledger.derive(
    key('offloads'),
    wanted,
    wanted.length > 0
      ? 'all that the stack can use; what the device turns out not to have, it does itself'
      : 'the device has none: the stack computes checksums and cuts segments',
  );
  return wanted;
}

function planSteering(nic: NicSpec, model: NicModel, queues: number, key: Key, ledger: Ledger): boolean {
  const rss = model.rss && queues > 1;
  const [value, reason] =
    queues === 1
      ? ['none', 'one queue: its worker owns all flows, and the programs of all workers use them through memory']
      : rss
        ? [
            'rss',
            'the device spreads flows over its queues by a hash whose key we choose: a connection that a worker opens takes ' +
              'a port whose answers come back to it; fragments are put together and handed to the owner of their flow. A ' +
              'device that does not tell key and table at start is treated as one that spreads flows as it likes',
          ]
        : [
            'software',
            `model '${nic.model}' spreads flows as it likes: a flow is owned by the worker that the same hash names, and ` +
              'whoever gets a packet of it hands it over through a ring',
          ];
  ledger.derive(key('steering'), value as string, reason as string);
  return rss;
}

function planWaiting(spec: Spec, nic: NicSpec, model: NicModel, key: Key, ledger: Ledger): boolean {
  const busy = spec.policy?.polling === 'busy';
  const interrupts = !busy && (model.wakes === 'interrupt' || nic.model === 'tap');
  ledger.derive(
    key('wake-up'),
    busy ? 'none' : model.wakes,
    busy
      ? "polling is 'busy'"
      : {
          interrupt: 'an idle worker sleeps until the driver raises an interrupt',
          descriptor: 'the device is a descriptor of the host, on which an idle worker sleeps',
          no: 'the driver has nothing to sleep on: while the NIC is up, its worker polls',
        }[model.wakes],
  );
  return interrupts;
}

/** Virtual wires have no address burnt in: one that stays the same from start to start keeps neighbours' tables right. */
function planMac(spec: Spec, nic: NicSpec, model: NicModel, key: Key, ledger: Ledger): readonly number[] | undefined {
  const own = model.attach === 'pci' || nic.model === 'af_xdp' || nic.model === 'af_packet';
  const hash = createHash('sha256')
    .update(`${spec.name}/${nic.name}/${roleOf(nic) ?? ''}`)
    .digest();
  // Locally administered, for one receiver (IEEE 802, 8.2.2).
  const made = [0x02, ...hash.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  const text = ledger.choose(key('mac'), nic.mac, {
    value: own ? 'the device itself' : made,
    reason: own
      ? 'it has one'
      : 'locally administered, made of the names of the runtime and the NIC; the device has none',
    source: 'derived',
  });
  return /^[0-9a-f]{2}:/.test(text) ? text.split(':').map((byte) => Number.parseInt(byte, 16)) : undefined;
}

/** A node's own huge pages hold the packets of the queues that its workers serve. */
function packetPages(size: PacketPagesPlan['size'], nics: readonly NicPlan[]): PacketPagesPlan {
  const nodes = [...new Set(nics.flatMap((nic) => nic.queues.map(({ numaNode }) => numaNode)))].sort((a, b) => a - b);
  const on = (node: number) =>
    nics.map(({ queues, ...nic }) => ({ ...nic, queues: queues.filter(({ numaNode }) => numaNode === node).length }));
  const pageMiB = size === '1GiB' ? 1024 : 2;
  return { size, nodes: nodes.map((node) => ({ node, count: Math.ceil(queueMiB(on(node)) / pageMiB) })) };
}

/** DPDK as a whole: undefined without NICs. */
export function planDpdk(
  spec: Spec,
  nics: readonly NicPlan[],
  workers: readonly WorkerPlan[],
  ledger: Ledger,
): DpdkPlan | undefined {
  if (nics.length === 0) return undefined;
  const memory = packetMemoryMiB(nics.map((nic) => ({ ...nic, queues: nic.queues.length })));
  const hugepages = spec.hardware.hugepages !== undefined;
  ledger.derive(
    'packet memory',
    memory,
    `MiB for ${nics.length > 1 ? 'all NICs' : 'the NIC'}, on ${hugepages ? 'huge pages' : 'small pages, since hardware.hugepages names none: each packet then costs more address translations'}`,
  );
  const pci = nics.filter((nic) => nicModel(nic.model).attach === 'pci');
  return {
    args: [
      // The launcher's thread; workers join later as threads of their own. It keeps its affinity.
      `--lcores=0@${workers[0]?.core ?? 0}`,
      `--file-prefix=${spec.name}`,
      '--no-telemetry',
      '--log-level=*:warning',
      // Nothing of it is anybody else's: no files, no sockets.
      ...(hugepages ? ['--in-memory'] : ['--no-huge', '--no-shconf', '-m', String(memory)]),
      ...(pci.length > 0 ? pci.flatMap((nic) => ['-a', nic.devargs]) : ['--no-pci']),
      ...nics.filter((nic) => !pci.includes(nic)).map((nic) => `--vdev=${nic.devargs}`),
      ...(hugepages && nics.some((nic) => nic.model === 'virtio-user') ? ['--single-file-segments'] : []),
    ],
    // The 40 bytes of Microsoft's specification ("Verifying the RSS hash calculation"), and their beginning again for
    // devices that take 52.
    rssKey,
    hugepages: spec.hardware.hugepages && packetPages(spec.hardware.hugepages.size, nics),
  };
}

const rssKey = (() => {
  const text = '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa';
  const bytes = [...Buffer.from(text, 'hex')];
  return [...bytes, ...bytes.slice(0, 12)];
})();
