// The repository of one table and user on PostgreSQL: checks what is asked, then runs it in a transaction bound to the user.
import type { Page, PageRequest, Repository, StreamRequest, UpdateOptions } from "../repository.ts";
import { encodeChanges } from "../table/changes.ts";
import { encodeKey } from "../table/encode-row.ts";
import { filterParts } from "../table/filter.ts";
import { importResult, newerColumn } from "../table/newer.ts";
import { checkedChunk, keyIn, preparePage, prepareSelection } from "../table/selection.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, ChangesOf, InputOf, KeyOf, RowOf, WhereOf } from "../table/types.ts";
import { deleteRow, deleteRows, insertRow, keyWire, standing, updateRow } from "./change-rows.ts";
import { importRows } from "./import-rows.ts";
import { bindWire, filterWire, planOf } from "./plan.ts";
import { selectPage, selectWire } from "./select-rows.ts";
import type { PostgresSession } from "./session.ts";
import { decodeWire, storedRow } from "./wire.ts";
import type { Wire, WireRow } from "./wire.ts";

/** The repository of a table in a session. */
export function postgresRepository<T extends AnyTable>(session: PostgresSession, table: T): Repository<T> {
  const { layout } = planOf(table);
  const { userId } = session;
  const keyOf = (key: KeyOf<T>): readonly Wire[] => keyWire(table, encodeKey(table, layout, userId, key));
  return {
    insert: async (row: InputOf<T>): Promise<RowOf<T>> => session.write((connection) => insertRow(connection, table, userId, row)),
    importMany: (async (rows: Iterable<InputOf<T>>, options: { readonly onConflict?: unknown } = {}) => {
      const newer = newerColumn(table, options.onConflict);
      // A transaction of its own is run again when the database takes it back: the rows must be there a second time.
      const given = Array.isArray(rows) || session.inTransaction ? rows : [...rows];
      return importResult(await session.write((connection) => importRows(connection, table, userId, given, newer)), newer);
    }) as Repository<T>["importMany"],
    get: async (key: KeyOf<T>): Promise<RowOf<T> | null> => {
      const wire = keyOf(key);
      const row = await session.read((connection) => standing(connection, table, wire));
      return row === undefined ? null : decodeWire(table, row);
    },
    page: async (request: PageRequest<T> = {}): Promise<Page<T>> => {
      const page = preparePage(table, request);
      return session.read((connection) => selectPage(connection, table, userId, page));
    },
    stream: (request: StreamRequest<T> = {}): AsyncIterable<readonly RowOf<T>[]> => decoded(session, table, request),
    count: async (...given: readonly [where?: WhereOf<T>]): Promise<number> => {
      const filter = given.length === 0 ? [] : filterParts(table, given[0]);
      const compiled = planOf(table).count(filter);
      const values = new Map<string, Wire>([["userId", userId], ...filterWire(filter)]);
      const { rows } = await session.read((connection) => connection.query(compiled.sql, bindWire(compiled, values)));
      return Number(rows[0]?.[0]);
    },
    update: async (key: KeyOf<T>, changes: ChangesOf<T>, options: UpdateOptions = {}): Promise<RowOf<T> | null> => {
      const [wire, encoded] = [keyOf(key), encodeChanges(table, changes)];
      return session.write((connection) => updateRow(connection, table, userId, wire, encoded, options));
    },
    delete: async (key: KeyOf<T>): Promise<boolean> => {
      const wire = keyOf(key);
      return session.write((connection) => deleteRow(connection, table, wire));
    },
    deleteMany: async (keys: readonly KeyOf<T>[]): Promise<readonly KeyOf<T>[]> => {
      const stored = keys.map((key) => encodeKey(table, layout, userId, key));
      if (keys.length === 0) return [];
      const gone = await session.write((connection) => deleteRows(connection, table, userId, stored));
      return keys.filter((_, at) => gone.has(at));
    },
  };
}

async function* decoded<T extends AnyTable>(
  session: PostgresSession,
  table: T,
  request: StreamRequest<T>,
): AsyncGenerator<readonly RowOf<T>[]> {
  for await (const rows of streamWire(session, table, request)) yield rows.map((row) => decodeWire(table, row));
}

/** The rows of a selection as arrays, as they travel. Each array is one query that starts after the last key. */
export async function* streamWire<T extends AnyTable>(
  session: PostgresSession,
  table: T,
  request: StreamRequest<T>,
): AsyncGenerator<readonly WireRow[]> {
  const prepared = prepareSelection(table, request);
  const chunk = checkedChunk(table, request.chunk ?? 1000);
  let from: readonly Stored[] | undefined;
  for (;;) {
    const after = from;
    const rows = await session.read((connection) => selectWire(connection, table, session.userId, prepared, after, chunk));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < chunk) return;
    from = keyIn(table, prepared.order, storedRow(table, last));
  }
}
