// The statements over rows that both engines share, compiled by drizzle into SQL and the names of the parameters in order.
import type { Column, SQL } from "drizzle-orm";
import { SYSTEM_MARK } from "../care/explain.ts";
import { orm } from "./drizzle.ts";
import type { FilterPart } from "./filter.ts";
import { layoutOf } from "./layout.ts";
import type { LayoutColumn } from "./layout.ts";
import type { Compiled, QueryCompiler, SelectShape } from "./plan.ts";
import type { AnyTable } from "./types.ts";

const { and, asc, desc, eq, getTableColumns, gt, gte, isNull, lt, lte, sql } = orm;

/** A parameter of a statement. */
export type Parameter = ReturnType<typeof sql.placeholder>;

/** A statement of drizzle's, at any point of its making. */
interface Statement {
  from(table: unknown): Statement;
  set(values: Readonly<Record<string, SQL>>): Statement;
  where(condition: SQL | undefined): Statement;
  orderBy(...columns: readonly SQL[]): Statement;
  limit(rows: Parameter): Statement;
  toSQL(): Query;
}

/** What drizzle makes of a statement. */
interface Query {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** What the two engines' drizzle have in common; their own types say the same about tables of one engine only. */
export interface Statements {
  select(fields?: Readonly<Record<string, SQL>>): Statement;
  update(table: unknown): Statement;
  delete(table: unknown): Statement;
}

/** What is an engine's own. */
export interface Dialect {
  /** drizzle for the engine. */
  readonly statements: Statements;
  /** Which of a table's two drizzle tables is the engine's. */
  readonly engine: "sqlite" | "postgres";
  /** A value that differs, null being a value. */
  readonly differs: (column: Column, value: Parameter) => SQL;
  /** A value out of a list that travels as one parameter. */
  readonly isOneOf: (column: Column, value: Parameter, part: FilterPart) => SQL;
}

/** The statements of an engine but for the insert. */
export interface RowStatements extends Omit<QueryCompiler, "insert"> {
  /** The select of every user's rows by primary key: for whole-table checks, never for a scope. Parameters as in {@link SelectShape}. */
  readonly scan: (table: AnyTable, fromKey: boolean) => Compiled;
}

/** Compiles the statements of an engine. */
export function rowStatements(dialect: Dialect): RowStatements {
  const { statements, engine } = dialect;
  const select = (table: AnyTable, where: SQL | undefined): Statement => statements.select().from(table[engine]).where(where);
  const filtered = (table: AnyTable, filter: readonly FilterPart[], key?: SQL): SQL | undefined =>
    and(userCondition(engine, table), ...conditions(dialect, table, filter), key);
  return {
    get: (table) => finish(select(table, keyCondition(engine, table)).toSQL()),
    select: (table, shape) => {
      const direction = shape.direction === "asc" ? asc : desc;
      return finish(
        select(table, filtered(table, shape.filter, shape.fromKey ? keyset(engine, table, shape) : undefined))
          .orderBy(...shape.order.map((column) => direction(columnOf(engine, table, column))))
          .limit(sql.placeholder("limit"))
          .toSQL(),
      );
    },
    scan: (table, fromKey) => {
      const { key } = layoutOf(table);
      const scan = finish(
        select(table, fromKey ? keyset(engine, table, { order: key, direction: "asc" }) : undefined)
          .orderBy(...key.map((column) => asc(columnOf(engine, table, column))))
          .limit(sql.placeholder("limit"))
          .toSQL(),
      );
      return { ...scan, sql: SYSTEM_MARK + scan.sql };
    },
    count: (table, filter) => {
      const count = sql<number>`count(*)`;
      return finish(statements.select({ count }).from(table[engine]).where(filtered(table, filter)).toSQL());
    },
    update: (table, changed) => {
      const values = Object.fromEntries(changed.map(({ property }) => [property, sql`${sql.placeholder(`set ${property}`)}`]));
      return finish(statements.update(table[engine]).set(values).where(keyCondition(engine, table)).toSQL());
    },
    delete: (table) => finish(statements.delete(table[engine]).where(keyCondition(engine, table)).toSQL()),
  };
}

/** The SQL of a statement and what to bind. */
export function finish(query: Query): Compiled {
  return { sql: query.sql, names: query.params.map(parameterName) };
}

function parameterName(parameter: unknown): string {
  if (typeof parameter === "object" && parameter !== null && "name" in parameter) return String(parameter.name);
  throw new TypeError("a compiled query has a bound value instead of a parameter");
}

function columnOf(engine: Dialect["engine"], table: AnyTable, column: LayoutColumn): Column {
  const found: Column | undefined = getTableColumns(table[engine])[column.property];
  if (found === undefined) throw new TypeError(`${table.name} has no drizzle column ${column.property}`);
  return found;
}

function userCondition(engine: Dialect["engine"], table: AnyTable): SQL {
  const user = layoutOf(table).byProperty.get("userId");
  return user === undefined ? sql`false` : eq(columnOf(engine, table, user), sql.placeholder("userId"));
}

function keyCondition(engine: Dialect["engine"], table: AnyTable): SQL | undefined {
  return and(...layoutOf(table).key.map((column) => eq(columnOf(engine, table, column), sql.placeholder(column.property))));
}

/** A row-value comparison: unlike the spelled-out form, both engines walk the index from it. */
function keyset(engine: Dialect["engine"], table: AnyTable, { order, direction }: Pick<SelectShape, "order" | "direction">): SQL {
  if (order.length === 0) return sql`false`; // a table of one row per user has nothing after it
  const columns = sql.join(
    order.map((column) => sql`${columnOf(engine, table, column)}`),
    sql`, `,
  );
  const values = sql.join(
    order.map((_, at) => sql`${sql.placeholder(`k${at}`)}`),
    sql`, `,
  );
  return direction === "asc" ? sql`(${columns}) > (${values})` : sql`(${columns}) < (${values})`;
}

function conditions(dialect: Dialect, table: AnyTable, filter: readonly FilterPart[]): readonly SQL[] {
  return filter.map((part, at) => condition(dialect, columnOf(dialect.engine, table, part.column), part, sql.placeholder(`f${at}`)));
}

function condition({ differs, isOneOf }: Dialect, column: Column, part: FilterPart, value: Parameter): SQL {
  switch (part.operator) {
    case "eq":
      return part.value === null ? isNull(column) : eq(column, value);
    case "ne":
      return differs(column, value);
    case "lt":
      return lt(column, value);
    case "lte":
      return lte(column, value);
    case "gt":
      return gt(column, value);
    case "gte":
      return gte(column, value);
    case "in":
      return isOneOf(column, value, part);
  }
}
