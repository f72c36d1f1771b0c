// The rows of a table in a SQLite file.
import type { Database, Statement } from "better-sqlite3";
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { readJsonRecord } from "../core/json-record.ts";
import { reject } from "../core/reasons.ts";
import type { KnownFields } from "../core/validate.ts";
import { checkColumns } from "./columns.ts";
import type { OpenSource, Source } from "./contract.ts";
import { numberedReading, type Unnumbered } from "./numbered-records.ts";
import { conditionOf, databaseError, isUtf8Database, openReadOnly, quoted, type RowFilter, tableShape } from "./sqlite-database.ts";

/** Which rows and columns of a table are read. */
export interface SqliteTableOptions {
  /** Columns to read; the others are left where they are. Default all, and then the schema must know each. */
  readonly columns?: readonly string[];
  /** Columns that must be equal to these values; `null` finds NULL. Default all rows. */
  readonly where?: RowFilter;
}

/** Rows per array handed on. */
const GROUP = 1000;

/**
 * The rows of a table in a SQLite file, in the order of their rowid (or primary key). The file is opened to be read only, in one transaction, together with what
 * is still in its write-ahead log; programs that write to it need not be stopped.
 *
 * Whole numbers reach the schema with all their digits, REAL as the shortest text that reads back as the same number, text as it is (`invalid-utf8` rejects
 * the row), BLOBs as base64 text. Throws `not-a-database`, `table-missing`, `missing-column`, `unknown-column`.
 */
export function sqliteTable(path: string, table: string, options: SqliteTableOptions = {}): Source {
  return {
    async open(fields) {
      const database = await openReadOnly(path);
      try {
        return openTable(database, path, table, options, fields);
      } catch (error) {
        database.close();
        throw databaseError(path, error);
      }
    },
  };
}

function openTable(
  database: Database,
  path: string,
  table: string,
  { columns: chosen, where = {} }: SqliteTableOptions,
  fields: KnownFields,
): OpenSource {
  const { columns: all, key, sql } = tableShape(database, path, table);
  const columns = chosen ?? all;
  const known = { names: all, required: [...columns, ...Object.keys(where)], open: true };
  checkColumns(path, `The columns of ${table} are`, all, known);
  checkColumns(path, `The columns that are read of ${table} are`, columns, fields);
  const condition = conditionOf(where);
  const from = `from ${quoted(table)}${condition.sql}`;
  const extent = database
    .prepare(`select count(*), min(${quoted(key[0] ?? "")}), max(${quoted(key[0] ?? "")}) ${from}`)
    .raw()
    .safeIntegers()
    .get(...condition.values);
  const shape = { table, columns, key, from, values: condition.values };
  return {
    kind: "sqlite-table",
    name: `${path} ${table}`,
    bytes: null,
    fingerprint: createHash("sha256")
      .update(JSON.stringify([sql, columns, where, extent], exactly))
      .digest("hex"),
    start: { byteOffset: 0, line: 1 },
    ...numberedReading(`${path} ${table}`, () => readRows(database, path, shape)),
    parse: readJsonRecord,
    close: async () => void database.close(),
  };
}

function exactly(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

interface Shape {
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly from: string;
  readonly values: readonly (string | number | null)[];
}

type Value = string | number | bigint | Buffer | null;

async function* readRows(database: Database, path: string, shape: Shape): AsyncGenerator<readonly Unnumbered[]> {
  const { columns, key, from, values } = shape;
  const list = [...key, ...columns].map(quoted).join(", ");
  const rows = database
    .prepare(`select ${list} ${from} order by ${key.map(quoted).join(", ")}`)
    .raw()
    .safeIntegers();
  const bytes = isUtf8Database(database) ? bytesOf(database, shape) : null;
  try {
    let group: Unnumbered[] = [];
    for (const row of rows.iterate(...values)) {
      group.push(rowRecord(shape, row as readonly Value[], bytes));
      if (group.length < GROUP) continue;
      yield group;
      group = [];
    }
    yield group;
  } catch (error) {
    throw isDriverError(error) ? databaseError(path, error) : error;
  }
}

/** Finds the bytes of a row's texts by its key. */
function bytesOf(database: Database, { table, columns, key }: Shape): Statement {
  const list = columns.map((name) => `cast(${quoted(name)} as blob)`).join(", ");
  return database.prepare(`select ${list} from ${quoted(table)} where ${key.map((name) => `${quoted(name)} is ?`).join(" and ")}`).raw();
}

function isDriverError(error: unknown): boolean {
  return typeof error === "object" && error !== null && String((error as { readonly code?: unknown }).code).startsWith("SQLITE_");
}

function rowRecord({ table, columns, key }: Shape, row: readonly Value[], bytes: Statement | null): Unnumbered {
  const ids = row.slice(0, key.length);
  const path = `${table}[${key.map((name, at) => `${name}=${jsonText(ids[at] ?? null)}`).join(",")}]`;
  const values = row.slice(key.length);
  // The driver writes U+FFFD for bytes that are not UTF-8, and so may the text itself.
  const doubtful = values.some((value) => typeof value === "string" && value.includes("\u{fffd}"));
  const broken = doubtful && bytes !== null ? values.map((value, at) => brokenText(value, bytes, ids, at)) : [];
  const members = columns.map((name, at) => `${JSON.stringify(name)}:${jsonText(broken[at] ?? values[at] ?? null)}`);
  const text = `{${members.join(",")}}`;
  const refused = broken.some((one) => one !== undefined) && { refused: reject("invalid-utf8", "kept as base64") };
  return { path, text, ...refused, raw: () => Buffer.from(text) };
}

function brokenText(value: Value | undefined, bytes: Statement, ids: readonly Value[], at: number): Buffer | undefined {
  if (typeof value !== "string" || !value.includes("\u{fffd}")) return undefined;
  const row = bytes.get(...ids) as readonly unknown[] | undefined;
  // Not found again by its key: the key itself is what is broken.
  if (row === undefined) return Buffer.from(value);
  const stored = row[at];
  return Buffer.isBuffer(stored) && !isUtf8(stored) ? stored : undefined;
}

/** A value as JSON, with all its digits. */
function jsonText(value: Value): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
  if (typeof value === "bigint") return String(value);
  return JSON.stringify(Buffer.isBuffer(value) ? value.toString("base64") : value);
}
