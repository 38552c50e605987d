/** What a binary says of its NICs with --nics. It is another program's output: its shape is checked. */
import { z } from 'zod';

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
  queues: z.number(),
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

/** undefined: that is no report. */
export function parseFacts(text: string | undefined): readonly NicFacts[] | undefined {
  try {
    return report.parse(JSON.parse(text ?? '')).nics;
  } catch {
    return undefined;
  }
}
