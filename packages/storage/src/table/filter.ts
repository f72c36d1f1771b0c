// A filter as given becomes a list of parts: which column, which operator, which stored value. Its shape is what gets compiled.
import { Decimal } from "decimal.js";
import { StorageError } from "../errors.ts";
import { encodeOrThrow } from "./drizzle-tables.ts";
import { layoutOf } from "./layout.ts";
import type { LayoutColumn } from "./layout.ts";
import type { Stored } from "./sqlite-codec.ts";
import type { AnyTable } from "./types.ts";

const OPERATORS = ["eq", "ne", "lt", "lte", "gt", "gte", "in"] as const;
type Operator = (typeof OPERATORS)[number];

/** One condition of a filter. */
export interface FilterPart {
  /** The column. */
  readonly column: LayoutColumn;
  /** What is asked of it. */
  readonly operator: Operator;
  /** The stored form to compare with; a JSON list of them for `in`. */
  readonly value: Stored;
}

/** The parts of a filter that was given. Throws `undefined-filter`, `bad-filter`, `value-rejected`. */
export function filterParts(table: AnyTable, where: unknown): readonly FilterPart[] {
  return Object.entries(plainFilter(table, where)).flatMap(([property, condition]: [string, unknown]) => {
    const column = filterColumn(table, property);
    return operations(table, property, condition).map(([operator, operand]) => part(table, column, operator, operand));
  });
}

// What has no conditions of its own would mean everything: null, a list, a promise that nobody awaited.
function plainFilter(table: AnyTable, where: unknown): object {
  if (where === undefined) {
    throw new StorageError("undefined-filter", `The filter on ${table.name} is undefined: leave it out to allow every row.`, {
      facts: { table: table.name },
    });
  }
  if (typeof where === "object" && where !== null && isPlain(where)) return where;
  throw new StorageError("bad-filter", `The filter on ${table.name} is not an object of conditions: use { column: value }.`, {
    facts: { table: table.name },
  });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A text that two filters share exactly when they compile to the same SQL. */
export function filterShape(parts: readonly FilterPart[]): string {
  return parts
    .map(({ column, operator, value }) => `${column.property} ${operator}${operator === "eq" && value === null ? " null" : ""}`)
    .join(",");
}

function filterColumn(table: AnyTable, property: string): LayoutColumn {
  const column = layoutOf(table).byProperty.get(property);
  if (column !== undefined && property !== "userId" && column.definition.kind !== "json") return column;
  throw new StorageError(
    "bad-filter",
    `${table.name} cannot be filtered by ${property}: name one of its columns other than userId and JSON.`,
    {
      facts: { table: table.name, column: property },
    },
  );
}

function operations(table: AnyTable, property: string, condition: unknown): readonly (readonly [string, unknown])[] {
  const isValue = typeof condition !== "object" || condition === null || condition instanceof Date || Decimal.isDecimal(condition);
  const list: readonly (readonly [string, unknown])[] = isValue ? [["eq", condition]] : Object.entries(condition);
  if (list.length === 0) throw badOperator(table, property, "{}");
  if (list.some(([, operand]) => operand === undefined)) {
    throw new StorageError(
      "undefined-filter",
      `The filter on ${table.name}.${property} is undefined: leave the column out to allow any value, or pass null to find nulls.`,
      {
        facts: { table: table.name, column: property },
      },
    );
  }
  return list;
}

function part(table: AnyTable, column: LayoutColumn, operator: string, operand: unknown): FilterPart {
  const known = OPERATORS.find((candidate) => candidate === operator);
  if (known === undefined) throw badOperator(table, column.property, operator);
  if (known === "in") return { column, operator: known, value: listText(table, column, operand) };
  const value = operand === null ? null : encodeOrThrow(table.name, column, operand);
  if (value === null && known !== "eq" && known !== "ne") throw badOperator(table, column.property, `${known}: null`);
  return { column, operator: known, value };
}

function listText(table: AnyTable, column: LayoutColumn, operand: unknown): string {
  if (!Array.isArray(operand)) throw badOperator(table, column.property, "in");
  return JSON.stringify(operand.map((value: unknown) => encodeListed(table, column, value)));
}

function encodeListed(table: AnyTable, column: LayoutColumn, value: unknown): Stored {
  if (value !== undefined && value !== null) return encodeOrThrow(table.name, column, value);
  throw new StorageError(
    "undefined-filter",
    `The list of the filter on ${table.name}.${column.property} holds null or undefined: take it out.`,
    {
      facts: { table: table.name, column: column.property },
    },
  );
}

function badOperator(table: AnyTable, property: string, operator: string): StorageError {
  return new StorageError(
    "bad-filter",
    `The filter on ${table.name}.${property} has no operator ${operator}: use a value, or { lt, lte, gt, gte, ne, in }.`,
    {
      facts: { table: table.name, column: property, operator },
    },
  );
}
