// Compiles the query shapes of SQLite.
import { finish, rowStatements } from "../table/compile.ts";
import type { Statements } from "../table/compile.ts";
import { orm, sqliteStatements } from "../table/drizzle.ts";
import { layoutOf } from "../table/layout.ts";
import type { Compiled, QueryCompiler } from "../table/plan.ts";
import type { AnyTable } from "../table/types.ts";

const { getTableColumns, sql } = orm;

// Never executed: only its compiler is used, so it needs no connection.
const compiler = sqliteStatements.drizzle(() => Promise.reject(new Error("td runs its queries itself")));

const { scan, ...shared } = rowStatements({
  statements: compiler as unknown as Statements,
  engine: "sqlite",
  differs: (column, value) => sql`${column} is not ${value}`,
  isOneOf: (column, value) => sql`${column} in (select value from json_each(${value}))`,
});

/** The select of every user's rows by primary key. */
export const compileScan = scan;

/** The compiler of SQLite. */
export const sqliteCompiler: QueryCompiler = { ...shared, insert: compileInsert };

/** The insert of a whole row that leaves a standing one alone; parameters are the properties in order. */
function compileInsert(table: AnyTable): Compiled {
  const { columns, key } = layoutOf(table);
  const made = getTableColumns(table.sqlite);
  const values = Object.fromEntries(columns.map(({ property }) => [property, sql`${sql.placeholder(property)}`]));
  const target = key.flatMap(({ property }) => made[property] ?? []);
  return finish(compiler.insert(table.sqlite).values(values).onConflictDoNothing({ target }).toSQL());
}
