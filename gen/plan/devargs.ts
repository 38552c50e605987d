/** What DPDK is told about one NIC: the name of its port and the driver's arguments. */
import { nicModel } from '../hardware/nics.ts';
import type { NicSpec } from '../spec/types.ts';
import type { NicPlan } from './plan.ts';

/** A virtual device is named by its driver and its place among the NICs. */
export const portName = (nic: NicSpec, index: number): string => nic.pci ?? `${nicModel(nic.model).driver}${index}`;

/** Which end of a socket it is; undefined for devices without one. */
export function roleOf(nic: NicSpec): 'client' | 'server' | undefined {
  if (nicModel(nic.model).attach !== 'socket') return undefined;
  return nic.role ?? (nic.model === 'vhost-user' ? 'server' : 'client');
}

type Arguments = Record<string, string | number | undefined>;

const socketArguments = {
  memif: (nic: NicSpec, plan: Sized): Arguments => ({
    role: roleOf(nic),
    id: 0,
    socket: nic.device,
    'socket-abstract': 'no',
    rsize: Math.log2(plan.rxDescriptors),
    bsize: plan.buffer,
  }),
  'virtio-user': (nic: NicSpec, plan: Sized): Arguments => ({
    path: nic.device,
    queues: plan.queues.length,
    queue_size: plan.rxDescriptors,
    server: roleOf(nic) === 'server' ? 1 : undefined,
    mac: plan.mac?.map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
  }),
  'vhost-user': (nic: NicSpec, plan: Sized): Arguments => ({
    iface: nic.device,
    queues: plan.queues.length,
    client: roleOf(nic) === 'client' ? 1 : undefined,
  }),
};

const otherArguments = {
  af_xdp: (nic: NicSpec, plan: Sized): Arguments => ({
    iface: nic.device,
    start_queue: 0,
    queue_count: plan.queues.length,
  }),
  // Two frames of 2048 in a block of a page.
  af_packet: (nic: NicSpec, plan: Sized): Arguments => ({
    iface: nic.device,
    qpairs: plan.queues.length,
    framecnt: plan.rxDescriptors,
  }),
  tap: (nic: NicSpec): Arguments => ({ iface: nic.device }),
  null: (): Arguments => ({ 'no-rx': 1 }),
};

type Sized = Pick<NicPlan, 'port' | 'queues' | 'rxDescriptors' | 'buffer' | 'mac'>;

const makers: Record<string, (nic: NicSpec, plan: Sized) => Arguments> = { ...socketArguments, ...otherArguments };

export function devargs(nic: NicSpec, plan: Sized): string {
  const said = Object.entries(makers[nic.model]?.(nic, plan) ?? {}).filter(([, value]) => value !== undefined);
  return [plan.port, ...said.map(([name, value]) => `${name}=${value}`)].join(',');
}
