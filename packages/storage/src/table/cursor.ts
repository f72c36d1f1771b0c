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

/** The cursor that stands at a row, of which the stored values of the order's columns are asked for. */
export function writeCursor(place: CursorPlace, valueOf: (column: LayoutColumn) => Stored): string {
  return encodeCursor(headOf(place), place.columns, valueOf);
}

/** The stored key that a cursor stands at. Throws `bad-cursor` when it is none, or one of another table or order. */
export function readCursor(place: CursorPlace, cursor: string): readonly Stored[] {
  const values = decodeCursor(headOf(place), place.columns, cursor);
  if (values !== undefined) return values;
  throw new StorageError(
    "bad-cursor",
    `This is not a cursor of ${place.table} in the order ${place.order}: start again from the first page.`,
    {
      facts: { table: place.table, order: place.order },
    },
  );
}

/** What a cursor begins with: what it is, and of what. */
export type CursorHead = readonly (string | number)[];

function headOf({ table, order }: CursorPlace): CursorHead {
  return [VERSION, table, order];
}

/** Opaque text for a head and the canonical values of columns. */
export function encodeCursor(
  head: CursorHead,
  columns: readonly LayoutColumn[],
  valueOf: (column: LayoutColumn, at: number) => Stored,
): string {
  const values = columns.map((column, at) => column.codec.canonical(valueOf(column, at)));
  return Buffer.from(`[${[...head.map((part) => JSON.stringify(part)), ...values].join(",")}]`).toString("base64url");
}

/** The stored values of a cursor with this head; `undefined` for anything else. */
export function decodeCursor(head: CursorHead, columns: readonly LayoutColumn[], cursor: string): readonly Stored[] | undefined {
  const parts = parse(cursor);
  if (parts.length !== head.length + columns.length || head.some((part, at) => parts[at] !== part)) return undefined;
  const values = columns.map((column, at) => column.codec.encode(parts[head.length + at]));
  return values.every((value) => !isRefusal(value)) ? (values as readonly Stored[]) : undefined;
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(parsed) ? (parsed as readonly unknown[]) : [];
  } catch {
    return [];
  }
}
