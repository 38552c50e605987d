/** How many packets a queue pair owns, how large they are, and the memory that takes. */
import { type NicModelName, nicModel } from './nics.ts';

/** Packets that one call to the driver moves; larger bursts gain nothing and evict more of the first-level cache. */
export const burst = 32;

/** Free packets that a worker keeps at hand: below twice a burst the shared pool is visited on every call. */
export const poolCache = 4 * burst;

/** Packets on the way from one worker to another: BP_HANDOVER_SLOTS of runtime-c/net/handover.h. */
export const handoverSlots = 256;

/** Ethernet header, checksum and two VLAN tags: what the most demanding drivers add to the MTU. */
const frameOverhead = 14 + 4 + 8;

/** Intel's receive descriptors count buffers in KiB; 2048 is the least that all drivers take. */
const bufferGrain = 1024;
const bufferMin = 2048;

/** A page holds the whole packet of an AF_XDP socket: what is left after our 64 bytes and DPDK's headers and headroom. */
const xdpBufferMax = 3456 + 256;

/** Bytes of a buffer that takes any frame in one piece, headroom not counted. */
export function bufferBytes(model: NicModelName, mtu: number): number {
  const whole = Math.max(bufferMin, Math.ceil((mtu + frameOverhead) / bufferGrain) * bufferGrain);
  return model === 'af_xdp' ? Math.min(whole, xdpBufferMax) : whole;
}

/**
 * Packets of a queue pair: both rings full, the driver's own, the worker's cache (which may hold half as many again), one
 * burst being handled, and as many again as the receive ring for what the stack holds back: packets out of order and
 * fragments. With several queues, packets are handed to their other workers, whose caches hold some, too. Rounded up to
 * what the pool's ring holds, one less than a power of two.
 */
export function queuePackets(
  model: NicModelName,
  rxDescriptors: number,
  txDescriptors: number,
  queues: number,
): number {
  const own = nicModel(model).ownPackets?.value ?? 0;
  const others = (queues - 1) * (1.5 * poolCache + handoverSlots);
  const least = 2 * rxDescriptors + txDescriptors + own + 1.5 * poolCache + burst + others;
  return 2 ** Math.ceil(Math.log2(least + 1)) - 1;
}

/** Per packet beside its buffer: pool header 64, mbuf 128, our packet 64, headroom 128. */
const packetOverhead = 64 + 128 + 64 + 128;

/** DPDK's own tables, rings and drivers' private memory. */
const baseMiB = 64;

export interface QueueMemory {
  readonly packets: number;
  readonly buffer: number;
  readonly queues: number;
}

/** MiB for all queues of all NICs, with an eighth to spare for alignment. */
export const packetMemoryMiB = (nics: readonly QueueMemory[]): number => baseMiB + queueMiB(nics);

/** The same without what DPDK takes for itself. */
export function queueMiB(nics: readonly QueueMemory[]): number {
  const bytes = nics.reduce((sum, nic) => sum + nic.queues * nic.packets * (nic.buffer + packetOverhead), 0);
  return Math.ceil((bytes * 1.125) / (1 << 20));
}
