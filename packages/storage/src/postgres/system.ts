// The rows of all users on PostgreSQL, for storage.system: through a role of its own, on connections of its own.
import type { Schema } from "../table/schema.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import type { SystemEngine, SystemValue } from "../system/system-engine.ts";
import { bind } from "../table/plan.ts";
import { layoutOf } from "../table/layout.ts";
import { maintainPostgres } from "./care.ts";
import { compileScan } from "./compile.ts";
import type { Statements } from "./connection.ts";
import { digestWire } from "./digest-rows.ts";
import { checkSystemProtection } from "./guard.ts";
import { openPool } from "./open.ts";
import type { PostgresOptions } from "./open.ts";
import { Transactions } from "./transactions.ts";
import { decodeWire, storedRow, wireArray, wireOf, wireType } from "./wire.ts";
import type { Wire, WireRow } from "./wire.ts";

/** Connections of the system at most: jobs for users run on those of the application. */
const CONNECTIONS = 2;
const CHUNK = 1000;
/** Bound to each transaction in the place of a user: no user at all. */
const NOBODY = "";
const LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 7464))";

/** Opens the connections of the system's role and proves that it is one. Throws as `openPostgres` does. */
export async function openPostgresSystem(
  url: string,
  schema: Schema,
  options: PostgresOptions,
  inTransaction: () => boolean,
): Promise<SystemEngine> {
  const { pool, path } = await openPool(url, schema, { ...options, maxConnections: CONNECTIONS }, (connection) =>
    checkSystemProtection(connection, schema),
  );
  const transactions = new Transactions(pool, path);
  const all = (sql: string, params: readonly SystemValue[] = []): Promise<readonly WireRow[]> =>
    transactions.read(undefined, NOBODY, (connection) => rowsOf(connection, sql, params));
  const page = (table: AnyTable, from: readonly Stored[] | undefined, limit: number): Promise<readonly WireRow[]> =>
    transactions.read(undefined, NOBODY, (connection) => scan(connection, table, from, limit));
  return {
    engine: "postgres",
    tables: schema.tables,
    get inTransaction() {
      return inTransaction() || transactions.frameOf(undefined) !== undefined;
    },
    page: async (table, from, limit) =>
      (await page(table, from, limit)).map((row) => ({ row: decodeWire(table, row), stored: storedRow(table, row) })),
    digest: (table) => digestWire(table, chunks(table, page)),
    all,
    transaction: (users, work) =>
      transactions.transaction(undefined, NOBODY, async (frame) => {
        // In one order for everyone, so that two of these cannot wait for each other.
        for (const user of [...new Set(users)].toSorted()) await frame.gate.command(LOCK, [user]);
        return work({
          all: (sql, params = []) => transactions.write(frame, NOBODY, (connection) => rowsOf(connection, sql, params)),
          run: (sql, params = []) =>
            transactions.write(frame, NOBODY, async (connection) => (await connection.query(numbered(sql), params.map(text))).count),
        });
      }),
    load: (table, rows) =>
      transactions.write(undefined, NOBODY, async (connection) => {
        const { columns } = layoutOf(table);
        const arrays = columns.map((column) =>
          wireArray(
            column,
            rows.map((row) => row[column.at] ?? null),
          ),
        );
        await connection.query(loadSql(table), arrays);
      }),
    maintain: (asked) => maintainPostgres(pool, schema.tables, asked),
    close: () => transactions.close(),
  };
}

/** The insert of rows of any user from one array per column. */
function loadSql(table: AnyTable): string {
  const { columns } = layoutOf(table);
  const arrays = columns.map((column, at) => `$${at + 1}::${wireType(column)}[]`);
  return `insert into "${table.name}" (${columns.map(({ name }) => `"${name}"`).join(", ")}) select * from unnest(${arrays.join(", ")})`;
}

async function rowsOf(connection: Statements, sql: string, params: readonly SystemValue[]): Promise<readonly WireRow[]> {
  return (await connection.query(numbered(sql), params.map(text))).rows;
}

function numbered(sql: string): string {
  return sql.replaceAll(/\?(\d+)/g, "$$$1");
}

function text(value: SystemValue): Wire {
  return value === null ? null : String(value);
}

async function scan(
  connection: Statements,
  table: AnyTable,
  from: readonly Stored[] | undefined,
  limit: number,
): Promise<readonly WireRow[]> {
  const compiled = compileScan(table, from !== undefined);
  const { key } = layoutOf(table);
  const values = new Map<string, Wire>([
    ["limit", String(limit)],
    ...key.map((column, at) => [`k${at}`, wireOf(column, from?.[at] ?? null)] as const),
  ]);
  const { rows } = await connection.query(compiled.sql, bind(compiled, values).map(text));
  return rows;
}

async function* chunks(
  table: AnyTable,
  page: (table: AnyTable, from: readonly Stored[] | undefined, limit: number) => Promise<readonly WireRow[]>,
): AsyncGenerator<readonly WireRow[]> {
  for (let from: readonly Stored[] | undefined; ;) {
    const rows = await page(table, from, CHUNK);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < CHUNK) return;
    const stored = storedRow(table, last);
    from = layoutOf(table).key.map(({ at }) => stored[at] ?? null);
  }
}
