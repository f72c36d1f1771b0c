// What a table has no column for is kept beside the row, under the name it had: stored, never computed with.

/** The fields that say something: neither null nor absent; `null` when there are none. */
export function kept(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  const present = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return present.length === 0 ? null : Object.fromEntries(present);
}
