// A user's scope: the only way to rows, and always to that user's rows alone.
import { createCredentials } from "./credentials/credentials.ts";
import type { Keyring } from "./credentials/keyring.ts";
import type { Credentials } from "./credentials/types.ts";
import { StorageError } from "./errors.ts";
import { combineDigests } from "./digest.ts";
import type { DatasetDigest, TableDigest } from "./digest.ts";
import type { Ledger } from "./ledger/create-ledger.ts";
import type { ChangeEvent, ChangesRequest } from "./changes/types.ts";
import type { SqlParameter, SqlRow } from "./raw-sql.ts";
import type { Repository } from "./repository.ts";
import type { Session } from "./session.ts";
import { createServices } from "./services/create-services.ts";
import type { Services } from "./services/types.ts";
import { createStats } from "./stats/create-stats.ts";
import type { Stats } from "./stats/create-stats.ts";
import { isStorableText } from "./table/json-codec.ts";
import type { AnyTable } from "./table/types.ts";
import { userRepositories } from "./tables/user-tables.ts";
import type { UserRepositories } from "./tables/user-tables.ts";

/** What one user has, outside of a transaction or inside one. */
export interface Scope extends UserRepositories {
  /** The user. */
  readonly userId: string;
  /** The FIFO ledger over the fills. */
  readonly ledger: Ledger;
  /** Signs of life, tasks and logs of the host's services. */
  readonly services: Services;
  /** Figures over the trades, the ledger and the snapshots. */
  readonly stats: Stats;
  /** The credentials for brokers, sealed with the keyring that `openStorage` was given. */
  readonly credentials: Credentials;
  /** The rows of any table that was given to `openStorage`. Throws `unknown-table`. */
  table<T extends AnyTable>(table: T): Repository<T>;
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. Inside another it is a savepoint.
   * Calls on the outer scope that are made inside `work` take part in it. Await them all: a transaction that ends with work
   * under way is rolled back with `transaction-unfinished`.
   */
  transaction<R>(work: (tx: Scope) => Promise<R>): Promise<R>;
  /**
   * Follows the user's changes, from the first `next()` on: one event for each commit that changed rows through repositories, credentials included,
   * after it has committed and never when it was rolled back. Events that were missed are reported as a `gap`: read anew then. The signal,
   * `return()` and `storage.close()` end it. What the ledger computes is not part of it.
   *
   * On SQLite it hears the changes made through this storage. On PostgreSQL it hears those of all processes that opened with `notifyChanges`,
   * and throws `not-allowed` without.
   */
  changes(request?: ChangesRequest): AsyncGenerator<ChangeEvent>;
  /**
   * Runs one statement of SQL that reads, and sees the user's rows alone: on SQLite through views of the tables' own names, on PostgreSQL under
   * row level security. Placeholders are those of the engine, `?` or `$1`. A column that comes straight from a table is read as a repository
   * reads it; on SQLite a decimal inside an expression is the fixed-width text that it is stored as. For SQL that the host wrote: never build it
   * from what a user typed.
   *
   * It takes the functions that td knows to tell nothing of other users (aggregates, windows, mathematics, text, dates, JSON, arrays), and
   * neither comments nor strings with escapes. Throws `not-allowed` for all else and for anything that writes or reaches around, with the
   * refused word as `facts.name`, and what a read may throw.
   */
  sql(text: string, params?: readonly SqlParameter[]): Promise<readonly SqlRow[]>;
  /** The digest of all the user's rows. While others write, take it inside a transaction. */
  digest(): Promise<DatasetDigest>;
}

const sessions = new WeakMap<Scope, Session>();

/** The engine behind a scope; `undefined` for an object that stands in for one. */
export function engineOf(scope: Scope): Session["engine"] | undefined {
  return sessions.get(scope)?.engine;
}

/** The session behind a scope. */
export function sessionOf(scope: Scope): Session {
  const session = sessions.get(scope);
  if (session !== undefined) return session;
  throw new StorageError("bad-request", "This object is not a scope: make one with storage.forUser(userId).");
}

/** The scope over a session, whose credentials are sealed with a keyring. */
export function createScope(session: Session, keyring?: Keyring): Scope {
  const scope: Scope = {
    userId: session.userId,
    ...userRepositories(session),
    ledger: session.ledger(),
    services: createServices(session),
    stats: createStats(session.statsAccess()),
    credentials: createCredentials(session, keyring),
    table: (table) => session.repository(table),
    transaction: (work) => session.transaction((inner) => work(createScope(inner, keyring))),
    changes: (request = {}) => session.changes(request),
    sql: async (text, params = []) => session.sql(text, params),
    digest: () => digestTables(session.tables, (table) => session.digest(table)),
  };
  sessions.set(scope, session);
  return Object.freeze(scope);
}

/** The digest of the user's rows of one table, assigned columns left out. Throws `unknown-table`. */
export async function digestTable(scope: Scope, table: AnyTable): Promise<TableDigest> {
  const session = sessionOf(scope);
  session.repository(table);
  return session.digest(table);
}

/** The digest of those tables that are part of a dataset. */
async function digestTables(tables: readonly AnyTable[], digest: (table: AnyTable) => Promise<TableDigest>): Promise<DatasetDigest> {
  const digests: TableDigest[] = [];
  for (const table of tables) if (table.digested) digests.push(await digest(table));
  return combineDigests(digests);
}

/** Characters that a user id may have. */
const MAX_USER_ID = 200;

/** The user id when it is one: text that is not empty. Throws `bad-user`. */
export function checkedUserId(userId: unknown): string {
  if (typeof userId === "string" && userId.length > 0 && userId.length <= MAX_USER_ID && isStorableText(userId)) return userId;
  throw new StorageError(
    "bad-user",
    `A user id is text of 1 to ${MAX_USER_ID} characters without NUL: pass the id of the signed-in user to forUser.`,
  );
}
