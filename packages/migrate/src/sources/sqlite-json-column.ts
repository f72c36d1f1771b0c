// A JSON document that lies in one column of one row of a SQLite file.
import type { Database } from "better-sqlite3";
import { createHash } from "node:crypto";
import { expectOption, has } from "../core/expect-option.ts";
import { MigrateError } from "../errors.ts";
import { checkColumns } from "./columns.ts";
import type { Source } from "./contract.ts";
import { emptySource, type SourceFile } from "./file.ts";
import { openDocument } from "./json-document.ts";
import { documentPlan, type JsonOptions } from "./json-plan.ts";
import { conditionOf, databaseError, isUtf8Database, openReadOnly, quoted, type RowFilter, tableShape } from "./sqlite-database.ts";

/** Which document, and which of its values. */
export interface SqliteJsonColumnOptions extends JsonOptions {
  /** The table. */
  readonly table: string;
  /** The column that holds the document, as text or bytes. */
  readonly column: string;
  /** Columns that tell the row: exactly one must be equal to these values. Default: the only row of the table. */
  readonly where?: RowFilter;
  /** Where the records are in the document, as for `jsonFile`. */
  readonly path: string | readonly string[];
}

/**
 * The values of a JSON document in a column, such as the state that an application keeps as one blob: `sqliteJsonColumn("arena.db", { table: "arena_state",
 * column: "state", where: { id: 1 }, path: "bots[*].orders[*]" })`. The file is opened to be read only, with what is in its write-ahead log, and let go again at
 * once; the document is held in memory as bytes. Throws what `jsonFile` and `sqliteTable` throw, and `row-missing` when no row, or not only one, is meant.
 */
export function sqliteJsonColumn(path: string, options: SqliteJsonColumnOptions): Source {
  expectOption(has(options, "table", "column", "path"), "sqliteJsonColumn", "give table, column and path");
  const plan = documentPlan("sqliteJsonColumn", options.path, options);
  return {
    async open() {
      const database = await openReadOnly(path);
      try {
        const bytes = readColumn(database, path, options);
        return await openDocument("sqlite-json-column", inMemory(`${path} ${options.table}.${options.column}`, bytes), plan);
      } catch (error) {
        throw databaseError(path, error);
      } finally {
        database.close();
      }
    },
  };
}

function readColumn(database: Database, path: string, { table, column, where = {} }: SqliteJsonColumnOptions): Buffer {
  const { columns } = tableShape(database, path, table);
  checkColumns(path, `The columns of ${table} are`, columns, { names: columns, required: [column, ...Object.keys(where)], open: true });
  const { sql, values } = conditionOf(where);
  // As bytes, which may hold what no text can; in a database of UTF-16 they would be those of UTF-16.
  const value = isUtf8Database(database) ? `cast(${quoted(column)} as blob)` : quoted(column);
  const rows = database
    .prepare(`select ${value} from ${quoted(table)}${sql} limit 2`)
    .pluck()
    .all(...values);
  if (rows.length !== 1) throw wrongRow(path, table, where, rows.length);
  const [found] = rows;
  const bytes = typeof found === "string" ? Buffer.from(found) : found;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) throw emptySource(`${path} ${table}.${column}`);
  return bytes;
}

function wrongRow(path: string, table: string, where: RowFilter, rows: number): MigrateError {
  const meant =
    Object.keys(where).length === 0
      ? "no condition"
      : Object.entries(where)
          .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
          .join(" and ");
  const what =
    rows === 0
      ? "finds no row: check the condition. A program that deletes and inserts its state may be between the two: try again"
      : "finds more than one row: name the one that is meant with where, or read the rows with sqliteTable";
  return new MigrateError("row-missing", `${path}: ${meant} on ${table} ${what}.`, { facts: { path, table, rows }, retryable: rows === 0 });
}

/** Bytes in memory as a source file: they cannot change. */
function inMemory(path: string, bytes: Buffer): SourceFile {
  const none = Buffer.alloc(0);
  return {
    path,
    size: bytes.length,
    read: async (position, length, before = none) => {
      const some = bytes.subarray(position, position + length);
      return before.length === 0 ? some : Buffer.concat([before, some]);
    },
    fingerprint: async () => createHash("sha256").update(bytes).digest("hex"),
    expect: async () => {},
    modified: "",
    expectWhole: async () => {},
    close: async () => {},
  };
}
