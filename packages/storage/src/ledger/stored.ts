// Values as the ledger reads and writes them: one place that narrows what an engine gives.
import { readDecimal, writeDecimal } from "@td/fifo/values";
import { Decimal } from "decimal.js";
import type { ColumnDefinition } from "../table/columns.ts";
import { decimalCodec } from "../table/decimal-codec.ts";
import { layoutOf } from "../table/layout.ts";
import { isRefusal } from "../table/sqlite-codec.ts";
import type { AnyTable, RowOf } from "../table/types.ts";
import { cellTypeOf } from "./query.ts";
import type { Cell, Cells, CellType } from "./query.ts";

/** The codec of quantities, prices and fees. */
export const sizeCodec = decimalCodec(38, 18);
/** The codec of money: any product of two sizes fits. */
export const moneyCodec = decimalCodec(76, 36);

/** The codec of sums: 10^18 amounts of money fit. */
export const totalCodec = decimalCodec(94, 36);

/** A value of a text column, or any other that is read as canonical text, that is not null. */
export const textOf = (value: Cell | undefined): string => String(value);
/** A value of an integer column that is not null. */
export const intOf = (value: Cell | undefined): number => Number(value);
/** A value of a column that is read as text. */
export const optionalText = (value: Cell | undefined): string | null => (value === null || value === undefined ? null : String(value));

/** The row, as callers see it, of the cells of all columns of a table. */
export function decodeCells<T extends AnyTable>(table: T, cells: Cells): RowOf<T> {
  const row: Record<string, unknown> = {};
  for (const { property, at, definition } of layoutOf(table).columns) row[property] = decodedCell(definition.kind, cells[at] ?? null);
  // The layout and the type are both made from the table's columns.
  return row as RowOf<T>;
}

function decodedCell(kind: ColumnDefinition["kind"], cell: Cell): unknown {
  if (cell === null) return null;
  if (kind === "decimal") return new Decimal(cell);
  return kind === "json" ? (JSON.parse(String(cell)) as unknown) : cell;
}

/** The columns of a table in SQL, in the order of the declaration. */
export function columnsOf(table: AnyTable): string {
  return layoutOf(table)
    .columns.map(({ name }) => `"${name}"`)
    .join(", ");
}

/** The types of the columns of a table, in the order of the declaration. */
export function typesOf(table: AnyTable): readonly CellType[] {
  return layoutOf(table).columns.map(cellTypeOf);
}

/** Money as canonical text, or null when the column cannot hold it. */
export function fittingMoney(text: string): string | null {
  return isRefusal(moneyCodec.encode(text)) ? null : text;
}

/** `a - b` of canonical decimal texts, exactly. */
export function subtractTexts(a: string, b: string): string {
  return addTexts([a, b.startsWith("-") ? b.slice(1) : `-${b}`]);
}

/** The exact sum of canonical decimal texts. `Decimal` would round it to its precision. */
export function addTexts(texts: readonly string[]): string {
  const parts = texts.map(readDecimal).filter((part) => typeof part !== "string");
  const scale = Math.max(0, ...parts.map((part) => part.scale));
  return writeDecimal(
    parts.reduce((sum, part) => sum + part.units * 10n ** BigInt(scale - part.scale), 0n),
    scale,
  );
}
