// The orders in which a table can be read: its primary key, and each index without nullable columns.
import { StorageError } from "../errors.ts";
import type { CursorPlace } from "./cursor.ts";
import { layoutOf } from "./layout.ts";
import type { LayoutColumn } from "./layout.ts";
import type { AnyTable } from "./types.ts";

const orders = new WeakMap<AnyTable, Map<string, CursorPlace>>();

/** The columns of an order: those of the index, then what the primary key adds to make it unique. Throws `bad-request`. */
export function orderOf(table: AnyTable, name: string): CursorPlace {
  const ofTable = orders.get(table) ?? new Map<string, CursorPlace>();
  orders.set(table, ofTable);
  const found = ofTable.get(name);
  if (found !== undefined) return found;
  const made = { table: table.name, order: name, columns: orderColumns(table, name) };
  ofTable.set(name, made);
  return made;
}

function orderColumns(table: AnyTable, name: string): readonly LayoutColumn[] {
  const index = name === "primaryKey" ? table.primaryKey : table.indexes[name];
  const properties = index === undefined ? [] : [...new Set([...index, ...table.primaryKey])].slice(1);
  const columns = properties.flatMap((property) => layoutOf(table).byProperty.get(property) ?? []);
  if (index !== undefined && columns.every((column) => !column.definition.nullable)) return columns;
  throw new StorageError(
    "bad-request",
    `${table.name} cannot be ordered by ${name}: use primaryKey or an index without nullable columns.`,
    { facts: { table: table.name, order: name } },
  );
}
