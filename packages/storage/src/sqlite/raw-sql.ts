// Raw SQL of a host on SQLite, read through the scoped views.
import { refusedSql } from "../raw-sql.ts";
import { checkSql } from "../raw-sql-rules.ts";
import { SQLITE_SQL } from "./raw-sql-rules.ts";
import type { SqlParameter, SqlRow, SqlValue } from "../raw-sql.ts";
import { layoutOf } from "../table/layout.ts";
import type { LayoutColumn } from "../table/layout.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import type { Connection } from "./connection.ts";
import type { Statement } from "./driver.ts";
import { bindUser, scopedViews } from "./scoped-views.ts";

/** Refuses SQL that would reach around the views. There is no authorizer in the driver, so it is read. Throws `not-allowed`. */
export function checkRawSql(sql: string): void {
  checkSql(sql, SQLITE_SQL);
}

/** Runs raw SQL on a connection that is there for nothing else. Its views are made anew when the file has got other tables. */
export function askScoped(connection: Connection, tables: readonly AnyTable[], sql: string, params: readonly SqlParameter[]): SqlRow[] {
  const version = connection.database.pragma("main.schema_version", { simple: true });
  if (connection.viewsOf !== version) {
    bindUser(connection);
    dropViews(connection);
    for (const statement of scopedViews(connection)) connection.exec(statement);
    connection.viewsOf = version;
  }
  return ask(connection, tables, sql, params, (text) => connection.prepare(text));
}

/**
 * Runs raw SQL on the connection that td itself works with: inside a transaction, whose rows no other connection sees, or in memory. The views
 * stand there for the time of the query only, because td's own statements mean the tables.
 */
export function askBetween(connection: Connection, tables: readonly AnyTable[], sql: string, params: readonly SqlParameter[]): SqlRow[] {
  const statements = scopedViews(connection);
  connection.exec("savepoint td_sql");
  try {
    for (const statement of statements) connection.exec(statement);
    return ask(connection, tables, sql, params, (text) => connection.database.prepare(text));
  } finally {
    if (connection.inTransaction) connection.exec("rollback to td_sql; release td_sql");
  }
}

function ask(
  connection: Connection,
  tables: readonly AnyTable[],
  sql: string,
  params: readonly SqlParameter[],
  prepare: (sql: string) => Statement,
): SqlRow[] {
  const run = (): readonly (readonly unknown[])[] => {
    const statement = prepare(sql);
    if (!statement.reader || !statement.readonly) throw refusedSql("it does not only read");
    columns = statement.columns().map(({ name, table, column }) => ({ name, origin: originOf(tables, table, column) }));
    return statement.raw(true).all(...params) as readonly (readonly unknown[])[];
  };
  let columns: readonly { readonly name: string; readonly origin: LayoutColumn | undefined }[] = [];
  const rows = connection.measure(sql, run, (found) => found.length);
  return rows.map((row) => Object.fromEntries(columns.map(({ name, origin }, at) => [name, valueOf(origin, row[at])])));
}

/** The declared column that a column of the result comes from, when it comes straight from one. */
function originOf(tables: readonly AnyTable[], table: string | null, column: string | null): LayoutColumn | undefined {
  const found = tables.find(({ name }) => name === table);
  return found === undefined ? undefined : layoutOf(found).columns.find(({ name }) => name === column);
}

function valueOf(origin: LayoutColumn | undefined, stored: unknown): SqlValue {
  return (origin === undefined ? stored : origin.codec.decode(stored as Stored)) as SqlValue;
}

function dropViews(connection: Connection): void {
  for (const [name] of connection.all("select name from sqlite_temp_schema where type = 'view'")) {
    connection.exec(`drop view temp."${String(name).replaceAll('"', '""')}"`);
  }
}
