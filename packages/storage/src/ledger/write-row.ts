// Writes single rows from inside the ledger's own transactions.
import type { Connection } from "../sqlite/connection.ts";
import { encodeRow, refused } from "../table/encode-row.ts";
import { layoutOf } from "../table/layout.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, InputOf } from "../table/types.ts";

/** Inserts a row of a user; a row that stands under its key is an error. Throws `value-rejected`, `already-exists`. */
export function insertRow<T extends AnyTable>(connection: Connection, table: T, userId: string, row: InputOf<T>): void {
  connection.run(insertSql(table), storedRow(table, userId, row));
}

function insertSql(table: AnyTable): string {
  const names = layoutOf(table).columns.map(({ name }) => `"${name}"`);
  return `insert into "${table.name}" (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`;
}

function storedRow(table: AnyTable, userId: string, row: object): readonly Stored[] {
  const params: Stored[] = [userId];
  const issues = encodeRow(layoutOf(table), userId, row as Readonly<Record<string, unknown>>, params);
  if (issues === undefined) return params;
  throw refused(table, issues);
}
