// Keeps users apart inside SQLite. TEMP views of the tables' own names show one user's rows, TEMP triggers stop a write of another's. Both
// live in one connection: other tools that open the file neither see them nor trip over them.
import type { AnyTable } from "../table/types.ts";
import type { Connection } from "./connection.ts";
import { ANOTHERS_ROW } from "./errors.ts";

/** What `current_user_id()` gives: the user that the connection works for at this moment, or null for nobody. */
export function bindUser(connection: Connection): void {
  connection.database.function("current_user_id", { directOnly: false }, () => connection.user ?? null);
}

/** Puts triggers before every write of the tables: the row must be the user's, before and after. Work for all users is let through. */
export function guardWrites(connection: Connection, tables: readonly AnyTable[]): void {
  bindUser(connection);
  connection.database.function("td_any_user", { directOnly: false }, () => (connection.anyUser ? 1 : 0));
  for (const { name } of tables) for (const statement of triggers(name)) connection.exec(statement);
}

function triggers(table: string): readonly string[] {
  const other = (row: string): string => `"${row}"."user_id" is not current_user_id()`;
  return [insertGuard(table), guard("update", table, `(${other("old")} or ${other("new")})`), guard("delete", table, other("old"))];
}

function insertGuard(table: string): string {
  return guard("insert", table, `"new"."user_id" is not current_user_id()`);
}

function guard(what: string, table: string, when: string): string {
  return `create temp trigger ${guardName(what, table)} before ${what} on main."${table}" when ${when} and not td_any_user() begin select raise(abort, '${ANOTHERS_ROW}'); end`;
}

function guardName(what: string, table: string): string {
  return `"td_own_${what}_${table}"`;
}

/** Runs synchronous work of td's own with the trigger on inserts taken away. A rollback brings it back as well. */
export function withoutInsertGuard<R>(connection: Connection, table: string, work: () => R): R {
  connection.exec(`drop trigger if exists temp.${guardName("insert", table)}`);
  try {
    return work();
  } finally {
    // When SQLite has rolled back by itself, the trigger is there again.
    if (connection.inTransaction) connection.exec(insertGuard(table));
  }
}

const RELATIONS = `select s.name, exists (select 1 from pragma_table_info(s.name) as c where c.name = 'user_id')
  from main.sqlite_schema as s where s.type in ('table', 'view') and s.name not like 'sqlite\\_%' escape '\\'`;

/**
 * The statements that put a view of the same name in front of every table and view of the file: the user's rows of what has a `user_id`, and
 * no rows of anything else.
 */
export function scopedViews(connection: Connection): readonly string[] {
  return connection.all(RELATIONS).map(([name, owned]) => {
    const quoted = `"${String(name).replaceAll('"', '""')}"`;
    return `create temp view ${quoted} as select * from main.${quoted} where ${owned === 1 ? `"user_id" = current_user_id()` : "0"}`;
  });
}
