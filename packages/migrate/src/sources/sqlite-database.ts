// A SQLite file of somebody else's: opened to be read only, with what is still in its write-ahead log, and told from what only looks like one.
import type { Database } from "better-sqlite3";
import { setTimeout as sleep } from "node:timers/promises";
import { helpFor, looksLike } from "../core/looks-like.ts";
import { MigrateError } from "../errors.ts";
import { openFile } from "./file.ts";

/** How a value of a row is asked for: columns that must be equal. */
export type RowFilter = Readonly<Record<string, string | number | null>>;

/** Tries to begin reading while a writer holds the file; 20 ms between two. */
const MAX_TRIES = 100;

/** Opens a database in a reading transaction: what is seen then stays. Throws `source-missing`, `not-a-database`, `source-unreadable`, `driver-missing`. */
export async function openReadOnly(path: string): Promise<Database> {
  await expectDatabase(path);
  const { default: Driver } = await import("better-sqlite3").catch((cause: unknown) => {
    throw new MigrateError("driver-missing", `${path} needs the package better-sqlite3: npm install better-sqlite3.`, {
      facts: { path },
      cause,
    });
  });
  for (let tries = 1; ; tries++) {
    const database = new Driver(path, { readonly: true, fileMustExist: true, timeout: 0 });
    try {
      database.exec("begin; select count(*) from sqlite_schema");
      return database;
    } catch (error) {
      database.close();
      if (!isBusy(error) || tries === MAX_TRIES) throw databaseError(path, error);
      await sleep(20);
    }
  }
}

async function expectDatabase(path: string): Promise<void> {
  const file = await openFile(path);
  try {
    const head = await file.read(0, 4096);
    if (file.size === 0) throw notADatabase(path, "it has no bytes");
    const guess = looksLike(head);
    if (guess !== "sqlite") throw notADatabase(path, `it has not the header of one (${guess === "text" ? "it is text" : helpFor(guess)})`);
    const missing = missingBytes(head, file.size);
    if (missing > 0) throw notADatabase(path, `it was cut off: ${missing} bytes are missing at its end`);
  } finally {
    await file.close();
  }
}

/** Bytes that the header says should be there and are not. */
function missingBytes(head: Buffer, size: number): number {
  if (head.length < 100) return 512 - head.length;
  const asked = head.readUInt16BE(16);
  const pageSize = asked === 1 ? 65_536 : asked;
  // The number of pages counts only while the two change counters agree.
  return head.readUInt32BE(24) === head.readUInt32BE(92) ? head.readUInt32BE(28) * pageSize - size : 0;
}

function notADatabase(path: string, why: string): MigrateError {
  return new MigrateError(
    "not-a-database",
    `${path} is not a SQLite database: ${why}. Check the path, or copy the file again while nobody writes to it.`,
    {
      facts: { path },
    },
  );
}

function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY") || codeOf(error).startsWith("SQLITE_LOCKED");
}

function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

/** An error of the driver in td's words. */
export function databaseError(path: string, cause: unknown): MigrateError {
  if (cause instanceof MigrateError) return cause;
  const errno = codeOf(cause);
  const facts = { path, errno };
  if (isBusy(cause)) {
    const message = `${path} is being written all the time: stop the program that writes to it, or import a copy of it.`;
    return new MigrateError("source-unreadable", message, { facts, cause, retryable: true });
  }
  if (errno.startsWith("SQLITE_CORRUPT") || errno === "SQLITE_NOTADB")
    return new MigrateError(
      "not-a-database",
      `${path} is a damaged SQLite database (${errno}): what was imported before the damage stays. Restore a copy, or save what can be saved with "sqlite3 ${path} .recover".`,
      { facts, cause },
    );
  const message = `${path} cannot be read (${errno}): give this user permission for the file. A database that was left with a write-ahead log needs its -wal and -shm files beside it, in a folder that this user can write to: copy the three there.`;
  return new MigrateError("source-unreadable", message, { facts, cause });
}

/** Whether the texts of a database are stored as UTF-8; UTF-16 otherwise. */
export function isUtf8Database(database: Database): boolean {
  return database.pragma("encoding", { simple: true }) === "UTF-8";
}

/** A name for SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The condition of a filter and its values. */
export function conditionOf(where: RowFilter): { readonly sql: string; readonly values: readonly (string | number | null)[] } {
  const columns = Object.keys(where);
  const sql = columns.length === 0 ? "" : ` where ${columns.map((name) => `${quoted(name)} is ?`).join(" and ")}`;
  return { sql, values: Object.values(where) };
}

/** A table as the database has it. */
export interface TableShape {
  /** Its columns in order. */
  readonly columns: readonly string[];
  /** What its rows are told apart by: `rowid` under a name that is free, or its primary key. */
  readonly key: readonly string[];
  /** The statement that made it. */
  readonly sql: string;
}

/** The shape of a table. Throws `table-missing`, which names the tables that are there, and `source-empty` for a database without any. */
export function tableShape(database: Database, path: string, table: string): TableShape {
  const found = database
    .prepare("select name, sql, type from sqlite_schema where name = ? collate nocase and type in ('table', 'view')")
    .get(table);
  if (found === undefined) throw missingTable(database, path, table);
  const { sql, type } = found as { readonly sql: string; readonly type: string };
  if (type === "view")
    throw new MigrateError(
      "table-missing",
      `${path}: ${table} is a view, whose rows have no identity: read the tables that it is made from.`,
      { facts: { path, table } },
    );
  const info = database.prepare(`select name, pk from pragma_table_xinfo(?) where hidden <> 1`).all(table) as readonly {
    name: string;
    pk: number;
  }[];
  const columns = info.map(({ name }) => name);
  const withoutRowid = database.prepare("select wr from pragma_table_list(?) where schema = 'main'").pluck().get(table) === 1;
  const free = ["rowid", "_rowid_", "oid"].find((name) => !columns.some((column) => column.toLowerCase() === name));
  const primary = info.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
  return { columns, key: withoutRowid || free === undefined ? primary.map(({ name }) => name) : [free], sql };
}

function missingTable(database: Database, path: string, table: string): MigrateError {
  const all = database
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name")
    .pluck()
    .all() as string[];
  if (all.length === 0) {
    const message = `${path} is a SQLite database without tables: check the path. A copy that was taken without its -wal file can look like this.`;
    return new MigrateError("source-empty", message, { facts: { path } });
  }
  return new MigrateError("table-missing", `${path} has no table ${table}. Its tables are: ${all.join(", ")}.`, {
    facts: { path, table, tables: all },
  });
}
