// Reads rows of a user in the order of a key: pages in both directions, and chunks of a stream.
import type { Page } from "../repository.ts";
import { decodeRow } from "../table/encode-row.ts";
import { orderOf } from "../table/orders.ts";
import { bind } from "../table/plan.ts";
import { pageOf, pageSelection } from "../table/selection.ts";
import type { Prepared, PreparedPage } from "../table/selection.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import type { Connection, StoredRow } from "./connection.ts";
import { planOf } from "./plan.ts";

/** Up to `limit` stored rows, from the beginning or after a key of the order. */
export function selectStored(
  connection: Connection,
  table: AnyTable,
  userId: string,
  prepared: Prepared,
  from: readonly Stored[] | undefined,
  limit: number,
): readonly StoredRow[] {
  const plan = planOf(table);
  const { columns } = orderOf(table, prepared.order);
  const shape = { filter: prepared.filter, order: columns, direction: prepared.direction, fromKey: from !== undefined };
  const compiled = plan.select(shape, prepared.order);
  const values = new Map<string, Stored>([
    ["userId", userId],
    ["limit", limit],
  ]);
  prepared.filter.forEach((part, at) => values.set(`f${at}`, part.value));
  from?.forEach((value, at) => values.set(`k${at}`, value));
  return connection.all(compiled.sql, bind(compiled, values));
}

/** The page of a checked request. */
export function selectPage<T extends AnyTable>(connection: Connection, table: T, userId: string, page: PreparedPage): Page<T> {
  const found = selectStored(connection, table, userId, pageSelection(page), page.from, page.limit + 1);
  const { layout } = planOf(table);
  return pageOf(table, page, found, {
    decode: (row) => decodeRow<T>(layout, row),
    stored: (row, column) => row[column.at] ?? null,
  });
}
