// One statement of the ledger for every engine: its SQL in the engine's words, and the types of what goes in and comes out.
import type { LayoutColumn } from "../table/layout.ts";
import type { ViewDialect } from "./view-dialect.ts";

/** What a value is. `size` is a decimal(38,18), `money` a decimal(76,36), `total` a decimal(94,36). */
export type CellType = "text" | "int" | "size" | "money" | "total" | "instant" | "json";

/** A value between an engine and the ledger: canonical text, a safe integer, or null. Decimals, instants and JSON are canonical text. */
export type Cell = string | number | null;

/** The values of one row or of all parameters. */
export type Cells = readonly Cell[];

/** A statement. */
export interface LedgerQuery {
  /** The SQL; parameters are `?1`, `?2`, ... and each may stand in several places. */
  readonly sql: (d: ViewDialect) => string;
  /** The types of `?1`, `?2`, ... */
  readonly params: readonly CellType[];
  /** The types of the columns; empty for a statement that returns no rows. */
  readonly columns: readonly CellType[];
}

/** Declares a statement by its SQL, its parameters and its columns. */
export function query(
  sql: string | ((d: ViewDialect) => string),
  params: readonly CellType[],
  columns: readonly CellType[] = [],
): LedgerQuery {
  return { sql: typeof sql === "string" ? () => sql : sql, params, columns };
}

/** What a table's column is. */
export function cellTypeOf({ definition }: LayoutColumn): CellType {
  switch (definition.kind) {
    case "decimal":
      return definition.precision === 38 ? "size" : definition.precision === 76 ? "money" : "total";
    case "text":
    case "oneOf":
      return "text";
    case "int":
    case "bool":
      return "int";
    case "instant":
      return "instant";
    case "json":
      return "json";
  }
}
