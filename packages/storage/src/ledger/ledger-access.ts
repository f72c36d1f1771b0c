// What the ledger asks of an engine: one user's statements, and pieces of work that are kept whole. Each engine has its own file for it.
import type { AnyTable } from "../table/types.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { Cell, Cells, LedgerQuery } from "./query.ts";

/** Runs queries. */
export interface LedgerReader {
  /** All rows of a query. */
  readonly all: (query: LedgerQuery, params: readonly Cell[]) => Promise<readonly Cells[]>;
}

/** Runs statements inside a transaction. */
export interface LedgerWriter extends LedgerReader {
  /** Runs a statement that returns no rows; how many rows it changed. */
  run(query: LedgerQuery, params: readonly Cell[]): Promise<number>;
  /** Inserts rows of the user, in stored form, all columns in the order of the declaration. A row that stands under its key is an error. */
  insert(table: AnyTable, rows: readonly (readonly Stored[])[]): Promise<void>;
}

/** The ledger's way into the database. */
export interface LedgerAccess extends LedgerReader {
  /** The user whose ledger it is. Every statement of the ledger names it. */
  readonly userId: string;
  /** The open database: the same object for all users of a storage. */
  readonly place: object;
  /** Whether a transaction is open around the caller. */
  readonly inTransaction: boolean;
  /** Runs a piece of work in one transaction, kept whole or not at all. It may be run again when the database took it back. */
  write<R>(work: (db: LedgerWriter) => Promise<R>): Promise<R>;
}

/** The first row of a query, or `undefined`. */
export async function first(db: LedgerReader, of: LedgerQuery, params: readonly Cell[]): Promise<Cells | undefined> {
  return (await db.all(of, params))[0];
}
