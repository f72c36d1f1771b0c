// A JSON document in a PostgreSQL table of any application.
import type postgres from "postgres";
import { postgresPlace } from "../core/postgres-place.ts";
import { MigrateError } from "../errors.ts";
import { isPostgresError, postgresError } from "../sources/postgres-error.ts";
import { notOneDocument, quoted } from "./blob-place.ts";
import type { BlobDatabase, BlobPlace, OpenBlob } from "./blob-place.ts";

/** Opens one connection. Throws `invalid-option` for another URL, `driver-missing`; what it gives throws `source-unreadable`. */
export async function openPostgresBlob(place: BlobPlace): Promise<BlobDatabase> {
  const name = postgresPlace("slimBlob", place.database);
  const { default: driver } = await loadDriver();
  const sql = driver(place.database, { max: 1, fetch_types: false, onnotice: () => undefined, connect_timeout: 10 });
  const table = quoted(place.table);
  const ask = <R>(query: PromiseLike<R>): Promise<R> =>
    Promise.resolve(query).catch((error: unknown) => {
      throw postgresError(name, error);
    });
  return {
    transaction: (work) => inTransaction(sql, name, (tx) => work(openBlobOf(tx, place))),
    size: async () => Number((await ask(sql.unsafe(`select pg_total_relation_size($1::regclass)::text`, [table]).values()))[0]?.[0] ?? 0),
    vacuum: async () => void (await ask(sql.unsafe(`vacuum (full) ${table}`))),
    close: () => sql.end({ timeout: 5 }),
  };
}

/** A failure of `work` that is not the database's is thrown as it is. */
async function inTransaction<R>(sql: postgres.Sql, name: string, work: (tx: postgres.TransactionSql) => Promise<R>): Promise<R> {
  let own: unknown;
  const watched = async (tx: postgres.TransactionSql): Promise<{ readonly result: R }> => {
    try {
      return { result: await work(tx) };
    } catch (error) {
      if (!isPostgresError(error)) own = error;
      throw error;
    }
  };
  try {
    return (await sql.begin(watched)).result;
  } catch (error) {
    if (own !== undefined && own === error) throw error;
    throw postgresError(name, error);
  }
}

async function loadDriver(): Promise<{ readonly default: typeof postgres }> {
  return import("postgres").catch((cause: unknown) => {
    throw new MigrateError("driver-missing", "The PostgreSQL driver could not be loaded: install postgres 3.4 or newer.", { cause });
  });
}

function openBlobOf(tx: postgres.TransactionSql, place: BlobPlace): OpenBlob {
  const [table, column] = [quoted(place.table), quoted(place.column)];
  const names = Object.keys(place.where);
  // As text, so that one spelling of a key serves every type of it.
  const condition = (from: number): string => names.map((name, at) => `${quoted(name)}::text = $${at + from}`).join(" and ");
  const values = Object.values(place.where).map(String);
  let type = "text";
  return {
    read: async () => {
      const select = `select pg_typeof(${column})::text, ${column}::text from ${table} where ${condition(1)} limit 2 for update`;
      const rows = (await tx.unsafe(select, values).values()) as unknown as readonly (readonly [string, string | null])[];
      const [row] = rows;
      if (row === undefined || rows.length > 1)
        throw notOneDocument(place, `${rows.length === 0 ? "no row has" : "more than one row has"} ${condition(1)}`);
      if (!["text", "json", "jsonb", "character varying"].includes(row[0]) || row[1] === null)
        throw notOneDocument(place, `it holds ${row[1] === null ? "null" : row[0]}, not JSON`);
      type = row[0];
      return row[1];
    },
    replace: async (text) => {
      const changed = await tx.unsafe(`update ${table} set ${column} = $1::text::${type} where ${condition(2)}`, [text, ...values]);
      if (changed.count !== 1) throw notOneDocument(place, `${changed.count} rows were changed instead of one`);
    },
  };
}
