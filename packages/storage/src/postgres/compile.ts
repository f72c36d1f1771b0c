// Compiles the query shapes of PostgreSQL.
import { rowStatements } from "../table/compile.ts";
import type { Statements } from "../table/compile.ts";
import { orm, postgresStatements } from "../table/drizzle.ts";
import { layoutOf } from "../table/layout.ts";
import type { LayoutColumn } from "../table/layout.ts";
import { countedRevision, replacedColumns } from "../table/newer.ts";
import type { Compiled, QueryCompiler } from "../table/plan.ts";
import type { AnyTable } from "../table/types.ts";
import { wireType } from "./wire.ts";

const { sql } = orm;

// Never executed: only its compiler is used, so it needs no connection.
const compiler = postgresStatements.drizzle(() => Promise.reject(new Error("td runs its queries itself")));

const { scan, ...shared } = rowStatements({
  statements: compiler as unknown as Statements,
  engine: "postgres",
  differs: (column, value) => sql`${column} is distinct from ${value}`,
  isOneOf: (column, value, part) => sql`${column} = any(${value}::${sql.raw(wireType(part.column))}[])`,
});

/** The select of every user's rows by primary key. */
export const compileScan = scan;

/** The compiler of PostgreSQL. */
export const postgresCompiler: QueryCompiler = { ...shared, insert: compileInsert };

/** The place of a row among those given: a name that no column can have. */
const NUMBER = `"#"`;

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
    return column === sequence ? `${place("first")}::bigint + u.${NUMBER} - 1` : `u."${column.name}"`;
  };
  const arrays = given.map((column) => `${place(column.property)}::${wireType(column)}[]`);
  const from = `unnest(${arrays.join(", ")}) with ordinality as u(${[...given.map(quoted), NUMBER].join(", ")})`;
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

/** The delete of the rows under given keys, which gives the place of each among them, from 1. Parameters: `userId`, then one array per key column. */
export function compileRemove(table: AnyTable): Compiled {
  const keys = layoutOf(table).key.filter(({ property }) => property !== "userId");
  const names = ["userId", ...keys.map(({ property }) => property)];
  if (keys.length === 0) return { sql: `delete from "${table.name}" as t where t."user_id" = $1 returning 1`, names };
  const arrays = keys.map((column, at) => `$${at + 2}::${wireType(column)}[]`);
  const on = keys.map((column) => `t.${quoted(column)} = u.${quoted(column)}`);
  const from = `unnest(${arrays.join(", ")}) with ordinality as u(${[...keys.map(quoted), NUMBER].join(", ")})`;
  return {
    sql: `delete from "${table.name}" as t using ${from} where t."user_id" = $1 and ${on.join(" and ")} returning u.${NUMBER}`,
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
    ...(sequence === undefined ? [] : [`${quoted(sequence)} = $2::bigint + u.${NUMBER} - 1`]),
  ];
  const on = key.map((column) => `t.${quoted(column)} = ${column.property === "userId" ? "$1::text" : `u.${quoted(column)}`}`);
  return {
    sql: `update "${table.name}" as t set ${sets.join(", ")} from unnest(${arrays.join(", ")}) with ordinality as u(${[...given.map(quoted), NUMBER].join(", ")}) where ${on.join(" and ")}`,
    names,
  };
}

function quoted({ name }: LayoutColumn): string {
  return `"${name}"`;
}
