// The accounts of an import: every record that was read is in exactly one of four places, or the batch does not commit.
import type { RejectReason } from "./reasons.ts";

/** How many records ended where. */
export interface Counts {
  /** Records that the source held so far. */
  readonly read: number;
  /** Records whose rows are new in the table. */
  readonly written: number;
  /** Records whose rows were already there with the same content. */
  readonly identical: number;
  /** Records whose key is taken by a row with other content; that row stands, the record is kept beside it. */
  readonly conflict: number;
  /** Records that cannot be taken; each is kept whole, with its reason. */
  readonly rejected: number;
}

/** Where a source has been read to. */
export interface Cursor {
  /** Bytes of the source behind it (records, for a source without bytes). */
  readonly byteOffset: number;
  /** Number of the next line, from 1. */
  readonly line: number;
}

/** How many records were rejected for each reason. */
export type ByReason = Readonly<Partial<Record<RejectReason, number>>>;

/** Nothing read. */
export const NOTHING: Counts = { read: 0, written: 0, identical: 0, conflict: 0, rejected: 0 };

/** The sum of two accounts. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    read: a.read + b.read,
    written: a.written + b.written,
    identical: a.identical + b.identical,
    conflict: a.conflict + b.conflict,
    rejected: a.rejected + b.rejected,
  };
}

/** Records that are in none of the four places, or counted twice: 0 when the account balances. */
export function imbalance(counts: Counts): number {
  return counts.read - counts.written - counts.identical - counts.conflict - counts.rejected;
}

/** The sum of two counts by reason. */
export function addReasons(a: ByReason, reasons: Iterable<RejectReason>): ByReason {
  const sum: Partial<Record<RejectReason, number>> = { ...a };
  for (const reason of reasons) sum[reason] = (sum[reason] ?? 0) + 1;
  return sum;
}
