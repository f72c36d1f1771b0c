// What can be done with the rows of one table. Every method reaches the rows of the scope's user and no others.
import type { ValueIssue } from "./table/refusal.ts";
import type { AnyTable, ChangesOf, InputOf, KeyOf, OrderOf, RowOf, WhereOf } from "./table/types.ts";

/** One thing that is wrong with a row. */
export interface RowIssue {
  /** The property, or null when the row as a whole breaks a condition of the table. */
  readonly column: string | null;
  /** What is wrong. */
  readonly issue: ValueIssue | "constraint-failed";
  /** The broken condition by its name in the database, for `constraint-failed`. */
  readonly constraint?: string;
}

/** A row that was not written because another stands under its key. */
export interface Conflict<T extends AnyTable> {
  /** The row as it was given. */
  readonly row: InputOf<T>;
  /** The row that stands. */
  readonly existing: RowOf<T>;
}

/** A row that was not written because a column or a condition refuses it. */
export interface Rejection<T extends AnyTable> {
  /** The row as it was given. */
  readonly row: InputOf<T>;
  /** Everything that is wrong with it. */
  readonly issues: readonly RowIssue[];
}

/** What became of the rows given to `importMany`: written + identical + conflicts + rejected = given. */
export interface ImportResult<T extends AnyTable> {
  /** Rows written. */
  readonly written: number;
  /** Rows that stood already with the same content. */
  readonly identical: number;
  /** Rows whose key stands with other content; the standing row was kept. */
  readonly conflicts: readonly Conflict<T>[];
  /** Rows refused. */
  readonly rejected: readonly Rejection<T>[];
}

/**
 * What became of the rows given to `importMany` with `update-if-newer`: written + identical + updated + older + conflicts + rejected = given.
 * `conflicts` are those of which neither is newer: their `newerBy` is equal, or null on both sides.
 */
export interface NewerImportResult<T extends AnyTable> extends ImportResult<T> {
  /** Rows that took the place of an older one. */
  readonly updated: number;
  /** Rows that were older than the one that stands, which was kept. */
  readonly older: number;
}

/** How rows are chosen and ordered. */
export interface Selection<T extends AnyTable> {
  /** Conditions that all must hold; default none. `undefined` is refused, here as in its conditions. */
  readonly where?: WhereOf<T>;
  /** The order: `primaryKey` (default) or an index without nullable columns. */
  readonly orderBy?: OrderOf<T>;
  /** Ascending (default) or descending. */
  readonly direction?: "asc" | "desc";
}

/** Which page is asked for. */
export interface PageRequest<T extends AnyTable> extends Selection<T> {
  /** Rows after this cursor. Not together with `before`. */
  readonly after?: string;
  /** Rows before this cursor. */
  readonly before?: string;
  /** Rows at most, 1 to 1000; default 50. */
  readonly limit?: number;
}

/** One page of rows. */
export interface Page<T extends AnyTable> {
  /** The rows in the order asked for. */
  readonly rows: readonly RowOf<T>[];
  /** The cursor to pass as `after` for the page that follows, or null when this is the last. */
  readonly next: string | null;
  /** The cursor to pass as `before` for the page ahead of this one, or null when this is the first. */
  readonly previous: string | null;
}

/** Which rows are streamed. */
export interface StreamRequest<T extends AnyTable> extends Selection<T> {
  /** Rows per array, 1 to 10000; default 1000. Memory holds one such array. */
  readonly chunk?: number;
}

/** What an update expects. */
export interface UpdateOptions {
  /** Refuse with `revision-conflict` unless the row has this revision. For tables with an integer column `revision`. */
  readonly ifRevision?: number;
}

/** The rows of one table that belong to the scope's user. */
export interface Repository<T extends AnyTable> {
  /** Writes one row and returns it as stored. Throws `value-rejected`, `constraint-failed`, `already-exists`. */
  insert(row: InputOf<T>): Promise<RowOf<T>>;
  /**
   * Writes many rows, all in one transaction, and says what became of each. Safe to repeat: what stands is compared, never replaced.
   * A refused row does not stop the others.
   */
  importMany(rows: Iterable<InputOf<T>>, options?: { readonly onConflict?: "keep" }): Promise<ImportResult<T>>;
  /**
   * The same, except that a row whose `newerBy` is later than that of the row that stands takes its place, with a revision one higher and a new number of
   * a sequence. Null is older than every value. Safe to repeat, in any order: the newest content stands. Throws `bad-request` for a table without `newerBy`.
   */
  importMany(rows: Iterable<InputOf<T>>, options: { readonly onConflict: "update-if-newer" }): Promise<NewerImportResult<T>>;
  /** The row of a key, or null. */
  get(key: KeyOf<T>): Promise<RowOf<T> | null>;
  /** One page of rows. Cost does not grow with the page's place. Throws `bad-cursor`, `undefined-filter`, `bad-filter`, `bad-request`. */
  page(request?: PageRequest<T>): Promise<Page<T>>;
  /** All rows of a selection as arrays, in constant memory. Rows written meanwhile may or may not appear; none appears twice. */
  stream(request?: StreamRequest<T>): AsyncIterable<readonly RowOf<T>[]>;
  /** How many rows meet the conditions, or all when none are given; `undefined` is refused. Throws `undefined-filter`, `bad-filter`. */
  count(where?: WhereOf<T>): Promise<number>;
  /**
   * Changes one row and returns it, or null when there is none. A `revision` column grows by one (unless only assigned columns change), a
   * sequence column gets a new number.
   */
  update(key: KeyOf<T>, changes: ChangesOf<T>, options?: UpdateOptions): Promise<RowOf<T> | null>;
  /** Deletes one row; whether there was one. */
  delete(key: KeyOf<T>): Promise<boolean>;
  /** Deletes rows by their keys, all or none; gives the keys that were there. For some hundreds at once: on PostgreSQL it is one statement. */
  deleteMany(keys: readonly KeyOf<T>[]): Promise<readonly KeyOf<T>[]>;
}
