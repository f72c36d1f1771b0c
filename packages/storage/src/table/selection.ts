// What is asked of a table's rows, checked and encoded, and the pages that the answers make. The same on every engine.
import { StorageError } from "../errors.ts";
import type { Page, PageRequest, Selection } from "../repository.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { filterParts } from "./filter.ts";
import type { FilterPart } from "./filter.ts";
import type { LayoutColumn } from "./layout.ts";
import { orderOf } from "./orders.ts";
import type { Stored, StoredRow } from "./sqlite-codec.ts";
import type { AnyTable, RowOf } from "./types.ts";

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
  orderOf(table, order);
  const direction: unknown = selection.direction ?? "asc";
  if (direction !== "asc" && direction !== "desc") throw badRequest(table, `the direction is "asc" or "desc"`);
  return { filter: "where" in selection ? filterParts(table, selection.where) : [], order, direction };
}

/** The key of a stored row in an order. */
export function keyIn(table: AnyTable, order: string, row: StoredRow): readonly Stored[] {
  return orderOf(table, order).columns.map(({ at }) => row[at] ?? null);
}

const MAX_PAGE = 1000;
const MAX_CHUNK = 10_000;

/** A checked page request. */
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
  const from = cursor === undefined ? undefined : readCursor(orderOf(table, prepared.order), cursor);
  return { ...prepared, from, backward: request.before !== undefined, limit: checkedLimit(table, "limit", request.limit ?? 50, MAX_PAGE) };
}

/** The selection that finds the rows of a page: one more than its limit, in the direction of reading. */
export function pageSelection(page: PreparedPage): Prepared {
  return { ...page, direction: page.backward === (page.direction === "asc") ? "desc" : "asc" };
}

/** How the rows of an engine are read: as values, and column by column for the cursors. */
export interface RowReader<Found, Row> {
  /** The row of a found one. */
  readonly decode: (found: Found) => Row;
  /** The stored value of one column of a found row. */
  readonly stored: (found: Found, column: LayoutColumn) => Stored;
}

/** The page that rows found by {@link pageSelection} make. */
export function pageOf<T extends AnyTable, Found>(
  table: T,
  page: PreparedPage,
  found: readonly Found[],
  reader: RowReader<Found, RowOf<T>>,
): Page<T> {
  const order = orderOf(table, page.order);
  const more = found.length > page.limit;
  const rows = page.backward ? found.slice(0, page.limit).toReversed() : found.slice(0, page.limit);
  const cursorAt = (row: Found | undefined, exists: boolean): string | null =>
    row === undefined || !exists ? null : writeCursor(order, (column) => reader.stored(row, column));
  return {
    rows: rows.map((row) => reader.decode(row)),
    next: cursorAt(rows.at(-1), page.backward || more),
    previous: cursorAt(rows[0], page.backward ? more : page.from !== undefined),
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
