// Walks both sides in the order of their keys and gives the keys that seem to differ, in arrays. Constant memory: one array of records per side.
import { compareKeys } from "../core/compare-keys.ts";
import { differingFields, type CanonicalRules } from "../core/canonical-fields.ts";
import type { RecordStore, StoredRecord } from "../stores/record-store.ts";

/** Keys that seemed equal, and those that did not. */
export interface Walked {
  /** Keys that seemed equal since the last array. */
  readonly matched: number;
  /** Keys to look at again. */
  readonly suspects: readonly string[];
}

/** Suspects per array. */
const BATCH = 200;
/** Equal keys after which an array is given even if nothing is suspect, so that a caller can stop. */
const REST = 5000;

/** Compares two stores. What it says of a key that is being written means nothing: look again. */
export async function* walk<T>(
  a: RecordStore<T>,
  b: RecordStore<T>,
  canonical: CanonicalRules,
  signal?: AbortSignal,
): AsyncGenerator<Walked> {
  const [left, right] = [new Cursor(a), new Cursor(b)];
  let matched = 0;
  let suspects: string[] = [];
  try {
    for (;;) {
      const [first, second] = [left.current ?? (await left.next()), right.current ?? (await right.next())];
      if (first === undefined && second === undefined) break;
      const order = first === undefined ? 1 : second === undefined ? -1 : compareKeys(first.key, second.key);
      if (order === 0 && differingFields(first?.value, second?.value, canonical).length === 0) matched++;
      else suspects.push((order <= 0 ? first : second)?.key ?? "");
      if (order <= 0) left.skip();
      if (order >= 0) right.skip();
      if (suspects.length < BATCH && matched < REST) continue;
      signal?.throwIfAborted();
      yield { matched, suspects };
      [matched, suspects] = [0, []];
    }
    yield { matched, suspects };
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}

/** The records of a scan one by one; it waits only between two arrays. */
class Cursor<T> {
  readonly #arrays: AsyncIterator<readonly StoredRecord<T>[]>;
  #array: readonly StoredRecord<T>[] = [];
  #at = 0;
  #done = false;

  constructor(store: RecordStore<T>) {
    this.#arrays = store.scan()[Symbol.asyncIterator]();
  }

  /** The record that is next, when no array has to be fetched for it. */
  get current(): StoredRecord<T> | undefined {
    return this.#array[this.#at];
  }

  /** The record that is next; `undefined` at the end. */
  async next(): Promise<StoredRecord<T> | undefined> {
    while (this.#at >= this.#array.length && !this.#done) {
      const { done, value } = await this.#arrays.next();
      this.#done = done === true;
      [this.#array, this.#at] = [done === true ? [] : value, 0];
    }
    return this.current;
  }

  skip(): void {
    this.#at++;
  }

  async close(): Promise<void> {
    if (!this.#done) await this.#arrays.return?.();
  }
}
