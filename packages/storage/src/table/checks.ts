// Conditions on a row that both engines enforce. A closed set, so that one declaration gives the SQL of both.
import { columnName } from "./layout.ts";
import type { LayoutColumn } from "./layout.ts";
import { isRefusal } from "./sqlite-codec.ts";
import type { Engine } from "./types.ts";
import { StorageError } from "../errors.ts";

/** How two values are compared. A null on either side passes. */
export type Comparison = ">" | ">=" | "<" | "<=" | "=" | "<>";

/** A condition that every row meets. */
export type Check =
  | {
      /** A column compared with a constant: `{ column: "quantity", is: ">", value: "0" }`. */
      readonly column: string;
      /** The comparison. */
      readonly is: Comparison;
      /** The constant, as the column takes it. */
      readonly value: string | number;
    }
  | {
      /** A column compared with another of the same kind: `{ column: "buyTime", is: "<=", other: "sellTime" }`. */
      readonly column: string;
      /** The comparison. */
      readonly is: Comparison;
      /** The other column. */
      readonly other: string;
    }
  | {
      /** At least one of these columns is not null. */
      readonly anyPresent: readonly string[];
    }
  | {
      /** When this column has the value of `equals`, another is null or is not: `{ when: "status", equals: "open", absent: "closedAt" }`. */
      readonly when: string;
      /** The value, as the column takes it. */
      readonly equals: string | number;
      /** The column that is null then. */
      readonly absent: string;
    }
  | {
      /** When this column has the value of `equals`, another is not null. */
      readonly when: string;
      /** The value, as the column takes it. */
      readonly equals: string | number;
      /** The column that is not null then. */
      readonly present: string;
    }
  | {
      /** A text column of which every value has a form. */
      readonly column: string;
      /** `day`: `2025-03-01`. */
      readonly form: "day";
    };

/** The SQL of a check. Throws `table-definition` for an unknown column or a constant that the column refuses. */
export function checkSql(check: Check, columns: ReadonlyMap<string, LayoutColumn>, engine: Engine): string {
  if ("anyPresent" in check) return check.anyPresent.map((property) => `${quoted(property, columns)} is not null`).join(" or ");
  if ("when" in check) return conditionalSql(check, columns, engine);
  const left = quoted(check.column, columns);
  if ("form" in check) return engine === "sqlite" ? `${left} glob ${DAY.glob}` : `${left} ~ ${DAY.pattern}`;
  return `${left} ${check.is} ${"other" in check ? quoted(check.other, columns) : constant(check.column, check.value, columns, engine)}`;
}

const DAY = { glob: `'[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'`, pattern: `'^[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]$'` };

function conditionalSql(check: Extract<Check, { when: string }>, columns: ReadonlyMap<string, LayoutColumn>, engine: Engine): string {
  const otherwise = `${quoted(check.when, columns)} <> ${constant(check.when, check.equals, columns, engine)}`;
  const then = "absent" in check ? `${quoted(check.absent, columns)} is null` : `${quoted(check.present, columns)} is not null`;
  return `${otherwise} or ${then}`;
}

function quoted(property: string, columns: ReadonlyMap<string, LayoutColumn>): string {
  known(property, columns);
  return `"${columnName(property)}"`;
}

function known(property: string, columns: ReadonlyMap<string, LayoutColumn>): LayoutColumn {
  const column = columns.get(property);
  if (column !== undefined) return column;
  throw new StorageError("table-definition", `A check names the column ${property}, which the table does not have.`, {
    facts: { column: property },
  });
}

function constant(property: string, value: string | number, columns: ReadonlyMap<string, LayoutColumn>, engine: Engine): string {
  const column = known(property, columns);
  const stored = column.codec.encode(value);
  if (isRefusal(stored) || stored === null) {
    throw new StorageError("table-definition", `A check compares the column ${property} with a value that it cannot hold.`, {
      facts: { column: property, value },
    });
  }
  if (engine === "postgres" && column.definition.kind === "decimal") return String(value);
  if (engine === "postgres" && column.definition.kind === "instant") return `timestamptz ${textLiteral(String(value))}`;
  return typeof stored === "number" ? String(stored) : textLiteral(stored);
}

/** A SQL text literal. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
