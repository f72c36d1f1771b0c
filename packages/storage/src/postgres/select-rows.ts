// Reads rows of a user in the order of a key: pages in both directions, and chunks of a stream. One query each, asked at once.
import type { Page } from "../repository.ts";
import { orderOf } from "../table/orders.ts";
import { pageOf, pageSelection } from "../table/selection.ts";
import type { Prepared, PreparedPage } from "../table/selection.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import type { Statements } from "./connection.ts";
import { bindWire, filterWire, planOf } from "./plan.ts";
import { decodeWire, storedOf, wireOf } from "./wire.ts";
import type { Wire, WireRow } from "./wire.ts";

/** Up to `limit` rows, from the beginning or after a key of the order. */
export async function selectWire(
  connection: Statements,
  table: AnyTable,
  userId: string,
  prepared: Prepared,
  from: readonly Stored[] | undefined,
  limit: number,
): Promise<readonly WireRow[]> {
  const { columns } = orderOf(table, prepared.order);
  const shape = { filter: prepared.filter, order: columns, direction: prepared.direction, fromKey: from !== undefined };
  const compiled = planOf(table).select(shape, prepared.order);
  const values = new Map<string, Wire>([
    ["userId", userId],
    ["limit", String(limit)],
    ...filterWire(prepared.filter),
    ...columns.map((column, at) => [`k${at}`, wireOf(column, from?.[at] ?? null)] as const),
  ]);
  const { rows } = await connection.query(compiled.sql, bindWire(compiled, values));
  return rows;
}

/** The page of a checked request. */
export async function selectPage<T extends AnyTable>(
  connection: Statements,
  table: T,
  userId: string,
  page: PreparedPage,
): Promise<Page<T>> {
  const found = await selectWire(connection, table, userId, pageSelection(page), page.from, page.limit + 1);
  return pageOf(table, page, found, {
    decode: (row) => decodeWire(table, row),
    stored: (row, column) => storedOf(column, row[column.at] ?? null),
  });
}
