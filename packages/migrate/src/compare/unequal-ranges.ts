// Goes through two stores bucket by bucket, by digests that are made where the records lie, and gives the ranges that must be read.
import {
  bulkOfScope,
  canJoin,
  openJoined,
  type Bulk,
  type DigestForm,
  type Extent,
  type KeyRange,
  type StoredKey,
} from "@td/storage/internal";
import type { AnyTable } from "@td/storage";
import type { RecordStore, ScanRange } from "../stores/record-store.ts";
import { formOf, tableBehind, type TableBehind } from "./table-behind.ts";

/** One bucket of both sides. */
export interface ComparedRange<Range> {
  /** Its keys. */
  readonly range: Range;
  /** Records of the first side, when they are known to be equal to those of the second; `undefined` when the range must be read. */
  readonly equal: number | undefined;
}

/** How two stores can be compared without reading them: by digests of their own, by rows of one table, or not at all. */
export function comparedRanges<T>(a: RecordStore<T>, b: RecordStore<T>, size: number): AsyncIterable<ComparedRange<ScanRange>> {
  const [first, second] = [tableBehind(a), tableBehind(b)];
  if (first !== undefined && second !== undefined && first.fromRow === second.fromRow && formOf(first.table) === formOf(second.table))
    return tableRanges(first, second, size);
  return a.digest !== undefined && b.digest !== undefined ? digestRanges(a, b, size) : wholeRange();
}

async function* wholeRange(): AsyncGenerator<ComparedRange<ScanRange>> {
  yield { range: {}, equal: undefined };
}

/** Buckets asked for at once: few round trips, little to throw away. */
const AT_ONCE = 16;

async function* digestRanges<T>(a: RecordStore<T>, b: RecordStore<T>, size: number): AsyncGenerator<ComparedRange<ScanRange>> {
  for (let after: string | undefined; ;) {
    const buckets = (await a.digest?.({ ...from(after), size, buckets: AT_ONCE })) ?? [];
    for (const { through, count, form, digest } of buckets) {
      const range = { ...from(after), ...(through !== null && { through }) };
      const [other] = (await b.digest?.(range)) ?? [];
      // Another form says nothing about anything that follows either.
      if (other?.form !== form) return yield { range: from(after), equal: undefined };
      yield { range, equal: other.digest === digest && other.count === count ? count : undefined };
      if (through === null) return;
      after = through;
    }
    if (buckets.length < AT_ONCE) return yield { range: from(after), equal: undefined };
  }
}

function from(after: string | undefined): ScanRange {
  return after === undefined ? {} : { after };
}

async function* tableRanges(a: TableBehind, b: TableBehind, size: number): AsyncGenerator<ComparedRange<ScanRange>> {
  const scopes = [bulkOfScope(a.scope), bulkOfScope(b.scope)] as const;
  const text = (key: StoredKey | undefined): string | undefined => (key === undefined ? undefined : String(key[1]));
  for await (const { range, equal } of bulkRanges(...scopes, [a.table, b.table], "content", size)) {
    const [after, through] = [text(range.after), text(range.through)];
    yield { range: { ...from(after), ...(through !== undefined && { through }) }, equal };
  }
}

/** How often a bucket may be larger on the second side than on the first, before it is read instead of digested: memory stays bounded. */
const SKEW = 4;

/** The buckets of one table on two databases, of one user each or of all; up to and with `last`, when it is given. */
export async function* bulkRanges(
  a: Bulk,
  b: Bulk,
  [tableA, tableB]: readonly [AnyTable, AnyTable],
  extent: Extent,
  size: number,
  last?: StoredKey,
): AsyncGenerator<ComparedRange<KeyRange>> {
  const user = (bulk: Bulk, { after, through }: KeyRange): KeyRange => ({
    ...(after !== undefined && { after: owned(bulk, after) }),
    ...(through !== undefined && { through: owned(bulk, through) }),
  });
  const joined = tableA.name === tableB.name && canJoin(a, b) ? await openJoined(a, b) : undefined;
  const form: DigestForm = a.engine === "postgres" && b.engine === "postgres" ? "hash" : "text";
  const equalRows = async (range: KeyRange): Promise<number | undefined> => {
    if (joined !== undefined) {
      const counts = joined.count(tableA, range, extent);
      return counts.a === counts.b && counts.a === counts.same ? counts.a : undefined;
    }
    if (form === "text" && (await b.keyAt(tableB, user(b, range), SKEW * size)) !== undefined) return undefined;
    const [one, other] = await Promise.all([
      a.digest(tableA, user(a, range), extent, form),
      b.digest(tableB, user(b, range), extent, form),
    ]);
    return one.rows === other.rows && one.digest === other.digest ? one.rows : undefined;
  };
  try {
    for (let after: KeyRange = last === undefined ? {} : { through: last }; ;) {
      const end = await a.keyAt(tableA, user(a, after), size - 1);
      const range = end === undefined ? after : { ...after, through: end };
      yield { range, equal: await equalRows(range) };
      if (end === undefined) return;
      after = { ...after, after: end };
    }
  } finally {
    joined?.close();
  }
}

/** A key of one side as one of the other: two users can be compared. */
function owned({ userId }: Bulk, key: StoredKey): StoredKey {
  return userId === undefined ? key : [userId, ...key.slice(1)];
}
