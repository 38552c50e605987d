/** out/<name>/manifest.json: what was written, from what, with what. Written last, so that it never promises too much. */
import { z } from 'zod';

const formatVersion = 1;

const manifestSchema = z.object({
  format_version: z.literal(formatVersion),
  name: z.string(),
  spec_hash: z.string(),
  /** SHA-256 of each file, by its path relative to the manifest; never a path that leads out of its folder. */
  files: z.record(z.string().regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$)).+$/), z.string()),
  /** Hash of the plan and of the generator that printed it: see emission.ts. */
  emission: z.string().default(''),
  toolchain: z.record(z.string(), z.string().nullable()),
  decisions: z.record(z.string(), z.unknown()),
});

export type Manifest = z.infer<typeof manifestSchema>;

export const manifestName = 'manifest.json';

export function parseManifest(text: string): Manifest | { readonly problem: string } {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { problem: 'it is not JSON' };
  }
  const version = (data as { format_version?: unknown } | null)?.format_version;
  if (version !== formatVersion)
    return { problem: `its format is ${String(version)}, this version knows ${formatVersion}` };
  const parsed = manifestSchema.safeParse(data);
  return parsed.success ? parsed.data : { problem: 'fields are missing' };
}

/** Keys in order, so that equal manifests are equal files. */
export function printManifest(manifest: Omit<Manifest, 'format_version'>): string {
  const sorted = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  const data: Manifest = {
    format_version: formatVersion,
    name: manifest.name,
    spec_hash: manifest.spec_hash,
    files: sorted(manifest.files),
    emission: manifest.emission,
    toolchain: sorted(manifest.toolchain),
    decisions: sorted(manifest.decisions),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}
