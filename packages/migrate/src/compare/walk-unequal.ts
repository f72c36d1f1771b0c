// Walks two stores bucket by bucket: what is proved equal where it lies is not read.
import type { CanonicalRules } from "../core/canonical-fields.ts";
import { walk, type Walked } from "../dual-write/candidates.ts";
import type { RecordStore, ScanRange } from "../stores/record-store.ts";
import { contentRules, tableBehind } from "./table-behind.ts";
import { comparedRanges } from "./unequal-ranges.ts";

/** A part of two stores: its equal keys, those to look at again, and how many were read for it. */
export interface WalkedPart extends Walked {
  /** Keys that were read; 0 for a bucket whose digests are equal. */
  readonly read: number;
}

/** Records per bucket unless somebody asks for another number: a differing record costs the reading of so many on both sides. */
export const BUCKET = 5000;

/** Goes through both stores in the order of their keys. What it says of a key that is being written means nothing: look again. */
export async function* walkUnequal<T>(
  a: RecordStore<T>,
  b: RecordStore<T>,
  rules: CanonicalRules,
  { size = BUCKET, signal }: { readonly size?: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<WalkedPart> {
  for await (const { range, equal } of comparedRanges(a, b, size)) {
    signal?.throwIfAborted();
    if (equal !== undefined) yield { matched: equal, suspects: [], read: 0 };
    else for await (const part of walk(within(a, range), within(b, range), rules, signal)) yield { ...part, read: keysOf(part) };
  }
}

function keysOf({ matched, suspects }: Walked): number {
  return matched + suspects.length;
}

function within<T>(store: RecordStore<T>, range: ScanRange): RecordStore<T> {
  return { ...store, scan: () => store.scan(range) };
}

/** The given rules, and those that leave out what is not content in the td tables behind two stores. */
export function withContentRules<T>(a: RecordStore<T>, b: RecordStore<T>, rules: CanonicalRules = {}): CanonicalRules {
  const behind = [tableBehind(a), tableBehind(b)].filter((one) => one !== undefined);
  return { ...Object.assign({}, ...behind.map(contentRules)), ...rules } as CanonicalRules;
}
