// Opens a storage by its URL. The engine, and with it the driver, is loaded only when a URL asks for it.
import { keepBulkEngine } from "./bulk/bulk-of.ts";
import { keepCredentialSystem } from "./credentials/credential-system.ts";
import { createKeyring } from "./credentials/keyring.ts";
import type { Keyring, KeyringOptions } from "./credentials/keyring.ts";
import { brokerCredentials } from "./credentials/tables.ts";
import type { CredentialPlace } from "./credentials/credential-system.ts";
import type { ExplainReport } from "./care/explain.ts";
import type { MaintainOptions, MaintainReport } from "./care/maintain.ts";
import type { DatasetDigest } from "./digest.ts";
import { StorageError } from "./errors.ts";
import { queryListener } from "./query-event.ts";
import type { QueryEvent } from "./query-event.ts";
import { checkedUserId, createScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { Session } from "./session.ts";
import { sumCloses } from "./stats/sum-closes.ts";
import { createStorageSystem, digestAll, recordOpening } from "./system/storage-system.ts";
import type { StorageSystem } from "./system/storage-system.ts";
import type { SystemEngine } from "./system/system-engine.ts";
import type { AnyTable, Engine } from "./table/types.ts";
import type { ManagedSchema } from "./migrations/types.ts";
import { wantedSchema } from "./migrations/wanted-schema.ts";
import type { Schema } from "./table/schema.ts";

/** How a storage is opened. */
export interface StorageOptions {
  /** Tables beside td's own, declared with `defineTable`; created when absent (on PostgreSQL by `provisionPostgres`). Default none. */
  readonly tables?: readonly AnyTable[];
  /**
   * Schemas beside td's own, declared with `defineSchema`: their tables and views are made when the database has none of them, and recorded as
   * such; an existing database that lacks one of their migrations is refused. Default none.
   */
  readonly schemas?: readonly ManagedSchema[];
  /** The keys that seal credentials. Default none: then `credentials.put` and `open` throw `no-keyring`. */
  readonly keyring?: KeyringOptions;
  /** Told about each query: its SQL without values, times and row count. */
  readonly onQuery?: (event: QueryEvent) => void;
  /** Only queries that took at least this many milliseconds, waiting included, are reported to `onQuery`. Default 0: all. */
  readonly slowQueryMs?: number;
  /** `full` (default): an acknowledged commit survives a power loss. `normal`: faster; a power loss may take the last commits, never a part of one. */
  readonly durability?: "full" | "normal";
  /**
   * Milliseconds to try when another process holds the database (SQLite) or the user's rows (PostgreSQL), or when the server takes no
   * connections, before the error; the event loop stays free. Default 5000.
   */
  readonly busyTimeoutMs?: number;
  /** PostgreSQL: connections at most, 1 to 1000. Default 10. */
  readonly maxConnections?: number;
  /** PostgreSQL: milliseconds that one statement may take before `statement-timeout`; 0 (default): no limit. */
  readonly statementTimeoutMs?: number;
  /** PostgreSQL: the schema that holds the tables, as given to `provisionPostgres`. Default `public`. */
  readonly schema?: string;
  /**
   * PostgreSQL: tell `me.changes()` in all processes what this one changes; default false. Each transaction that writes then counts and notifies,
   * and a process that listens has one connection more. On SQLite changes are always told, within the process.
   */
  readonly notifyChanges?: boolean;
  /**
   * PostgreSQL: the same database for the role that `provisionPostgres` made as `systemRole`, which `storage.system`, `storage.digest()` and
   * the rotation of credentials need. Default none: they throw `not-allowed`. Give it only to the process that runs such jobs.
   */
  readonly systemUrl?: string;
}

/** An open storage. */
export interface Storage {
  /** Which engine it runs on. */
  readonly engine: Engine;
  /** SQLite: the absolute path of the file, or `:memory:`. PostgreSQL: host, port and name of the database. */
  readonly path: string;
  /** The scope of one user: the only way to rows. Throws `bad-user`. */
  forUser(userId: string): Scope;
  /** Jobs across users: audited, never the default. */
  readonly system: StorageSystem;
  /**
   * The digest of all rows of all users: it tells no row, so it is not put on record. While others write, the parts may be of different
   * moments. On PostgreSQL it throws `not-allowed` without `systemUrl`.
   */
  digest(): Promise<DatasetDigest>;
  /**
   * Looks at the plan of every query shape: those of the repositories in all orders and directions, and all that ran since the storage was
   * opened. A shape that reads a user's table from end to end, reads it other than by the user, or sorts a page is a problem. For tests and alarms.
   */
  explainAll(): Promise<ExplainReport>;
  /**
   * Renews the statistics that plans are chosen by, adds up the closes that the leaderboard is made of, copies SQLite's write-ahead log into the
   * file and, when asked, gives back the room of deleted rows. Called by the host's schedule: daily is enough, and after a large import. On PostgreSQL it needs `systemUrl`, as autovacuum does
   * most of it.
   *
   * Throws `busy`, `disk-full`, `not-allowed`.
   */
  maintain(options?: MaintainOptions): Promise<MaintainReport>;
  /** Waits for the work in hand, then closes; later calls throw `closed`. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens a database.
 *
 * `url` is `sqlite:PATH` (relative to the working directory, or absolute) or `sqlite::memory:`: the file and td's tables are created where
 * they are absent, all or nothing. Or it is `postgres://ROLE:PASSWORD@HOST:PORT/DATABASE` of a database that `provisionPostgres` has
 * prepared: a role that row level security does not hold, or a table without it, is refused.
 *
 * Throws `bad-url`, `driver-missing`, `cannot-open`, `not-a-database`, `read-only`, `disk-full`, `busy`, `corrupt`, `schema-mismatch`,
 * `invalid-key`, and on PostgreSQL `unsafe-role`, `unprotected-table`, `server-unavailable`, `too-many-connections`.
 */
export async function openStorage(url: string, options: StorageOptions = {}): Promise<Storage> {
  const schema = wantedSchema(options);
  const keyring = options.keyring === undefined ? undefined : createKeyring(options.keyring);
  return /^postgres(ql)?:/.test(url)
    ? openOnPostgres(url, schema, keyring, options)
    : openOnSqlite(sqlitePath(url), schema, keyring, options);
}

async function openOnSqlite(
  path: string,
  schema: Required<Schema>,
  keyring: Keyring | undefined,
  options: StorageOptions,
): Promise<Storage> {
  const { tables } = schema;
  const { explainSqlite, openSqlite, sqliteSystem, SqliteSession } = await import("./sqlite/index.ts");
  const database = await openSqlite(path, schema, {
    durability: options.durability ?? "full",
    busyTimeoutMs: options.busyTimeoutMs ?? 5000,
    onQuery: queryListener(options.onQuery, options.slowQueryMs ?? 0),
  });
  const session = (userId: string): Session => new SqliteSession(database, tables, userId);
  const system = sqliteSystem(database, tables);
  const parts = {
    engine: "sqlite",
    path: database.path,
    session,
    system: () => system,
    explain: () => explainSqlite(database, tables),
    close: () => database.close(),
  } as const;
  return assemble(parts, keyring);
}

async function openOnPostgres(
  url: string,
  schema: Required<Schema>,
  keyring: Keyring | undefined,
  options: StorageOptions,
): Promise<Storage> {
  const { explainPostgres, Feed, openListen, openPostgres, openPostgresSystem, PostgresSession } = await import("./postgres/index.ts");
  const { tables } = schema;
  const settings = {
    maxConnections: wholeNumber("maxConnections", options.maxConnections ?? 10, 1, 1000),
    statementTimeoutMs: wholeNumber("statementTimeoutMs", options.statementTimeoutMs ?? 0, 0, 2 ** 31 - 1),
    schema: schemaName(options.schema ?? "public"),
    durability: options.durability ?? "full",
    busyTimeoutMs: options.busyTimeoutMs ?? 5000,
    onQuery: queryListener(options.onQuery, options.slowQueryMs ?? 0),
  } as const;
  const database = await openPostgres(url, schema, settings);
  const listening = options.notifyChanges === true ? await openListen(url) : undefined;
  const feed = new Feed();
  const changes = listening === undefined ? undefined : { feed, listen: listening.listen, channelOf: database.channelOf };
  const session = (userId: string): Session => new PostgresSession(database.transactions, tables, userId, changes);
  const inTransaction = (): boolean => session("td").inTransaction;
  const system =
    options.systemUrl === undefined
      ? undefined
      : await openPostgresSystem(options.systemUrl, schema, settings, inTransaction).catch(async (error: unknown) => {
          await database.close();
          throw error;
        });
  const close = async (): Promise<void> => {
    await database.close();
    feed.close();
    await Promise.all([system?.close(), listening?.end()]);
  };
  const explain = (): Promise<ExplainReport> => explainPostgres(database.transactions, tables, database.shapes);
  return assemble({ engine: "postgres", path: database.path, session, system: () => system ?? noSystem(), explain, close }, keyring);
}

/** What the two engines give to a storage. */
interface Parts {
  readonly engine: Engine;
  readonly path: string;
  readonly session: (userId: string) => Session;
  readonly system: () => SystemEngine;
  readonly explain: () => Promise<ExplainReport>;
  readonly close: () => Promise<void>;
}

function assemble({ engine, path, session, system, explain, close }: Parts, keyring: Keyring | undefined): Storage {
  const forUser = (userId: string): Scope => createScope(session(checkedUserId(userId)), keyring);
  const digest = async (): Promise<DatasetDigest> => digestAll(system());
  const storage: Storage = Object.freeze({
    engine,
    path,
    forUser,
    system: createStorageSystem(system, forUser),
    digest,
    explainAll: async () => explain(),
    maintain: async (options: MaintainOptions = {}) => {
      const start = performance.now();
      const closes = system().inTransaction ? 0 : await sumCloses(system());
      const report = await system().maintain(options);
      return { ...report, closes, ms: performance.now() - start };
    },
    close,
  });
  keepBulkEngine(storage, { engine: system, path });
  keepCredentialSystem(storage, {
    keyring,
    session,
    record: async (request) => recordOpening(system(), request),
    page: async (after: CredentialPlace | undefined, limit: number) =>
      (await system().page(brokerCredentials, after, limit)).map(({ row }) => row),
  });
  return storage;
}

function noSystem(): never {
  throw new StorageError(
    "not-allowed",
    "This storage reaches one user's rows at a time: open it with systemUrl, the role that provisionPostgres makes as systemRole.",
  );
}

function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new StorageError("bad-request", `${name} is an integer from ${least} to ${most}.`, { facts: { option: name } });
}

function schemaName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return name;
  throw new StorageError("bad-request", "schema is a name of letters, digits and _.", { facts: { option: "schema" } });
}

function sqlitePath(url: string): string {
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
  if (path !== undefined && !path.startsWith("//")) return path;
  // The URL itself may carry a password, so it is not repeated.
  throw new StorageError(
    "bad-url",
    "This is not a storage URL: use sqlite:PATH, for example sqlite:./td.db, or sqlite::memory:, or postgres://ROLE:PASSWORD@HOST/DATABASE.",
  );
}
