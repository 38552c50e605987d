/** What a binary says of itself: its NICs with --nics, the rest while it runs. Another program's output: its shape is checked. */
import { z } from 'zod';
import type { Network } from '../control/api.ts';
import { networkOf } from '../control/network.ts';

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
