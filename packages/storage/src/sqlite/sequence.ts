// The numbers of a sequence column: per user and table, kept in td_counters inside the transaction that uses them.
import type { Connection } from "./connection.ts";

const READ = `select "value" from "td_counters" where "user_id" = ? and "name" = ?`;
const WRITE = `insert into "td_counters" ("user_id", "name", "value") values (?, ?, ?) on conflict do update set "value" = excluded."value"`;

/** The last number given out; 0 when none was. */
export function lastNumber(connection: Connection, userId: string, table: string): number {
  return Number(connection.get(READ, [userId, table])?.[0] ?? 0);
}

/** Remembers the last number given out. */
export function keepNumber(connection: Connection, userId: string, table: string, value: number): void {
  connection.run(WRITE, [userId, table, value]);
}
