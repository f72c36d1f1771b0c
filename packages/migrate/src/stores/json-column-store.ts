// Records in a JSON text that lies in one column of one row of a SQLite file.
import type { Database } from "better-sqlite3";
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { RawObject } from "../core/json-record.ts";
import { MigrateError } from "../errors.ts";
import { busy, tryBegin } from "./file-lock.ts";
import { jsonDocumentStore, type JsonRecordsOptions } from "./json-document-store.ts";
import { openLegacySqlite } from "./open-legacy-sqlite.ts";
import type { RecordStore } from "./record-store.ts";
import type { TextDocument, VersionedText } from "./text-document.ts";

/** Which column of which row, and how its JSON is read and written. */
export interface JsonColumnStoreOptions<T> extends JsonRecordsOptions<T> {
  /** The SQLite file. */
  readonly file: string;
  /** The table. */
  readonly table: string;
  /** The column that holds the JSON text. */
  readonly column: string;
  /** The row: columns and what they hold, such as `{ id: 1 }`. It must exist. */
  readonly where: Readonly<Record<string, string | number>>;
  /** Other columns of the row that every change sets, such as the time of it. Default none. */
  readonly set?: () => Readonly<Record<string, string | number | null>>;
  /** Milliseconds to wait for another writer of the file. Default 5000. */
  readonly lockTimeoutMs?: number;
}

/**
 * Records in a JSON column. A put or delete is one transaction on the SQLite file: all or none. What is not a changed record keeps its bytes.
 *
 * Holds the text in memory, once for all stores over one document. Throws `store-malformed`, `duplicate-key`, `record-refused`, `store-busy`,
 * `store-unreadable`, `driver-missing`.
 */
export function jsonColumnStore<T = RawObject>(options: JsonColumnStoreOptions<T>): RecordStore<T> {
  return jsonDocumentStore(columnDocument(options), options);
}

function columnDocument<T>(options: JsonColumnStoreOptions<T>): TextDocument {
  const { file, table, column, lockTimeoutMs = 5000 } = options;
  const name = `${file} ${table}.${column}`;
  // Many stores over one document, such as one for each list in it, have one connection and one copy of its text.
  const shared = once(() => sharedColumn(options));
  const current = ({ database, seen }: SharedColumn): VersionedText => {
    const version = database.pragma("data_version", { simple: true }) as number;
    if (seen.version === version && seen.current !== undefined) return seen.current;
    const text = select(database, name, options);
    seen.version = version;
    return (seen.current = seen.current?.text === text ? seen.current : { text, mark: text });
  };
  const exclusive = async (edit: (current: VersionedText) => string | undefined): Promise<void> => {
    const of = await shared();
    const { database, seen } = of;
    await begin(database, name, lockTimeoutMs);
    try {
      const before = current(of);
      const text = edit(before);
      if (text !== undefined && text !== before.text) {
        seen.current = undefined;
        update(database, text, options);
      }
      database.exec("commit");
    } catch (error) {
      if (database.inTransaction) database.exec("rollback");
      throw error;
    }
  };
  return {
    name,
    read: async () => current(await shared()),
    edit: async (edit) => {
      const of = await shared();
      const run = of.queue.then(() => exclusive(edit));
      of.queue = run.catch(() => undefined);
      return run;
    },
  };
}

/** What all stores of this process over one document have in common. */
interface SharedColumn {
  readonly database: Database;
  /** Their edits, one after the other. */
  queue: Promise<unknown>;
  /** The text as last read, and SQLite's count of what other connections have committed: as long as it stands still, nothing has to be read again. */
  readonly seen: { version: number; current: VersionedText | undefined };
}

const columns = new Map<string, WeakRef<SharedColumn>>();

/** The document of these options; another file under the same path is another one. */
async function sharedColumn<T>({ file, table, column, where }: JsonColumnStoreOptions<T>): Promise<SharedColumn> {
  const place = await stat(file, { bigint: true }).catch(() => undefined);
  const key = JSON.stringify([String(place?.dev), String(place?.ino), table, column, where]);
  const known = columns.get(key)?.deref();
  if (known !== undefined) return known;
  const database = await openLegacySqlite(file);
  const meanwhile = columns.get(key)?.deref();
  if (meanwhile !== undefined) {
    database.close();
    return meanwhile;
  }
  const made: SharedColumn = { database, queue: Promise.resolve(), seen: { version: -1, current: undefined } };
  columns.set(key, new WeakRef(made));
  return made;
}

function once<R>(make: () => Promise<R>): () => Promise<R> {
  let made: Promise<R> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}

async function begin(database: Database, name: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 1; !tryBegin(database, "immediate"); pause = Math.min(pause * 2, 20)) {
    if (performance.now() >= deadline) throw busy(name, timeoutMs);
    await sleep(pause);
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const condition = (where: object): string =>
  Object.keys(where)
    .map((name) => `${quoted(name)} = ?`)
    .join(" and ");

function select<T>(database: Database, name: string, { table, column, where }: JsonColumnStoreOptions<T>): string {
  const sql = `select cast(${quoted(column)} as text) from ${quoted(table)} where ${condition(where)}`;
  const rows = database
    .prepare(sql)
    .raw()
    .all(...Object.values(where)) as readonly (readonly unknown[])[];
  const text = rows[0]?.[0];
  if (rows.length === 1 && typeof text === "string") return text;
  const what = rows.length === 1 ? "null" : `${rows.length} rows`;
  throw new MigrateError("store-malformed", `${name} gave ${what} instead of one text: check table, column and where.`, {
    facts: { store: name },
  });
}

function update<T>(database: Database, text: string, { table, column, where, set }: JsonColumnStoreOptions<T>): void {
  const values = { [column]: text, ...set?.() };
  const assigned = Object.keys(values).map((name) => `${quoted(name)} = ?`);
  database
    .prepare(`update ${quoted(table)} set ${assigned.join(", ")} where ${condition(where)}`)
    .run(...Object.values(values), ...Object.values(where));
}
