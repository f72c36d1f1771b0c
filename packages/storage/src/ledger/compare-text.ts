// The order of symbols everywhere in the ledger.

/** By UTF-16 code units, as @td/fifo sorts. SQLite sorts by code points, which differs beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
