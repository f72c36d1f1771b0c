// The digest of a table on SQLite: stored rows in chunks, spelled canonically without making values of them.
import { collectDigest } from "../digest.ts";
import type { TableDigest } from "../digest.ts";
import { canonicalOrder, canonicalStored } from "../table/canonical.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import { compileScan } from "./compile.ts";
import type { StoredRow } from "./connection.ts";
import type { SqliteDatabase } from "./open.ts";
import { bind } from "../table/plan.ts";
import { planOf } from "./plan.ts";

const CHUNK = 1000;

/** The digest of a table's rows of every user. */
export function digestEveryUser(database: SqliteDatabase, table: AnyTable): Promise<TableDigest> {
  return digestStored(table, scanStored(database, table));
}

/** The digest of arrays of stored rows. */
export async function digestStored(table: AnyTable, chunks: AsyncIterable<readonly StoredRow[]>): Promise<TableDigest> {
  const order = canonicalOrder(planOf(table).layout.columns);
  const collector = collectDigest(table.name);
  for await (const rows of chunks) for (const row of rows) collector.add(canonicalStored(order, row));
  return collector.result();
}

/** Up to `limit` stored rows of a table of every user, by key, from the beginning or after a key. For jobs, never for a scope. */
export function scanChunk(
  database: SqliteDatabase,
  table: AnyTable,
  from: readonly Stored[] | undefined,
  limit: number,
): Promise<readonly StoredRow[]> {
  const values = new Map<string, Stored>([["limit", limit], ...(from ?? []).map((value, at) => [`k${at}`, value] as const)]);
  const compiled = compileScan(table, from !== undefined);
  return database.read((connection) => connection.all(compiled.sql, bind(compiled, values)));
}

/** The stored rows of a table of every user, by key. */
async function* scanStored(database: SqliteDatabase, table: AnyTable): AsyncGenerator<readonly StoredRow[]> {
  const { layout } = planOf(table);
  let from: readonly Stored[] | undefined;
  for (;;) {
    const rows = await scanChunk(database, table, from, CHUNK);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < CHUNK) return;
    from = layout.key.map(({ at }) => last[at] ?? null);
  }
}
