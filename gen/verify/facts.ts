/** What a binary says of itself: its NICs with --nics, the rest while it runs. Another program's output: its shape is checked. */
import { z } from 'zod';
import type { Network } from '../control/api.ts';
import { networkOf } from '../control/network.ts';

const descriptors = z.object({ min: z.number(), max: z.number(), align: z.number() });

/** As rte_eth_dev_info_get() tells, whatever was planned. */
const limits = z.object({
  rx_queues: z.number(),
  tx_queues: z.number(),
  mtu: z.number(),
  rx_descriptors: descriptors,
  tx_descriptors: descriptors,
  offloads: z.number(),
  reta_entries: z.number(),
  spreads_flows: z.boolean(),
});

export type NicLimits = z.infer<typeof limits>;

const nicFacts = z.object({
  name: z.string(),
  model: z.string(),
  driver: z.string(),
  mac: z.string(),
  mtu: z.number(),
  rx_queues: z.number(),
  tx_queues: z.number(),
  rx_descriptors: z.number(),
  tx_descriptors: z.number(),
  link: z.boolean(),
  offloads: z.number(),
  missing: z.number(),
  rx_mode: z.string(),
  tx_mode: z.string(),
  wakes: z.boolean(),
  /** Absent: the driver does not tell. */
  limits: limits.optional(),
});

export type NicFacts = z.infer<typeof nicFacts>;

const report = z.object({ format_version: z.literal(1), nics: z.array(nicFacts) });

const pieces = z.object({
  what: z.string(),
  /** Where it is planned. */
  node: z.number(),
  pages: z.number(),
  wrong: z.number(),
  untold: z.number(),
});

export type MemoryPieces = z.infer<typeof pieces>;

const memory = z.object({ format_version: z.literal(1), memory: z.array(pieces) });

/** undefined: that is no report. So below. */
export const parseFacts = (text: string | undefined): readonly NicFacts[] | undefined =>
  parsed(text, (value) => report.parse(value).nics);

export const parseMemory = (text: string | undefined): readonly MemoryPieces[] | undefined =>
  parsed(text, (value) => memory.parse(value).memory);

export const parseNetwork = (text: string | undefined): Network | undefined =>
  parsed(text, (value) => networkOf(value as Record<string, unknown>));

function parsed<T>(text: string | undefined, parse: (value: unknown) => T): T | undefined {
  try {
    return parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}
