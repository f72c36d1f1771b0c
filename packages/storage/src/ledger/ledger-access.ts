// What the ledger asks of the engine: one user's synchronous reads and writes. A session on SQLite is one.
import type { Connection } from "../sqlite/connection.ts";

/** The ledger's way into the database. */
export interface LedgerAccess {
  /** The user whose ledger it is. Every statement of the ledger names it. */
  readonly userId: string;
  /** Whether a transaction is open around the caller. */
  readonly inTransaction: boolean;
  /** Runs a synchronous piece of work in one transaction, kept whole or not at all. */
  write<R>(work: (connection: Connection) => R): Promise<R>;
  /** Runs a synchronous read. */
  read<R>(work: (connection: Connection) => R): Promise<R>;
}
