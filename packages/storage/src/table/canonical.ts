// The canonical text of a row: the same content gives the same line on every engine and in every file.
import { StorageError } from "../errors.ts";
import { encodeOrThrow } from "./drizzle-tables.ts";
import type { LayoutColumn } from "./layout.ts";
import type { Stored } from "./sqlite-codec.ts";

/** The content columns of a table in the order of their property names. */
export function canonicalOrder(columns: readonly LayoutColumn[]): readonly LayoutColumn[] {
  return columns.filter((column) => !column.definition.assigned).toSorted((a, b) => (a.property < b.property ? -1 : 1));
}

/** The canonical text of a stored row, whose values stand at the positions of their columns. */
export function canonicalStored(order: readonly LayoutColumn[], row: readonly Stored[]): string {
  const parts = order.map((column) => `${JSON.stringify(column.property)}:${column.codec.canonical(row[column.at] ?? null)}`);
  return `{${parts.join(",")}}`;
}

/** The canonical text of a row as a caller gives it. Throws `value-rejected`. */
export function canonicalRow(table: string, columns: readonly LayoutColumn[], row: Readonly<Record<string, unknown>>): string {
  const order = canonicalOrder(columns);
  const stored: Stored[] = [];
  for (const column of order) stored[column.at] = encodeOrThrow(table, column, row[column.property]);
  const known = new Set(columns.map((column) => column.property));
  const stranger = Object.keys(row).find((property) => !known.has(property));
  if (stranger === undefined) return canonicalStored(order, stored);
  throw new StorageError("value-rejected", `${table} has no column ${stranger}: take it out of the row.`, {
    facts: { table, column: stranger, issue: "unknown-column" },
  });
}
