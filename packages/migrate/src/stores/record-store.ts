// The one way that td reads and writes keyed records, wherever they lie: five methods, the same for a JSON file and for a table.
import type { BucketDigest, DigestRequest } from "../compare/digest-request.ts";

/** One record under its key. */
export interface StoredRecord<T> {
  /** The key: text that is not empty, unique in the store. */
  readonly key: string;
  /** The content. Numbers that must stay exact are text, `Decimal` or `bigint`, never a JavaScript number. */
  readonly value: T;
}

/** Which keys a scan covers. */
export interface ScanRange {
  /** Keys after this one; default from the first. */
  readonly after?: string;
  /** Keys up to this one, itself included; default to the last. */
  readonly through?: string;
}

/** Keyed records somewhere. An adapter per kind of place implements it; each says how much of a `put` is written when it fails. */
export interface RecordStore<T> {
  /** The name that reports and errors use, such as a path or a table. */
  readonly name: string;
  /** The content of a key, or `undefined` when there is none. */
  get(key: string): Promise<T | undefined>;
  /** Writes records, new or in the place of those under the same keys; of a key given twice the last counts. All or none where the store can. */
  put(records: readonly StoredRecord<T>[]): Promise<void>;
  /** Removes keys; one that is not there is no error. All or none where the store can. */
  delete(keys: readonly string[]): Promise<void>;
  /** All records of a range in rising order of the keys' UTF-8 bytes, as arrays that are never empty. Memory holds one such array where the store can. */
  scan(range?: ScanRange): AsyncIterable<readonly StoredRecord<T>[]>;
  /** Digests a range where the records lie, so that only buckets that differ are read. Absent: the records are scanned instead. */
  digest?(request: DigestRequest): Promise<readonly BucketDigest[]>;
}
