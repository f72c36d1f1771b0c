// What an engine gives to a scope: the seam between what callers see and what each database does.
import type { TableDigest } from "./digest.ts";
import type { ChangeEvent, ChangesRequest } from "./changes/types.ts";
import type { SqlParameter, SqlRow } from "./raw-sql.ts";
import type { Ledger } from "./ledger/create-ledger.ts";
import type { Repository, StreamRequest } from "./repository.ts";
import type { StoredRow } from "./table/sqlite-codec.ts";
import type { AnyTable, Engine } from "./table/types.ts";
import type { StatsAccess } from "./stats/create-stats.ts";

/** An engine's way to the rows of one user: outside of a transaction, or inside the one it was made for. */
export interface Session {
  /** The engine. */
  readonly engine: Engine;
  /** The user whose rows it reaches. */
  readonly userId: string;
  /** Whether a transaction is open around the caller. */
  readonly inTransaction: boolean;
  /** The rows of one table. Throws `unknown-table` when the storage was opened without it. */
  repository<T extends AnyTable>(table: T): Repository<T>;
  /** Runs `work` in a transaction, or in a savepoint of the one that is open; committed when it resolves, rolled back when it rejects. */
  transaction<R>(work: (session: Session) => Promise<R>): Promise<R>;
  /** The user's ledger. */
  ledger(): Ledger;
  /** The rows of a selection in stored form, in arrays: the same values on every engine. */
  streamStored<T extends AnyTable>(table: T, request: StreamRequest<T>): AsyncIterable<readonly StoredRow[]>;
  /** The way of the statistics to the user's rows. */
  statsAccess(): StatsAccess;
  /** The digest of the user's rows of one table. */
  digest(table: AnyTable): Promise<TableDigest>;
  /** Follows the user's changes from now on. */
  changes(request: ChangesRequest): AsyncGenerator<ChangeEvent>;
  /** Runs raw SQL of a host, which sees the user's rows alone. */
  sql(text: string, params: readonly SqlParameter[]): Promise<readonly SqlRow[]>;
  /** The tables that the storage was opened with. */
  readonly tables: readonly AnyTable[];
}
