// What the ledger's statements and views need from an engine, so that each is written once.
import { averageDividend, decimalAverage, decimalDifference, decimalSum, decimalText } from "./decimal-sql.ts";
import type { FixedSql, SumSql } from "./decimal-sql.ts";
import { instantText } from "./instant-sql.ts";

/** SQL of one engine over exact decimals, instants and JSON. */
export interface ViewDialect {
  /** The exact sum over a group; zero when there is nothing to add. `sign` is a SQL integer, 1 or -1, that each value is multiplied with. */
  sum(term: FixedSql, name: string, sign?: string): SumSql;
  /** Whether a sum, in the select above the one that groups, may be other than zero: false only for zero. */
  maybeNotZero(sum: SumSql, name: string): string;
  /** A literal zero. */
  zero(precision: number): string;
  /** `a - b`. */
  difference(a: FixedSql, b: FixedSql): FixedSql;
  /** First step of an average, for the select below the one that has {@link average}. */
  dividend(total: FixedSql, count: string): FixedSql;
  /** `total / count` to 18 places, half-even. */
  average(dividend: FixedSql, total: FixedSql, count: string): FixedSql;
  /** Canonical decimal text. */
  text(value: FixedSql): string;
  /** Canonical text of an instant column. */
  instant(column: string): string;
  /** A table expression to be joined: the texts of a JSON array column, in the column `value`. */
  texts(column: string, alias: string): string;
  /** Position of the text `part` in the text `whole`, 0 for nowhere. */
  position(whole: string, part: string): string;
  /** Makes a table be read by an index, where the engine would take another one for want of statistics. */
  byIndex(name: string): string;
}

/** Plain SQL for any SQLite from 3.38 on, the stock shell included. */
export const sqliteViews: ViewDialect = {
  sum: decimalSum,
  // Limbs that are all zero need no carrying.
  maybeNotZero: ({ columns }, name) => range(columns.split(` as ${name}_`).length - 1, (i) => `${name}_${i} <> 0`).join(" or "),
  zero: (precision) => `'1${"0".repeat(precision)}'`,
  difference: decimalDifference,
  dividend: averageDividend,
  average: decimalAverage,
  text: decimalText,
  instant: instantText,
  texts: (column, alias) => `json_each(${column}) as ${alias}`,
  position: (whole, part) => `instr(${whole}, ${part})`,
  byIndex: (name) => `indexed by ${name}`,
};

function range<T>(length: number, of: (at: number) => T): readonly T[] {
  return Array.from({ length }, (_, at) => of(at));
}

/** PostgreSQL has exact decimals of its own. */
export const postgresViews: ViewDialect = {
  sum: ({ sql, precision, scale }, name, sign) => ({
    columns: `coalesce(sum(${sign === undefined ? "" : `${sign} * `}${sql}), 0) as ${name}`,
    again: `coalesce(sum(${name}), 0) as ${name}`,
    value: { sql: name, precision, scale },
  }),
  difference: (a, b) => ({ ...a, sql: `${a.sql} - ${b.sql}` }),
  dividend: (total) => total,
  average: ({ sql, precision, scale }, _total, count) => ({
    sql: `(select (q + case when 2 * r > n or (2 * r = n and mod(q, 2) <> 0) then 1 else 0 end) * 0.000000000000000001
    from (select n, r, div(t - r, n) as q from (select t, n, mod(mod(t, n) + n, n) as r
    from (select ${sql} * 1000000000000000000 as t, ${count}::numeric as n) a1) a2) a3)`,
    precision,
    scale,
  }),
  text: ({ sql }) => `trim_scale(${sql})::text`,
  instant: (column) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  texts: (column, alias) => `jsonb_array_elements_text(${column}) as ${alias}(value)`,
  position: (whole, part) => `strpos(${whole}, ${part})`,
  maybeNotZero: (_, name) => `${name} <> 0`,
  zero: () => "0",
  byIndex: () => "",
};
