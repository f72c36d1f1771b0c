// The way to many rows of an open storage, or of one user's scope.
import { StorageError } from "../errors.ts";
import type { PostgresSession } from "../postgres/session.ts";
import { sessionOf } from "../scope.ts";
import type { Scope } from "../scope.ts";
import type { SqliteSession } from "../sqlite/session.ts";
import type { SystemEngine } from "../system/system-engine.ts";
import { createBulk } from "./bulk.ts";
import type { Ask, Bulk } from "./bulk.ts";

/** What a storage keeps for {@link bulkOf}. */
interface Kept {
  /** The engine of its system. Throws `not-allowed` when it has none. */
  readonly engine: () => SystemEngine;
  /** Where the database is. */
  readonly path: string;
}

const engines = new WeakMap<object, Kept>();

/** Makes the engine of a storage known to {@link bulkOf}. */
export function keepBulkEngine(storage: object, kept: Kept): void {
  engines.set(storage, kept);
}

/** The engine of a storage's system. Throws `not-allowed` on PostgreSQL without `systemUrl`, and `bad-request` for anything else. */
export function systemEngineOf(storage: object): SystemEngine {
  const kept = engines.get(storage);
  if (kept === undefined) throw new StorageError("bad-request", "This object is not a storage: pass what openStorage returned.");
  return kept.engine();
}

/** The way to the rows of all users of a storage. Throws `not-allowed` on PostgreSQL without `systemUrl`, and `bad-request` for anything else. */
export function bulkOf(storage: object): Bulk {
  const engine = systemEngineOf(storage);
  return createBulk({
    engine: engine.engine,
    path: engines.get(storage)?.path ?? "",
    tables: engine.tables,
    userId: undefined,
    ask: (sql, params) => engine.all(counted(sql), params),
    load: (table, rows) => engine.load(table, rows),
  });
}

/** The way to the rows of one user: what the scope sees, inside its transaction too. It reads alone. */
export function bulkOfScope(scope: Scope): Bulk {
  const session = sessionOf(scope);
  const postgres: Ask = async (sql, params) => {
    const texts = params.map((param) => (param === null ? null : String(param)));
    return (await (session as PostgresSession).read((connection) => connection.query(counted(sql, "$"), texts))).rows;
  };
  const sqlite: Ask = (sql, params) => (session as SqliteSession).read((connection) => connection.all(sql, params));
  const load = (): Promise<never> =>
    Promise.reject(new StorageError("not-allowed", "Rows are loaded for all users or not at all: use importMany for one user."));
  const { engine, userId, tables } = session;
  // What an open transaction has changed is in no file yet.
  const path = engine === "sqlite" && !session.inTransaction ? (session as SqliteSession).path : "";
  return createBulk({ engine, path, tables, userId, ask: engine === "sqlite" ? sqlite : postgres, load });
}

function counted(sql: string, sign = "?"): string {
  let place = 0;
  return sql.replaceAll("?", () => `${sign}${++place}`);
}
