// The repository of one table and user on SQLite: checks what is asked, then runs it as one synchronous piece of work.
import type { Page, PageRequest, Repository, StreamRequest, UpdateOptions } from "../repository.ts";
import type { AnyTable, ChangesOf, InputOf, KeyOf, RowOf, WhereOf } from "../table/types.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import { encodeChanges } from "../table/changes.ts";
import { bind } from "../table/plan.ts";
import { checkedChunk, keyIn, preparePage, prepareSelection } from "../table/selection.ts";
import { deleteRow, insertRow, standing, updateRow } from "./change-rows.ts";
import type { StoredRow } from "./connection.ts";
import { decodeRow, encodeKey } from "../table/encode-row.ts";
import { filterParts } from "../table/filter.ts";
import { importResult, newerColumn } from "../table/newer.ts";
import { importRows } from "./import-rows.ts";
import { planOf } from "./plan.ts";
import { selectPage, selectStored } from "./select-rows.ts";
import type { SqliteSession } from "./session.ts";

/** The repository of a table in a session. */
export function sqliteRepository<T extends AnyTable>(session: SqliteSession, table: T): Repository<T> {
  const { layout } = planOf(table);
  const { userId } = session;
  const keyOf = (key: KeyOf<T>): readonly Stored[] => encodeKey(table, layout, userId, key);
  const decode = (row: StoredRow | undefined): RowOf<T> | null => (row === undefined ? null : decodeRow<T>(layout, row));
  return {
    insert: async (row: InputOf<T>): Promise<RowOf<T>> => session.write((connection) => insertRow(connection, table, userId, row)),
    importMany: (async (rows: Iterable<InputOf<T>>, options: { readonly onConflict?: unknown } = {}) => {
      const newer = newerColumn(table, options.onConflict);
      return importResult(await session.write((connection) => importRows(connection, table, userId, rows, newer)), newer);
    }) as Repository<T>["importMany"],
    get: async (key: KeyOf<T>): Promise<RowOf<T> | null> => {
      const stored = keyOf(key);
      return session.read((connection) => decode(standing(connection, table, stored)));
    },
    page: async (request: PageRequest<T> = {}): Promise<Page<T>> => {
      const page = preparePage(table, request);
      return session.read((connection) => selectPage(connection, table, userId, page));
    },
    stream: (request: StreamRequest<T> = {}): AsyncIterable<readonly RowOf<T>[]> => decoded(session, table, request),
    count: async (...given: readonly [where?: WhereOf<T>]): Promise<number> => {
      const filter = given.length === 0 ? [] : filterParts(table, given[0]);
      const compiled = planOf(table).count(filter);
      const values = new Map<string, Stored>([["userId", userId], ...filter.map((part, at) => [`f${at}`, part.value] as const)]);
      return session.read((connection) => Number(connection.get(compiled.sql, bind(compiled, values))?.[0]));
    },
    update: async (key: KeyOf<T>, changes: ChangesOf<T>, options: UpdateOptions = {}): Promise<RowOf<T> | null> => {
      const [stored, encoded] = [keyOf(key), encodeChanges(table, changes)];
      return session.write((connection) => updateRow(connection, table, userId, stored, encoded, options));
    },
    delete: async (key: KeyOf<T>): Promise<boolean> => {
      const stored = keyOf(key);
      return session.write((connection) => deleteRow(connection, table, stored));
    },
    deleteMany: async (keys: readonly KeyOf<T>[]): Promise<readonly KeyOf<T>[]> => {
      const stored = keys.map(keyOf);
      return session.write((connection) => keys.filter((_, at) => deleteRow(connection, table, stored[at] ?? [])));
    },
  };
}

async function* decoded<T extends AnyTable>(
  session: SqliteSession,
  table: T,
  request: StreamRequest<T>,
): AsyncGenerator<readonly RowOf<T>[]> {
  const { layout } = planOf(table);
  for await (const rows of streamStored(session, table, request)) yield rows.map((row) => decodeRow<T>(layout, row));
}

/** The stored rows of a selection as arrays: what `stream` decodes. Each array is one query that starts after the last key. */
export async function* streamStored<T extends AnyTable>(
  session: SqliteSession,
  table: T,
  request: StreamRequest<T>,
): AsyncGenerator<readonly StoredRow[]> {
  const prepared = prepareSelection(table, request);
  const chunk = checkedChunk(table, request.chunk ?? 1000);
  let from: readonly Stored[] | undefined;
  for (;;) {
    const after = from;
    const rows = await session.read((connection) => selectStored(connection, table, session.userId, prepared, after, chunk));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < chunk) return;
    from = keyIn(table, prepared.order, last);
  }
}
