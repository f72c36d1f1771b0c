// Compiles each query shape once, by drizzle, into SQL and the names of its parameters in order. td runs it as a prepared statement.
import { and, asc, desc, eq, getTableColumns, gt, gte, isNull, lt, lte, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pg-proxy";
import { SYSTEM_MARK } from "../care/explain.ts";
import { layoutOf } from "../table/layout.ts";
import type { LayoutColumn } from "../table/layout.ts";
import type { AnyTable } from "../table/types.ts";
import type { FilterPart } from "../table/filter.ts";
import { countedRevision, replacedColumns } from "../table/newer.ts";
import { wireType } from "./wire.ts";
import type { Compiled, QueryCompiler, SelectShape } from "../table/plan.ts";

// Never executed: only its compiler is used, so it needs no connection.
const compiler = drizzle(() => Promise.reject(new Error("td runs its queries itself")));

/**
 * The insert of many rows that leaves standing ones alone. Parameters: `userId`, `first` (the number of the first row, when the table has a
 * sequence), then one array per given column.
 */
function compileInsert(table: AnyTable): Compiled {
  const { columns, given, key, sequence } = layoutOf(table);
  const names = ["userId", ...(sequence === undefined ? [] : ["first"]), ...given.map(({ property }) => property)];
  const place = (name: string): string => `$${names.indexOf(name) + 1}`;
  const value = (column: LayoutColumn): string => {
    if (column.property === "userId") return `${place("userId")}::text`;
    return column === sequence ? `${place("first")}::bigint + u.n - 1` : `u."${column.name}"`;
  };
  const arrays = given.map((column) => `${place(column.property)}::${wireType(column)}[]`);
  const from = `unnest(${arrays.join(", ")}) with ordinality as u(${[...given.map(quoted), "n"].join(", ")})`;
  return {
    sql: `insert into "${table.name}" (${columns.map(quoted).join(", ")}) select ${columns.map(value).join(", ")} from ${from} on conflict (${key.map(quoted).join(", ")}) do nothing`,
    names,
  };
}

/** The rows that stand under given keys. Parameters: `userId`, then one array per key column. */
export function compileStanding(table: AnyTable): Compiled {
  const { columns, key } = layoutOf(table);
  const keys = key.filter(({ property }) => property !== "userId");
  const names = ["userId", ...keys.map(({ property }) => property)];
  const list = columns.map((column) => `t.${quoted(column)}`).join(", ");
  if (keys.length === 0) return { sql: `select ${list} from "${table.name}" as t where t."user_id" = $1`, names };
  const arrays = keys.map((column, at) => `$${at + 2}::${wireType(column)}[]`);
  const on = keys.map((column) => `t.${quoted(column)} = u.${quoted(column)}`);
  return {
    sql: `select ${list} from unnest(${arrays.join(", ")}) as u(${keys.map(quoted).join(", ")}) join "${table.name}" as t on t."user_id" = $1 and ${on.join(" and ")}`,
    names,
  };
}

/**
 * The update that puts newer rows in the place of standing ones. Parameters: `userId`, `first` (the number of the first row, when the table has
 * a sequence), then one array per given column.
 */
export function compileReplace(table: AnyTable, newer: LayoutColumn): Compiled {
  const layout = layoutOf(table);
  const { given, key, sequence } = layout;
  const names = ["userId", ...(sequence === undefined ? [] : ["first"]), ...given.map(({ property }) => property)];
  const arrays = given.map((column) => `$${names.indexOf(column.property) + 1}::${wireType(column)}[]`);
  const revision = countedRevision(layout, newer);
  const sets = [
    ...replacedColumns(layout, newer).map((column) => `${quoted(column)} = u.${quoted(column)}`),
    ...(revision === undefined ? [] : [`${quoted(revision)} = t.${quoted(revision)} + 1`]),
    ...(sequence === undefined ? [] : [`${quoted(sequence)} = $2::bigint + u.n - 1`]),
  ];
  const on = key.map((column) => `t.${quoted(column)} = ${column.property === "userId" ? "$1::text" : `u.${quoted(column)}`}`);
  return {
    sql: `update "${table.name}" as t set ${sets.join(", ")} from unnest(${arrays.join(", ")}) with ordinality as u(${[...given.map(quoted), "n"].join(", ")}) where ${on.join(" and ")}`,
    names,
  };
}

function quoted({ name }: LayoutColumn): string {
  return `"${name}"`;
}

/** The select of one row by its key. */
function compileGet(table: AnyTable): Compiled {
  return finish(compiler.select().from(table.postgres).where(keyCondition(table)).toSQL());
}

/** The select of rows in an order. */
function compileSelect(table: AnyTable, shape: SelectShape): Compiled {
  const direction = shape.direction === "asc" ? asc : desc;
  const query = compiler
    .select()
    .from(table.postgres)
    .where(and(userCondition(table), ...conditions(table, shape.filter), shape.fromKey ? keyset(table, shape) : undefined))
    .orderBy(...shape.order.map((column) => direction(columnOf(table, column))))
    .limit(sql.placeholder("limit"));
  return finish(query.toSQL());
}

/** The select of every user's rows by primary key: for whole-table checks, never for a scope. Parameters as in {@link SelectShape}. */
export function compileScan(table: AnyTable, fromKey: boolean): Compiled {
  const { key } = layoutOf(table);
  const query = compiler
    .select()
    .from(table.postgres)
    .where(fromKey ? keyset(table, { order: key, direction: "asc" }) : undefined)
    .orderBy(...key.map((column) => asc(columnOf(table, column))))
    .limit(sql.placeholder("limit"));
  const scan = finish(query.toSQL());
  return { ...scan, sql: SYSTEM_MARK + scan.sql };
}

/** The number of rows that meet a filter. */
function compileCount(table: AnyTable, filter: readonly FilterPart[]): Compiled {
  const count = sql<number>`count(*)`;
  return finish(
    compiler
      .select({ count })
      .from(table.postgres)
      .where(and(userCondition(table), ...conditions(table, filter)))
      .toSQL(),
  );
}

/** The update of one row; parameters are the changed properties, then the key. */
function compileUpdate(table: AnyTable, changed: readonly LayoutColumn[]): Compiled {
  const values = Object.fromEntries(changed.map(({ property }) => [property, sql`${sql.placeholder(`set ${property}`)}`]));
  return finish(compiler.update(table.postgres).set(values).where(keyCondition(table)).toSQL());
}

/** The delete of one row by its key. */
function compileDelete(table: AnyTable): Compiled {
  return finish(compiler.delete(table.postgres).where(keyCondition(table)).toSQL());
}

/** The compiler of PostgreSQL. */
export const postgresCompiler: QueryCompiler = {
  insert: compileInsert,
  get: compileGet,
  delete: compileDelete,
  select: compileSelect,
  count: compileCount,
  update: compileUpdate,
};

function finish(query: { readonly sql: string; readonly params: readonly unknown[] }): Compiled {
  return { sql: query.sql, names: query.params.map(parameterName) };
}

function parameterName(parameter: unknown): string {
  if (typeof parameter === "object" && parameter !== null && "name" in parameter) return String(parameter.name);
  throw new TypeError("a compiled query has a bound value instead of a parameter");
}

function columnOf(table: AnyTable, column: LayoutColumn): PgColumn {
  const found: PgColumn | undefined = getTableColumns(table.postgres)[column.property];
  if (found === undefined) throw new TypeError(`${table.name} has no drizzle column ${column.property}`);
  return found;
}

function userCondition(table: AnyTable): SQL | undefined {
  const user = layoutOf(table).byProperty.get("userId");
  return user === undefined ? sql`false` : eq(columnOf(table, user), sql.placeholder("userId"));
}

function keyCondition(table: AnyTable): SQL | undefined {
  return and(...layoutOf(table).key.map((column) => eq(columnOf(table, column), sql.placeholder(column.property))));
}

/** A row-value comparison: unlike the spelled-out form, both engines walk the index from it. */
function keyset(table: AnyTable, shape: Pick<SelectShape, "order" | "direction">): SQL {
  if (shape.order.length === 0) return sql`false`; // a table of one row per user has nothing after it
  const columns = sql.join(
    shape.order.map((column) => sql`${columnOf(table, column)}`),
    sql`, `,
  );
  const values = sql.join(
    shape.order.map((_, at) => sql`${sql.placeholder(`k${at}`)}`),
    sql`, `,
  );
  return shape.direction === "asc" ? sql`(${columns}) > (${values})` : sql`(${columns}) < (${values})`;
}

function conditions(table: AnyTable, filter: readonly FilterPart[]): readonly (SQL | undefined)[] {
  return filter.map((part, at) => condition(columnOf(table, part.column), part, sql.placeholder(`f${at}`)));
}

function condition(column: PgColumn, part: FilterPart, value: ReturnType<typeof sql.placeholder>): SQL {
  switch (part.operator) {
    case "eq":
      return part.value === null ? isNull(column) : eq(column, value);
    case "ne":
      return sql`${column} is distinct from ${value}`;
    case "lt":
      return lt(column, value);
    case "lte":
      return lte(column, value);
    case "gt":
      return gt(column, value);
    case "gte":
      return gte(column, value);
    case "in":
      return sql`${column} = any(${value}::${sql.raw(wireType(part.column))}[])`;
  }
}
