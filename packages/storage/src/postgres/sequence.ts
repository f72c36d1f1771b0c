// The numbers of a sequence column: per user and table, kept in td_counters inside the transaction that uses them. The user's lock keeps
// two transactions from reading the same number.
import type { Statements } from "./connection.ts";

const READ = `select "value" from "td_counters" where "user_id" = $1 and "name" = $2`;
const WRITE = `insert into "td_counters" ("user_id", "name", "value") values ($1, $2, $3)
on conflict ("user_id", "name") do update set "value" = greatest("td_counters"."value", excluded."value")`;

const TAKE = `insert into "td_counters" ("user_id", "name", "value") values ($1, $2, 1)
on conflict ("user_id", "name") do update set "value" = "td_counters"."value" + 1 returning "value"`;

/** Gives out the next number. */
export async function takeNumber(connection: Statements, userId: string, table: string): Promise<number> {
  const { rows } = await connection.query(TAKE, [userId, table]);
  return Number(rows[0]?.[0]);
}

/** The last number given out; 0 when none was. */
export async function lastNumber(connection: Statements, userId: string, table: string): Promise<number> {
  const { rows } = await connection.query(READ, [userId, table]);
  return Number(rows[0]?.[0] ?? 0);
}

/** Remembers the last number given out. */
export async function keepNumber(connection: Statements, userId: string, table: string, value: number): Promise<void> {
  await connection.query(WRITE, [userId, table, String(value)]);
}
