// Compares two stores record by record, and reads only what is not proved equal where it lies.
import { setTimeout as sleep } from "node:timers/promises";
import { differingFields, plainText, type CanonicalRules } from "../core/canonical-fields.ts";
import { MigrateError } from "../errors.ts";
import type { RecordStore } from "../stores/record-store.ts";
import { BUCKET, walkUnequal, withContentRules } from "./walk-unequal.ts";

/** How stores are compared. */
export interface CompareOptions {
  /** When two spellings of a field are one value, by field: `{ price: sameDecimal() }`. Default: equal JSON, a `Decimal` by its digits. */
  readonly canonical?: CanonicalRules;
  /** What is done about keys that are being written. Default three looks, 100 milliseconds apart. */
  readonly settle?: SettleOptions;
  /** Differences that are listed, 0 to 100,000; all are counted. Default 1000. */
  readonly limit?: number;
  /** Records per bucket, 100 to 100,000. Default 5000: a differing record costs the reading of so many on both sides. */
  readonly bucketSize?: number;
  /** Stops between two buckets with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told after each bucket, and every few thousand records that are read. */
  readonly onProgress?: (progress: CompareProgress) => void;
}

/** When a key that differs is believed to differ: when it was found the same, and different, twice in a row. */
export interface SettleOptions {
  /** Looks at most, 1 to 100; 1 believes the first, for stores at rest. Default 3. A key that changes at every look is counted as unsettled. */
  readonly looks?: number;
  /** Milliseconds between two looks. Default 100. */
  readonly delayMs?: number;
  /** Which of the keys somebody is known to be writing: they are unsettled, whatever is found. Default none. */
  readonly inFlight?: (keys: readonly string[]) => Iterable<string> | Promise<Iterable<string>>;
}

/** How far a comparison is. */
export interface CompareProgress {
  /** Keys compared. */
  readonly keys: number;
  /** Keys that were read, the others having been compared where they lie. */
  readonly read: number;
}

/** One key that differs. */
export interface StoreDifference {
  /** The key. */
  readonly key: string;
  /** `missing`: the second store lacks it; `extra`: only the second has it; `different`: both have it, with other content. */
  readonly kind: "missing" | "extra" | "different";
  /** The fields that differ, for `different`. */
  readonly fields: readonly FieldDifference[];
}

/** One field that differs. */
export interface FieldDifference {
  /** Its name; `(value)` for a record that is not an object. */
  readonly field: string;
  /** What the first store has. */
  readonly a: unknown;
  /** What the second store has. */
  readonly b: unknown;
}

/** What a comparison found: `keys = equal + missing + extra + different + unsettled`. */
export interface CompareReport {
  /** Whether every key is equal. */
  readonly clean: boolean;
  /** Keys on either side. */
  readonly keys: number;
  /** Keys with equal content. */
  readonly equal: number;
  /** Keys that the second store lacks. */
  readonly missing: number;
  /** Keys that only the second store has. */
  readonly extra: number;
  /** Keys with other content. */
  readonly different: number;
  /** Keys that kept changing, so that nothing can be said of them. */
  readonly unsettled: number;
  /** Keys that were read; the others were compared where they lie. */
  readonly read: number;
  /** The first differences by key, {@link CompareOptions.limit} of them. */
  readonly differences: readonly StoreDifference[];
}

/**
 * Compares two stores in constant memory. Two stores over one td table on SQLite files are joined by SQLite, on PostgreSQL they are compared by hashes
 * made in the databases, across engines by digests over one text per row; stores with a `digest` of one form by that. Only buckets that differ are
 * read. All others are scanned side by side. Columns that a table declares `assigned` do not count.
 *
 * Keys are text, unique on either side; what is written meanwhile is looked at again before it is called different.
 *
 * Throws `invalid-option`, and what the stores throw.
 */
export async function compareStores<T>(a: RecordStore<T>, b: RecordStore<T>, options: CompareOptions = {}): Promise<CompareReport> {
  const limit = whole("limit", options.limit ?? 1000, 0, 100_000);
  const differences: StoreDifference[] = [];
  const totals = { equal: 0, missing: 0, extra: 0, different: 0, unsettled: 0, read: 0 };
  const keysOf = (): number => totals.equal + totals.missing + totals.extra + totals.different + totals.unsettled;
  for await (const part of compareParts(a, b, options)) {
    totals.equal += part.equal;
    totals.unsettled += part.unsettled;
    totals.read += part.read;
    for (const difference of part.differences) {
      totals[difference.kind]++;
      if (differences.length < limit) differences.push(difference);
    }
    options.onProgress?.({ keys: keysOf(), read: totals.read });
  }
  const keys = keysOf();
  return { clean: keys === totals.equal, keys, ...totals, differences };
}

