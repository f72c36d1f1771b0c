// Records in a JSON file: a list, an object of records, or either somewhere inside.
import { resolve } from "node:path";
import { fileDocument } from "./atomic-file.ts";
import { jsonDocumentStore, type JsonRecordsOptions } from "./json-document-store.ts";
import type { RecordStore } from "./record-store.ts";
import type { RawObject } from "../core/json-record.ts";

/** How a {@link jsonFileStore} reads and writes. */
export interface JsonFileStoreOptions<T> extends JsonRecordsOptions<T> {
  /** Milliseconds to wait for another process that writes the file. Default 5000. */
  readonly lockTimeoutMs?: number;
  /** `false`: only this process writes the file; then no file `PATH.td-lock` is made and better-sqlite3 is not needed. Default true. */
  readonly lock?: boolean;
}

/**
 * Records in a JSON file. A put or delete rewrites the file: beside it, made durable, then renamed, with the folder made durable too, so all or none
 * is written. Everything that is not a changed record keeps its bytes: other fields of the file, the digits of numbers, the layout.
 *
 * Holds the text in memory. Throws `store-malformed`, `duplicate-key`, `record-refused`, `store-busy`, `invalid-option`.
 */
export function jsonFileStore<T = RawObject>(path: string, options: JsonFileStoreOptions<T> = {}): RecordStore<T> {
  const lock = { timeoutMs: options.lockTimeoutMs ?? 5000, betweenProcesses: options.lock ?? true };
  return { ...jsonDocumentStore(fileDocument(resolve(path), lock), options), name: path };
}
