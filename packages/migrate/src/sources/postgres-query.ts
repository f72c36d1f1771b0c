// The rows of a query on a PostgreSQL server.
import { createHash } from "node:crypto";
import type postgres from "postgres";
import { readJsonRecord } from "../core/json-record.ts";
import { postgresPlace } from "../core/postgres-place.ts";
import type { KnownFields } from "../core/validate.ts";
import { MigrateError } from "../errors.ts";
import { checkColumns } from "./columns.ts";
import type { OpenSource, Source } from "./contract.ts";
import { numberedReading, type Unnumbered } from "./numbered-records.ts";
import { postgresError } from "./postgres-error.ts";

/** How a query is run. */
export interface PostgresQueryOptions {
  /** Values of `$1`, `$2`, …; default none. */
  readonly params?: readonly (string | number | null)[];
}

/** Rows per round trip. */
const FETCH = 2000;

type Client = ReturnType<typeof postgres>;

/**
 * The rows of one query, streamed by a cursor in one reading transaction. Every value travels as the server's own text: `numeric` with all its digits, `timestamptz`
 * with microseconds in UTC, `timestamp` without a zone (say which with `instantText({ zone })`), arrays and JSON as they are, `bytea` as `\\x…`.
 *
 * Give the query an `order by` over something unique: a stopped import goes on only when the rows before the stop come again in the same order.
 * Throws `invalid-option` for another URL, `source-unreadable` when the server cannot be reached or refuses the query.
 */
export function postgresQuery(url: string, sql: string, options: PostgresQueryOptions = {}): Source {
  const name = postgresPlace("postgresQuery", url);
  return {
    async open(fields) {
      const client = await connect(url, name);
      try {
        return await openQuery(client, name, sql.trim().replace(/;+$/, ""), options.params ?? [], fields);
      } catch (error) {
        await client.end({ timeout: 1 });
        throw postgresError(name, error);
      }
    },
  };
}

async function connect(url: string, name: string): Promise<Client> {
  const { default: driver } = await import("postgres").catch((cause: unknown) => {
    throw new MigrateError("driver-missing", `${name} needs the package postgres: npm install postgres.`, { facts: { name }, cause });
  });
  const session = { TimeZone: "UTC", DateStyle: "ISO", extra_float_digits: 1, application_name: "td import" };
  return driver(url, { max: 1, fetch_types: false, onnotice: () => undefined, connection: session, connect_timeout: 10 });
}

async function openQuery(
  client: Client,
  name: string,
  sql: string,
  params: readonly (string | number | null)[],
  fields: KnownFields,
): Promise<OpenSource> {
  await client.unsafe("begin transaction isolation level repeatable read read only");
  const { columns } = await client.unsafe(sql, [...params]).describe();
  checkColumns(
    name,
    "The columns of the query are",
    columns.map((column) => column.name),
    fields,
  );
  // JSON made by the server keeps every digit and microsecond, whatever the type.
  await client.unsafe(`declare td_source no scroll cursor for select row_to_json(td_row)::text from (${sql}\n) td_row`, [...params]);
  return {
    kind: "postgres-query",
    name,
    bytes: null,
    fingerprint: createHash("sha256")
      .update(JSON.stringify([name, sql, params]))
      .digest("hex"),
    start: { byteOffset: 0, line: 1 },
    ...numberedReading(name, () => fetchRows(client, name)),
    parse: readJsonRecord,
    close: () => client.end({ timeout: 1 }),
  };
}

async function* fetchRows(client: Client, name: string): AsyncGenerator<readonly Unnumbered[]> {
  for (;;) {
    const rows = await client
      .unsafe(`fetch ${FETCH} from td_source`)
      .values()
      .catch((error: unknown) => {
        throw postgresError(name, error);
      });
    if (rows.length === 0) return;
    yield rows.map(([text]) => ({ text: String(text), raw: () => Buffer.from(String(text)) }));
  }
}
