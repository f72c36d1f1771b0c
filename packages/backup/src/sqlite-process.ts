// A process of its own that touches SQLite databases for @td/backup: one JSON request a line on stdin, one JSON answer a line on stdout.
//
// Why a process: SQLite's locks on Linux belong to the process, and closing any file handle on a database drops them. The host may hold the same
// file open with another build of SQLite (better-sqlite3), so td never opens a live database inside the host. It also keeps the host's event loop free.
import { createHash } from "node:crypto";
import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { backup, DatabaseSync, type SQLOutputValue } from "node:sqlite";

/** What the process is asked for. */
export type SqliteRequest =
  /** Which of these files are SQLite databases. */
  | { readonly do: "sniff"; readonly paths: readonly string[] }
  /** A copy of one moment of a database that may be written meanwhile. */
  | { readonly do: "copy"; readonly from: string; readonly to: string; readonly busyMs: number }
  /** What `quick_check` or `integrity_check` says about a database that nobody writes. */
  | { readonly do: "check"; readonly path: string; readonly full: boolean }
  /** Tables and their rows of a database that nobody writes. */
  | { readonly do: "tables"; readonly path: string; readonly content: boolean };

/** An answer; `progress` lines come before the last one of a copy. */
export type SqliteAnswer =
  | { readonly progress: number }
  | { readonly databases: readonly string[] }
  | { readonly copied: true }
  | { readonly problems: readonly string[] }
  | { readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256?: string }[] }
  | { readonly error: string; readonly errno: string | null };

const MAGIC = "SQLite format 3\0";
/** Pages copied per step. The read transaction holds the snapshot, so that a commit of another process restarts nothing. */
const PAGES = 2000;

/** Argument that makes this module serve; without it, loading the module does nothing. */
export const SERVE = "--serve-td-backup";

if (process.argv[2] === SERVE) void serve();

async function serve(): Promise<void> {
  process.umask(0o077);
  for await (const line of createInterface({ input: process.stdin })) say(await answer(JSON.parse(line) as SqliteRequest));
  // The parent has closed the pipe, or is dead.
  process.exit(0);
}

async function answer(request: SqliteRequest): Promise<SqliteAnswer> {
  try {
    switch (request.do) {
      case "sniff":
        return { databases: request.paths.filter(isDatabase) };
      case "copy":
        return await copy(request.from, request.to, request.busyMs);
      case "check":
        return { problems: check(request.path, request.full) };
      case "tables":
        return { tables: tables(request.path, request.content) };
    }
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    return { error: message, errno: code ?? null };
  }
}

function isDatabase(path: string): boolean {
  const file = openIfThere(path);
  if (file === undefined) return false;
  try {
    const head = Buffer.alloc(MAGIC.length);
    return readSync(file, head, 0, MAGIC.length, 0) === MAGIC.length && head.toString("latin1") === MAGIC;
  } finally {
    closeSync(file);
  }
}

// Logs and temporary files come and go while an application runs.
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

async function copy(from: string, to: string, busyMs: number): Promise<SqliteAnswer> {
  const source = openSource(from, busyMs);
  try {
    await backup(source, to, {
      rate: PAGES,
      progress: ({ totalPages, remainingPages }) => say({ progress: (totalPages - remainingPages) / Math.max(1, totalPages) }),
    });
    source.exec("COMMIT");
  } finally {
    source.close();
  }
  // The copy keeps the mode of the original in its header: in WAL mode, opening it for a look would leave files beside it.
  withDatabase(to, (database) => database.exec("PRAGMA journal_mode=DELETE"));
  return { copied: true };
}

// With a log beside it, read-only: the last writing connection that closes would copy the log into the original. Without one, a read-only
// connection would leave an empty log behind, and a writing one cleans up. What a killed writer left in a rollback journal is undone only by writing.
function openSource(path: string, busyMs: number): DatabaseSync {
  const readOnly = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  try {
    return pinned(new DatabaseSync(path, { timeout: busyMs, readOnly }));
  } catch (error) {
    if (!readOnly) throw error;
    return pinned(new DatabaseSync(path, { timeout: busyMs }));
  }
}

// The snapshot begins with the first read of a transaction, and is kept until its end.
function pinned(database: DatabaseSync): DatabaseSync {
  try {
    database.exec("BEGIN");
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function check(path: string, full: boolean): string[] {
  return withDatabase(path, (database) => {
    const rows = database.prepare(full ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)").all();
    return rows.map((row) => String(Object.values(row)[0])).filter((text) => text !== "ok");
  });
}

function tables(path: string, content: boolean): { name: string; rows: number; sha256?: string }[] {
  return withDatabase(path, (database) => {
    const names = database
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'create virtual%' ORDER BY name",
      )
      .all();
    return names.map(({ name }) => {
      const quoted = `"${String(name).replaceAll('"', '""')}"`;
      const rows = Number(Object.values(database.prepare(`SELECT count(*) FROM ${quoted}`).get() ?? {})[0]);
      return { name: String(name), rows, ...(content && { sha256: contentHash(database, quoted) }) };
    });
  });
}

// The sum does not depend on the order of the rows, and two equal rows do not cancel each other as they would with XOR.
function contentHash(database: DatabaseSync, quoted: string): string {
  const select = database.prepare(`SELECT * FROM ${quoted}`);
  select.setReadBigInts(true);
  let sum = 0n;
  for (const row of select.iterate())
    sum += BigInt(
      `0x${createHash("sha256")
        .update(JSON.stringify(Object.entries(row).map(([name, value]) => [name, encode(value)])))
        .digest("hex")}`,
    );
  return BigInt.asUintN(256, sum).toString(16).padStart(64, "0");
}

function encode(value: SQLOutputValue): string | null {
  if (value === null) return null;
  if (typeof value === "string") return `t${value}`;
  if (typeof value === "bigint") return `i${value}`;
  if (typeof value === "number") return `r${Object.is(value, -0) ? "-0" : value}`;
  return `b${Buffer.from(value).toString("hex")}`;
}

function withDatabase<T>(path: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

function say(value: SqliteAnswer): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
