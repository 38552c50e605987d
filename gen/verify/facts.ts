/** What a binary says of its NICs with --nics. It is another program's output: its shape is checked. */
import { z } from 'zod';

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
