// Opens a PostgreSQL database: a pool of td's own connections, the tables in place, and proof that users are kept apart.
import { StorageError } from "../errors.ts";
import type { QueryEvent } from "../query-event.ts";
import type { Schema } from "../table/schema.ts";
import { Connection } from "./connection.ts";
import type { Target } from "./connection.ts";
import { loadDriver } from "./driver.ts";
import type { OpenClient } from "./driver.ts";
import { checkProtection, proveWall } from "./guard.ts";
import { Pool } from "./pool.ts";
import { checkSchema } from "./schema.ts";
import { ScopeKey } from "./scope-key.ts";
import { OPENER_SETTING } from "./scope-wall.ts";
import { Transactions } from "./transactions.ts";

/** How a PostgreSQL database is opened. */
export interface PostgresOptions {
  /** Connections at most. */
  readonly maxConnections: number;
  /** Milliseconds to try for a connection while the server takes none, and for a user's lock that another process holds. */
  readonly busyTimeoutMs: number;
  /** Milliseconds that one statement may take; 0 for no limit. */
  readonly statementTimeoutMs: number;
  /** `full`: an acknowledged commit survives a crash of the server. `normal`: faster; a crash may take the last commits. */
  readonly durability: "full" | "normal";
  /** The schema that holds the tables. */
  readonly schema: string;
  /** Told about each query. */
  readonly onQuery: ((event: QueryEvent) => void) | undefined;
}

/** An open PostgreSQL database. */
export interface PostgresDatabase {
  /** Host, port and name of the database. */
  readonly path: string;
  /** The way to its rows. */
  readonly transactions: Transactions;
  /** The SQL texts that ran as prepared statements. */
  readonly shapes: ReadonlySet<string>;
  /** The channel on which a user's changes are told. */
  readonly channelOf: (userId: string) => string;
  /** Waits for the work in hand and closes the connections. */
  close(): Promise<void>;
}

/** Milliseconds that a transaction may stay open without doing anything: a callback that hangs must not hold its user's rows for ever. */
const MAX_IDLE = 300_000;
const CONNECT_TIMEOUT = 10_000;

/** Opens a database that `provisionPostgres` has prepared, and refuses one whose users are not kept apart. */
export async function openPostgres(url: string, schema: Schema, options: PostgresOptions): Promise<PostgresDatabase> {
  const key = new ScopeKey();
  const check = async (connection: Connection): Promise<void> => {
    await checkProtection(connection, schema);
    await key.take(connection);
    await proveWall(connection, key);
  };
  const { pool, path, shapes } = await openPool(url, schema, options, check, key);
  const transactions = new Transactions(pool, path);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= transactions.close().catch((error: unknown) => {
      closing = undefined;
      throw error;
    });
    return closing;
  };
  return { path, transactions, shapes, channelOf: (userId) => key.channelOf(userId), close };
}

/** A pool of connections to a database that has the schema and whose role has passed the check. */
export async function openPool(
  url: string,
  schema: Schema,
  options: PostgresOptions,
  check: (connection: Connection) => Promise<void>,
  key?: ScopeKey,
): Promise<{ readonly pool: Pool; readonly path: string; readonly shapes: ReadonlySet<string> }> {
  const open = await loadDriver();
  const target = targetOf(url, options, key);
  const pool = new Pool((onLost) => connect(open, target, onLost), options.maxConnections, options.busyTimeoutMs);
  const first = await pool.acquire();
  try {
    await checkSchema(first, schema);
    await check(first);
  } catch (error) {
    await first.close();
    throw error;
  }
  pool.release(first);
  return { pool, path: target.path, shapes: target.shapes };
}

/** One connection outside of any pool, with no limits of time. */
export async function connectOnce(url: string, schema: string): Promise<Connection> {
  const options = { busyTimeoutMs: 60_000, statementTimeoutMs: 0, durability: "full", schema, onQuery: undefined } as const;
  return connect(await loadDriver(), targetOf(url, options), () => undefined);
}

async function connect(open: OpenClient, target: Target, onLost: (connection: Connection) => void): Promise<Connection> {
  const connection = new Connection(open, target, onLost);
  try {
    await connection.command("select 1");
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function targetOf(url: string, options: Omit<PostgresOptions, "maxConnections">, scopeKey?: ScopeKey): Target {
  const promised = scopeKey === undefined ? {} : { [OPENER_SETTING]: scopeKey.promise };
  const connecting = { session: { ...sessionOf(options), ...promised }, connectTimeoutMs: CONNECT_TIMEOUT };
  return { url, path: pathOf(url), options: connecting, scopeKey, onQuery: options.onQuery, shapes: new Set() };
}

// Times are UTC text, and no relation of a session's own can stand in front of td's.
function sessionOf({
  busyTimeoutMs,
  statementTimeoutMs,
  durability,
  schema,
}: Omit<PostgresOptions, "maxConnections" | "onQuery">): Record<string, string> {
  return {
    application_name: "td",
    TimeZone: "UTC",
    DateStyle: "ISO, YMD",
    search_path: `"${schema}", pg_temp`,
    lock_timeout: String(Math.max(1, busyTimeoutMs)),
    statement_timeout: String(statementTimeoutMs),
    // The limit of a page is a parameter: the server would plan it anew each time, which took as long as the page itself.
    plan_cache_mode: "force_generic_plan",
    idle_in_transaction_session_timeout: String(MAX_IDLE),
    ...(durability === "full" ? {} : { synchronous_commit: "off" }),
  };
}

/** Host, port and database of a URL: what may stand in a message. Throws `bad-url`. */
function pathOf(url: string): string {
  const parsed = URL.parse(url);
  const database = parsed?.pathname.slice(1) ?? "";
  if (parsed !== null && !parsed.host.includes(",") && database !== "" && parsed.username !== "" && isDecodable(parsed))
    return `${parsed.hostname || "localhost"}:${parsed.port || "5432"}/${decodeURIComponent(database)}`;
  // The URL may carry a password, so it is not repeated.
  throw new StorageError("bad-url", "This is not a PostgreSQL URL: use postgres://ROLE:PASSWORD@HOST:PORT/DATABASE, with one host.");
}

/** The driver decodes each part, and throws an error of its own for `%pw`. */
function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    return [username, password, pathname].map(decodeURIComponent).length > 0;
  } catch {
    return false;
  }
}
