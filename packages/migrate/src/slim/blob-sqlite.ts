// A JSON document in a SQLite file of any application.
import { existsSync } from "node:fs";
import type BetterSqlite3 from "better-sqlite3";
import { MigrateError } from "../errors.ts";
import { databaseError } from "../sources/sqlite-database.ts";
import { notOneDocument, quoted } from "./blob-place.ts";
import type { BlobDatabase, BlobPlace, OpenBlob } from "./blob-place.ts";

/** Milliseconds to wait for the application's own writes. */
const BUSY_TIMEOUT = 10_000;

/** Opens the file. Throws `source-missing`, `driver-missing`; what it gives throws `not-a-database`, `source-unreadable`. */
export async function openSqliteBlob(path: string, place: BlobPlace): Promise<BlobDatabase> {
  if (!existsSync(path)) throw new MigrateError("source-missing", `There is no database at ${path}.`, { facts: { path } });
  const { default: Driver } = await loadDriver();
  const database = told(path, () => new Driver(path, { fileMustExist: true, timeout: BUSY_TIMEOUT }));
  return {
    transaction: (work) => inTransaction(database, path, () => work(openBlobOf(database, place))),
    size: async () =>
      told(path, () => Number(database.pragma("page_count", { simple: true })) * Number(database.pragma("page_size", { simple: true }))),
    vacuum: async () =>
      told(path, () => {
        database.exec("vacuum");
        database.pragma("wal_checkpoint(truncate)");
      }),
    close: async () => void database.close(),
  };
}

function told<R>(path: string, work: () => R): R {
  try {
    return work();
  } catch (error) {
    throw tellable(path, error);
  }
}

function tellable(path: string, error: unknown): unknown {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== "string" || !code.startsWith("SQLITE_")) return error;
  // Its only code for all that a statement can have wrong: the message says what.
  if (code !== "SQLITE_ERROR") return databaseError(path, error);
  return new MigrateError("source-unreadable", `${path} refuses the query: ${String(message)}.`, {
    facts: { path, errno: code },
    cause: error,
  });
}

async function loadDriver(): Promise<{ readonly default: typeof BetterSqlite3 }> {
  return import("better-sqlite3").catch((cause: unknown) => {
    throw new MigrateError("driver-missing", "The SQLite driver could not be loaded: install better-sqlite3 13 or newer.", { cause });
  });
}

async function inTransaction<R>(database: BetterSqlite3.Database, path: string, work: () => Promise<R>): Promise<R> {
  try {
    database.exec("begin immediate");
    const result = await work();
    database.exec("commit");
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec("rollback");
    throw tellable(path, error);
  }
}

function openBlobOf(database: BetterSqlite3.Database, place: BlobPlace): OpenBlob {
  const [table, column] = [quoted(place.table), quoted(place.column)];
  const condition = Object.keys(place.where)
    .map((name) => `${quoted(name)} is ?`)
    .join(" and ");
  const values = Object.values(place.where);
  return {
    read: async () => {
      // As bytes: the driver would put U+FFFD in the place of what is not UTF-8, and the document would not be the one that was imported.
      const select = `select typeof(${column}), cast(${column} as blob) from ${table} where ${condition} limit 2`;
      const rows = database
        .prepare(select)
        .raw()
        .all(...values) as readonly (readonly [string, Uint8Array])[];
      const [row] = rows;
      if (row === undefined || rows.length > 1)
        throw notOneDocument(place, `${rows.length === 0 ? "no row has" : "more than one row has"} ${condition}`);
      if (row[0] !== "text") throw notOneDocument(place, `it holds ${row[0]}, not text`);
      return utf8(row[1], place);
    },
    replace: async (text) => {
      const { changes } = database.prepare(`update ${table} set ${column} = ? where ${condition}`).run(text, ...values);
      if (changes !== 1) throw notOneDocument(place, `${changes} rows were changed instead of one`);
    },
  };
}

function utf8(bytes: Uint8Array, place: BlobPlace): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notOneDocument(place, "it is not UTF-8 text");
  }
}
