// Reads rows of a user in the order of a key: pages in both directions, and chunks of a stream.
import { StorageError } from "../errors.ts";
import type { Page, PageRequest, Selection } from "../repository.ts";
import { readCursor, writeCursor } from "../table/cursor.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import type { Connection, StoredRow } from "./connection.ts";
import { decodeRow } from "./encode-row.ts";
import { filterParts } from "./filter.ts";
import type { FilterPart } from "./filter.ts";
import { bind, planOf } from "./plan.ts";

/** A selection that was checked and encoded. */
export interface Prepared {
  /** The conditions. */
  readonly filter: readonly FilterPart[];
  /** The name of the order. */
  readonly order: string;
  /** The direction to read in. */
  readonly direction: "asc" | "desc";
}

/** Checks and encodes a selection. Throws `undefined-filter`, `bad-filter`, `value-rejected`, `bad-request`. */
export function prepareSelection<T extends AnyTable>(table: T, selection: Selection<T>): Prepared {
  const order = selection.orderBy ?? "primaryKey";
  planOf(table).order(order);
  const direction: unknown = selection.direction ?? "asc";
  if (direction !== "asc" && direction !== "desc") throw badRequest(table, `the direction is "asc" or "desc"`);
  return { filter: filterParts(table, selection.where), order, direction };
}

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
  const { columns } = plan.order(prepared.order);
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

/** The key of a stored row in an order. */
export function keyIn(table: AnyTable, order: string, row: StoredRow): readonly Stored[] {
  return planOf(table)
    .order(order)
    .columns.map(({ at }) => row[at] ?? null);
}

const MAX_PAGE = 1000;
const MAX_CHUNK = 10_000;

/** A checked page request: what {@link selectPage} runs. */
export interface PreparedPage extends Prepared {
  /** The key to start after or before. */
  readonly from: readonly Stored[] | undefined;
  /** Whether the page lies before the key. */
  readonly backward: boolean;
  /** Rows at most. */
  readonly limit: number;
}

/** Checks a page request. */
export function preparePage<T extends AnyTable>(table: T, request: PageRequest<T>): PreparedPage {
  if (request.after !== undefined && request.before !== undefined) throw badRequest(table, "give after or before, not both");
  const prepared = prepareSelection(table, request);
  const cursor = request.after ?? request.before;
  const from = cursor === undefined ? undefined : readCursor(planOf(table).order(prepared.order), cursor);
  return { ...prepared, from, backward: request.before !== undefined, limit: checkedLimit(table, "limit", request.limit ?? 50, MAX_PAGE) };
}

/** The page of a checked request. */
export function selectPage<T extends AnyTable>(connection: Connection, table: T, userId: string, page: PreparedPage): Page<T> {
  const { layout, order } = { layout: planOf(table).layout, order: planOf(table).order(page.order) };
  const direction = page.backward === (page.direction === "asc") ? "desc" : "asc";
  const found = selectStored(connection, table, userId, { ...page, direction }, page.from, page.limit + 1);
  const more = found.length > page.limit;
  const stored = page.backward ? found.slice(0, page.limit).toReversed() : found.slice(0, page.limit);
  const cursorAt = (row: StoredRow | undefined, exists: boolean): string | null =>
    row === undefined || !exists ? null : writeCursor(order, row);
  return {
    rows: stored.map((row) => decodeRow<T>(layout, row)),
    next: cursorAt(stored.at(-1), page.backward || more),
    previous: cursorAt(stored[0], page.backward ? more : page.from !== undefined),
  };
}

/** The rows per array of a stream, checked. */
export function checkedChunk(table: AnyTable, chunk: number): number {
  return checkedLimit(table, "chunk", chunk, MAX_CHUNK);
}

function checkedLimit(table: AnyTable, name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw badRequest(table, `${name} is an integer from 1 to ${most}`);
}

function badRequest(table: AnyTable, what: string): StorageError {
  return new StorageError("bad-request", `This request on ${table.name} is not possible: ${what}.`, { facts: { table: table.name } });
}
