// Opens a storage by its URL. The engine, and with it the driver, is loaded only when a URL asks for it.
import { keepCredentialSystem } from "./credentials/credential-system.ts";
import { createKeyring } from "./credentials/keyring.ts";
import type { KeyringOptions } from "./credentials/keyring.ts";
import { brokerCredentials } from "./credentials/tables.ts";
import type { DatasetDigest } from "./digest.ts";
import { StorageError } from "./errors.ts";
import { queryListener } from "./query-event.ts";
import type { QueryEvent } from "./query-event.ts";
import { checkedUserId, createScope, digestTables } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { Session } from "./session.ts";
import type { AnyTable } from "./table/types.ts";
import { tdTables, tdViews } from "./tables/index.ts";

/** How a storage is opened. */
export interface StorageOptions {
  /** Tables beside td's own, declared with `defineTable`; created when absent. Default none. */
  readonly tables?: readonly AnyTable[];
  /** The keys that seal credentials. Default none: then `credentials.put` and `open` throw `no-keyring`. */
  readonly keyring?: KeyringOptions;
  /** Told about each query: its SQL without values, times and row count. */
  readonly onQuery?: (event: QueryEvent) => void;
  /** Only queries that took at least this many milliseconds, waiting included, are reported to `onQuery`. Default 0: all. */
  readonly slowQueryMs?: number;
  /** `full` (default): an acknowledged commit survives a power loss. `normal`: faster; a power loss may take the last commits, never a part of one. */
  readonly durability?: "full" | "normal";
  /** Milliseconds to try when another process holds the database before the error `busy`; the event loop stays free. Default 5000. */
  readonly busyTimeoutMs?: number;
}

/** An open storage. */
export interface Storage {
  /** Which engine it runs on. */
  readonly engine: "sqlite";
  /** The absolute path of the file, or `:memory:`. */
  readonly path: string;
  /** The scope of one user: the only way to rows. Throws `bad-user`. */
  forUser(userId: string): Scope;
  /** The digest of all rows of all users. While others write, the parts may be of different moments. */
  digest(): Promise<DatasetDigest>;
  /** Waits for the work in hand, then closes; later calls throw `closed`. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens a database, creating the file and td's tables where they are absent, all or nothing.
 *
 * `url` is `sqlite:PATH` (relative to the working directory, or absolute) or `sqlite::memory:`. Throws `bad-url`, `engine-not-available`,
 * `driver-missing`, `cannot-open`, `not-a-database`, `read-only`, `disk-full`, `busy`, `corrupt`, `schema-mismatch`, `invalid-key`.
 */
export async function openStorage(url: string, options: StorageOptions = {}): Promise<Storage> {
  const path = sqlitePath(url);
  const tables = allTables(options.tables ?? []);
  const keyring = options.keyring === undefined ? undefined : createKeyring(options.keyring);
  const { digestEveryUser, openSqlite, pageEveryUser, SqliteSession } = await import("./sqlite/index.ts");
  const database = await openSqlite(
    path,
    { tables, views: tdViews },
    {
      durability: options.durability ?? "full",
      busyTimeoutMs: options.busyTimeoutMs ?? 5000,
      onQuery: queryListener(options.onQuery, options.slowQueryMs ?? 0),
    },
  );
  const session = (userId: string): Session => new SqliteSession(database, tables, userId);
  const storage: Storage = Object.freeze({
    engine: "sqlite" as const,
    path: database.path,
    forUser: (userId: string): Scope => createScope(session(checkedUserId(userId)), keyring),
    digest: () => digestTables(tables, (table) => digestEveryUser(database, table)),
    close: () => database.close(),
  });
  keepCredentialSystem(storage, { keyring, session, page: (after, limit) => pageEveryUser(database, brokerCredentials, after, limit) });
  return storage;
}

function sqlitePath(url: string): string {
  if (/^postgres(ql)?:/.test(url)) {
    throw new StorageError("engine-not-available", "This version of td has no PostgreSQL engine yet: use a sqlite: URL.");
  }
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
  if (path !== undefined && !path.startsWith("//")) return path;
  // The URL itself may carry a password, so it is not repeated.
  throw new StorageError("bad-url", "This is not a storage URL: use sqlite:PATH, for example sqlite:./td.db, or sqlite::memory:.");
}

function allTables(extra: readonly AnyTable[]): readonly AnyTable[] {
  const tables = [...new Set([...tdTables, ...extra])];
  const twice = tables.find((table, at) => tables.findIndex(({ name }) => name === table.name) !== at);
  if (twice === undefined) return tables;
  throw new StorageError("table-definition", `Two different tables are named ${twice.name}: rename one.`, { facts: { table: twice.name } });
}
