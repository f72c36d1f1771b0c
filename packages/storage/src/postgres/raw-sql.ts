// Raw SQL of a host on PostgreSQL: row level security shows it the user's rows, and the transaction is one that reads.
import { Decimal } from "decimal.js";
import { checkSql } from "../raw-sql-rules.ts";
import type { SqlParameter, SqlRow, SqlValue } from "../raw-sql.ts";
import { refusedSql } from "../raw-sql.ts";
import type { Statements, WireResult } from "./connection.ts";
import { POSTGRES_SQL } from "./raw-sql-rules.ts";
import type { PostgresSession } from "./session.ts";
import { instantText, sortedJson } from "./wire.ts";

/** Refuses SQL that could do more than read the user's rows. Throws `not-allowed`. */
function checkRawSql(sql: string): void {
  checkSql(sql, POSTGRES_SQL);
  // A server may be told to read it as an escape in every string.
  if (sql.includes("\\")) throw refusedSql("it holds a backslash: pass it as a parameter");
}

/** Runs raw SQL in a user's scope. */
export async function askRaw(session: PostgresSession, sql: string, params: readonly SqlParameter[]): Promise<SqlRow[]> {
  checkRawSql(sql);
  const { rows, columns } = await askUnchecked(session, sql, params);
  return rows.map((row) => Object.fromEntries(columns.map(({ name, type }, at) => [name, valueOf(type, row[at] ?? null)])));
}

/** Runs SQL that reads, and leaves the connection as it was, whatever the SQL has set: not only for the transaction either. */
export function askUnchecked(session: PostgresSession, sql: string, params: readonly SqlParameter[]): Promise<WireResult> {
  const values = params.map((value) => (value === null ? null : String(value)));
  const reading = (connection: Statements): Promise<WireResult> => behindSavepoint(connection, sql, values);
  // A read that fails dooms a transaction; behind its savepoint this one does not.
  return session.inTransaction ? session.write(reading) : session.read(reading);
}

// Every setting that the SQL makes ends with the rollback to the savepoint, and so does that the transaction only reads. All is asked at
// once; after a failure the server skips what follows up to the rollback.
async function behindSavepoint(connection: Statements, sql: string, values: readonly (string | null)[]): Promise<WireResult> {
  const [, , result, undone] = await Promise.allSettled([
    connection.command("savepoint td_sql"),
    connection.command("set transaction read only"),
    connection.query(sql, values),
    connection.command("rollback to td_sql; release td_sql"),
  ]);
  if (result.status === "rejected") throw result.reason;
  if (undone.status === "rejected") throw undone.reason;
  return result.value;
}

const [BOOL, INT8, INT2, INT4, NUMERIC, TIMESTAMPTZ, JSON_TYPE, JSONB] = [16, 20, 21, 23, 1700, 1184, 114, 3802];

function valueOf(type: number, text: string | null): SqlValue {
  if (text === null) return null;
  switch (type) {
    case BOOL:
      return text === "t";
    case INT2:
    case INT4:
    case INT8:
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case NUMERIC:
      return new Decimal(text);
    case TIMESTAMPTZ:
      return instantText(text);
    case JSON_TYPE:
    case JSONB:
      return JSON.parse(sortedJson(text)) as SqlValue;
    default:
      return text;
  }
}