/** All differences of two stores by key, in arrays, however many there are; see {@link compareStores}. */
export async function* streamDifferences<T>(
  a: RecordStore<T>,
  b: RecordStore<T>,
  options: CompareOptions = {},
): AsyncGenerator<readonly StoreDifference[]> {
  for await (const { differences } of compareParts(a, b, options)) if (differences.length > 0) yield differences;
}

interface Part {
  readonly equal: number;
  readonly unsettled: number;
  readonly read: number;
  readonly differences: readonly StoreDifference[];
}

async function* compareParts<T>(a: RecordStore<T>, b: RecordStore<T>, options: CompareOptions): AsyncGenerator<Part> {
  const size = whole("bucketSize", options.bucketSize ?? BUCKET, 100, 100_000);
  const rules = withContentRules(a, b, options.canonical);
  const look = looker(a, b, rules);
  const settings = checkedSettle(options.settle);
  for await (const { matched, suspects, read } of walkUnequal(a, b, rules, { size, signal: options.signal })) {
    const settled = await settle(suspects, look, settings, options.signal);
    yield { ...settled, equal: settled.equal + matched, read };
  }
}

/** What one look at a key found: the difference, and what it was made of. */
interface Looked {
  readonly difference: StoreDifference | undefined;
  readonly seen: string;
}

type Look = (key: string) => Promise<Looked>;

function looker<T>(a: RecordStore<T>, b: RecordStore<T>, rules: CanonicalRules): Look {
  return async (key) => {
    const [first, second] = await Promise.all([a.get(key), b.get(key)]);
    return { difference: differenceOf(key, first, second, rules), seen: `${plainText(first)}\n${plainText(second)}` };
  };
}

function differenceOf(key: string, a: unknown, b: unknown, rules: CanonicalRules): StoreDifference | undefined {
  if (a === undefined && b === undefined) return undefined;
  if (b === undefined) return { key, kind: "missing", fields: [] };
  if (a === undefined) return { key, kind: "extra", fields: [] };
  const fields = differingFields(a, b, rules).map((field) => ({ field, a: fieldOf(a, field), b: fieldOf(b, field) }));
  return fields.length === 0 ? undefined : { key, kind: "different", fields };
}

function fieldOf(value: unknown, field: string): unknown {
  return field === "(value)" || typeof value !== "object" || value === null ? value : (value as Readonly<Record<string, unknown>>)[field];
}

/** Looks at keys until each is equal, or was found different in the same way twice. */
async function settle(
  suspects: readonly string[],
  look: Look,
  { looks, delayMs, inFlight }: Required<SettleOptions>,
  signal: AbortSignal | undefined,
): Promise<Omit<Part, "read">> {
  if (suspects.length === 0) return { equal: 0, unsettled: 0, differences: [] };
  const differences: StoreDifference[] = [];
  const busy = new Set(await inFlight(suspects));
  let equal = 0;
  let open = new Map(suspects.filter((key) => !busy.has(key)).map((key) => [key, ""]));
  for (let round = 1; round <= looks && open.size > 0; round++) {
    if (round > 1) await sleep(delayMs, undefined, { ...(signal !== undefined && { signal }) });
    const next = new Map<string, string>();
    for (const { key, before, difference, seen } of await lookAtAll(open, look)) {
      if (difference === undefined) equal++;
      else if (seen === before || looks === 1) differences.push(difference);
      else next.set(key, seen);
    }
    open = next;
  }
  return { equal, unsettled: busy.size + open.size, differences };
}

/** Keys looked at at once. */
const LOOKS_AT_ONCE = 8;

async function lookAtAll(
  open: ReadonlyMap<string, string>,
  look: Look,
): Promise<readonly (Looked & { readonly key: string; readonly before: string })[]> {
  const all = [...open];
  const looked: (Looked & { readonly key: string; readonly before: string })[] = [];
  for (let at = 0; at < all.length; at += LOOKS_AT_ONCE) {
    const some = all.slice(at, at + LOOKS_AT_ONCE).map(async ([key, before]) => ({ key, before, ...(await look(key)) }));
    looked.push(...(await Promise.all(some)));
  }
  return looked;
}

function checkedSettle({ looks = 3, delayMs = 100, inFlight = () => [] }: SettleOptions = {}): Required<SettleOptions> {
  return { looks: whole("settle.looks", looks, 1, 100), delayMs: whole("settle.delayMs", delayMs, 0, 3_600_000), inFlight };
}

function whole(option: string, value: number, from: number, to: number): number {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value;
  throw new MigrateError("invalid-option", `compareStores: ${option} must be a whole number from ${from} to ${to}, not ${value}.`, {
    facts: { option, value },
  });
}
