// What an import needs to know about a source. A new kind of source is one file that returns this.
import type { Cursor } from "../core/account.ts";
import type { RawObject } from "../core/json-record.ts";
import type { Rejection } from "../core/reasons.ts";
import type { KnownFields } from "../core/validate.ts";

/** One record as it lies in the source. */
export interface RawRecord {
  /** Line on which it begins, from 1; the number of the record for a source without lines. */
  readonly line: number;
  /** Bytes of the source before it; records, for a source without bytes. */
  readonly byteOffset: number;
  /** The cursor behind it. */
  readonly next: Cursor;
  /** Where it stands inside its source, when that has a name for it: `bots[3].orders[17]`, `trades[rowid=17]`. */
  readonly path?: string;
  /** Fields that it takes over from what stands around it. */
  readonly carried?: Readonly<Record<string, unknown>>;
  /** Why it can be no record at all, when its source knows. */
  readonly refused?: Rejection;
  /** The record as text; `null` when its bytes are not UTF-8. May be made anew each time it is read. */
  readonly text: string | null;
  /** Its bytes without the line ending. */
  raw(): Uint8Array;
  /** What is kept in its place when it is not taken, for a record that must not be kept whole: it names a secret. Default the record itself. */
  readonly redacted?: string;
}

/** A source that was opened: it exists, is what it claims to be, and can be read once. */
export interface OpenSource {
  /** What kind of source it is: `json-lines`, `csv`, `json`, `sqlite-table`, `records`. */
  readonly kind: string;
  /** Where it is: a path or a given name. */
  readonly name: string;
  /** Its size, `null` when it has no bytes. */
  readonly bytes: number | null;
  /** What identifies its content without reading all of it. Equal content has an equal fingerprint, wherever and whenever it was written. */
  readonly fingerprint: string;
  /** The place of its first record. */
  readonly start: Cursor;
  /**
   * The records from a place on, in order, in arrays of the source's own choosing.
   * `prefix` is what {@link OpenSource.prefix} gave at that place; throws `source-changed` when what lies before it is different now.
   */
  read(from: Cursor, prefix: string | null): AsyncIterable<readonly RawRecord[]>;
  /** Text -> the fields of a record. Called for records whose `text` is not null. */
  readonly parse: (text: string) => RawObject | Rejection;
  /**
   * SHA-256 of everything before a cursor, and what else the records before it were made of. Cursors must come in rising order, each one the `next` of a record
   * that was read.
   */
  prefix(cursor: Cursor): string;
  /** To be called after the last record: SHA-256 of the whole source. Throws `source-changed` when it is not what was opened. */
  finish(): Promise<string>;
  /** Lets go of the source. */
  close(): Promise<void>;
}

/** Where records come from. Made by `jsonFile`, `jsonLines`, `csvFile`, `sqliteTable`, `sqliteJsonColumn`, `postgresQuery`, `webStorageDump` or `records`. */
export interface Source {
  /** Opens the source and checks that it is what it claims to be, before anything is written. Throws {@link MigrateError}. */
  open(fields: KnownFields): Promise<OpenSource>;
}
