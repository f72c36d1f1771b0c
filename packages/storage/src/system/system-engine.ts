// What an engine gives to storage.system: the rows of all users. The seam for what is built across users.
import type { MaintainOptions, MaintainReport } from "../care/maintain.ts";
import type { TableDigest } from "../digest.ts";
import type { Stored, StoredRow } from "../table/sqlite-codec.ts";
import type { AnyTable, Engine, RowOf } from "../table/types.ts";

/** A value that a statement takes or gives: SQLite gives stored forms, PostgreSQL the text of its own spelling. */
export type SystemValue = Stored;

/**
 * Runs statements over the rows of all users. One text serves both engines: parameters are written `?1`, `?2` and so on, and where the type
 * matters `cast(?1 as text)`.
 */
export interface SystemStatements {
  /** The rows of a query. */
  all(sql: string, params?: readonly SystemValue[]): Promise<readonly (readonly SystemValue[])[]>;
  /** Runs a statement that changes rows; how many. */
  run(sql: string, params?: readonly SystemValue[]): Promise<number>;
}

/** A row together with its stored form, which makes the cursor behind it. */
export interface FoundRow<T extends AnyTable> {
  /** The row as callers see it. */
  readonly row: RowOf<T>;
  /** Its stored values, in the order of the columns. */
  readonly stored: readonly Stored[];
}

/** An engine's way to the rows of all users. */
export interface SystemEngine {
  /** Which one it is. */
  readonly engine: Engine;
  /** The tables that the storage was opened with. */
  readonly tables: readonly AnyTable[];
  /** Whether a transaction is open around the caller. */
  readonly inTransaction: boolean;
  /** Up to `limit` rows of a table by primary key, user first, from the beginning or after a key. */
  page<T extends AnyTable>(table: T, from: readonly Stored[] | undefined, limit: number): Promise<readonly FoundRow<T>[]>;
  /** The digest of a table's rows of all users. */
  digest(table: AnyTable): Promise<TableDigest>;
  /** The rows of a query. */
  all(sql: string, params?: readonly SystemValue[]): Promise<readonly (readonly SystemValue[])[]>;
  /** Writes new rows as they are stored, all or none. Throws `already-exists`, `constraint-failed`. */
  load(table: AnyTable, rows: readonly StoredRow[]): Promise<void>;
  /** Runs `work` in one transaction that no transaction of any of the `users` runs beside. It may run again when the database takes it back. */
  transaction<R>(users: readonly string[], work: (statements: SystemStatements) => Promise<R>): Promise<R>;
  /** Renews statistics and gives back room. */
  maintain(options: MaintainOptions): Promise<Omit<MaintainReport, "closes">>;
  /** Ends its connections, if it has any of its own. */
  close(): Promise<void>;
}
