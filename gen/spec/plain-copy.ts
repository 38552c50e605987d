/**
 * A copy of data that a config exported, with its getters run, so that nothing of the user's code runs later. What is no
 * data stays as it is (the schema refuses it); a value that contains itself becomes null inside.
 */
export function plainCopy(value: unknown, above: readonly unknown[] = []): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (above.includes(value)) return null;
  const inside = [...above, value];
  if (Array.isArray(value)) return value.map((entry) => plainCopy(entry, inside));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plainCopy(entry, inside)]));
}
