// Cursors: a place in an order, as opaque text. It carries the table and the order and is checked against them, and its values
// are canonical, so that a cursor made on one engine is understood by the other.
import { StorageError } from "../errors.ts";
import type { LayoutColumn } from "./layout.ts";
import { isRefusal } from "./sqlite-codec.ts";
import type { Stored } from "./sqlite-codec.ts";

const VERSION = 1;

/** Where a cursor stands: a table and one of its orders. */
export interface CursorPlace {
  /** The table's name. */
  readonly table: string;
  /** The order's name. */
  readonly order: string;
  /** The columns of the order, without the user. */
  readonly columns: readonly LayoutColumn[];
}

/** The cursor that stands at a stored row. */
export function writeCursor(place: CursorPlace, row: readonly Stored[]): string {
  const values = place.columns.map((column) => column.codec.canonical(row[column.at] ?? null));
  const text = `[${[VERSION, JSON.stringify(place.table), JSON.stringify(place.order), ...values].join(",")}]`;
  return Buffer.from(text).toString("base64url");
}

/** The stored key that a cursor stands at. Throws `bad-cursor` when it is none, or one of another table or order. */
export function readCursor(place: CursorPlace, cursor: string): readonly Stored[] {
  const parts = parse(cursor);
  const [version, table, order, ...values] = parts;
  if (version !== VERSION || table !== place.table || order !== place.order || values.length !== place.columns.length)
    throw badCursor(place);
  return place.columns.map((column, at) => {
    const stored = column.codec.encode(values[at]);
    if (isRefusal(stored)) throw badCursor(place);
    return stored;
  });
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(parsed) ? (parsed as readonly unknown[]) : [];
  } catch {
    return [];
  }
}

function badCursor(place: CursorPlace): StorageError {
  return new StorageError(
    "bad-cursor",
    `This is not a cursor of ${place.table} in the order ${place.order}: start again from the first page.`,
    {
      facts: { table: place.table, order: place.order },
    },
  );
}
