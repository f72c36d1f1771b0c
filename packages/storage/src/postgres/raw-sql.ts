// Raw SQL of a host on PostgreSQL: row level security shows it the user's rows, and the transaction is one that reads.
import { Decimal } from "decimal.js";
import { refusedSql, refuseUnlessReading, tokensOf } from "../raw-sql.ts";
import type { SqlParameter, SqlRow, SqlValue } from "../raw-sql.ts";
import type { Statements, WireResult } from "./connection.ts";
import type { PostgresSession } from "./session.ts";
import { instantText, sortedJson } from "./wire.ts";

/** Refuses SQL that names what binds the user to the transaction, or builds SQL inside SQL. Throws `not-allowed`. */
function checkRawSql(sql: string): void {
  const tokens = tokensOf(sql);
  refuseUnlessReading(tokens);
  const odd = tokens.find(
    ({ text, names }) =>
      names && /set_config|app\.user_id|^(?:query|table|cursor|schema|database)_to_xml|^dblink|^ts_stat$|^ts_rewrite$/.test(text),
  );
  if (odd !== undefined) throw refusedSql(`it names ${odd.text}`);
}

/** Runs raw SQL in a user's scope. */
export async function askRaw(session: PostgresSession, sql: string, params: readonly SqlParameter[]): Promise<SqlRow[]> {
  checkRawSql(sql);
  const values = params.map((value) => (value === null ? null : String(value)));
  const reading = async (connection: Statements): Promise<WireResult> => {
    const [, result] = await Promise.all([connection.command("set transaction read only"), connection.query(sql, values)]);
    return result;
  };
  const { rows, columns } = session.inTransaction
    ? await session.write((connection) => behindSavepoint(connection, reading))
    : await session.read(reading);
  return rows.map((row) => Object.fromEntries(columns.map(({ name, type }, at) => [name, valueOf(type, row[at] ?? null)])));
}

// What was set in a savepoint, read only here, ends with its rollback.
async function behindSavepoint<R>(connection: Statements, work: (connection: Statements) => Promise<R>): Promise<R> {
  const [, result] = await Promise.all([connection.command("savepoint td_sql"), work(connection)]);
  await connection.command("rollback to td_sql; release td_sql");
  return result;
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
