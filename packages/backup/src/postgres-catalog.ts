// What a PostgreSQL database consists of: tables in an order in which they can be loaded, columns, sequences, and a fingerprint of it all.
import { createHash } from "node:crypto";
import type postgres from "postgres";
import { BackupError } from "./errors.ts";

/** A table with rows of its own. */
export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  /** Columns that are stored; generated ones are computed again. */
  readonly columns: readonly string[];
}

/** What is known about a database. */
export interface Catalog {
  /** Version of the server, such as `15.18`. */
  readonly server: string;
  /** All tables, those that others refer to first. */
  readonly tables: readonly CatalogTable[];
  /** All sequences with where they are; `value` as text, since it may be beyond 2^53. */
  readonly sequences: readonly { readonly name: string; readonly value: string; readonly called: boolean }[];
  /** One line for each column: place, type, null or not. */
  readonly shape: readonly string[];
}

/** Runs `work` in one transaction on a connection of its own. Throws `database-failed`, and what `work` throws of td's. */
export async function inTransaction<T>(url: string, mode: string, work: (tx: postgres.TransactionSql) => Promise<T>): Promise<T> {
  const sql = await connect(url);
  try {
    const result = await sql.begin(mode, async (tx) => {
      // As pg_dump does: text that every server reads the same way, and an error where row level security would hide rows.
      await tx.unsafe(
        "set local row_security = off; set local datestyle = iso; set local intervalstyle = postgres; set local extra_float_digits = 3; set local timezone = 'UTC'; set local statement_timeout = 0",
      );
      return { value: await work(tx) };
    });
    return (result as { value: T }).value;
  } catch (error) {
    if (error instanceof BackupError) throw error;
    const { message, code } = error as Error & { code?: string };
    throw new BackupError("database-failed", `PostgreSQL refused: ${message}`, {
      facts: { sqlState: code ?? null },
      retryable: true,
      cause: error,
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function connect(url: string): Promise<postgres.Sql> {
  const driver = await import("postgres").catch((cause: unknown) => {
    throw new BackupError("invalid-option", "PostgreSQL databases need the package postgres: install it beside @td/backup.", { cause });
  });
  return driver.default(url, {
    max: 1,
    prepare: false,
    onnotice: () => undefined,
    connect_timeout: 10,
    connection: { application_name: "td-backup" },
  });
}

const OWN = "n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'";

/** Reads the catalog as the transaction sees it. */
export async function readCatalog(tx: postgres.TransactionSql): Promise<Catalog> {
  const [version] = await tx<{ server_version: string }[]>`show server_version`;
  const columns = await tx.unsafe<
    { oid: string; schema: string; name: string; column: string; type: string; required: boolean; generated: boolean }[]
  >(
    `select c.oid::int8::text as oid, n.nspname as schema, c.relname as name, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
       a.attnotnull as required, a.attgenerated <> '' as generated
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind = 'r' and c.relpersistence <> 't' and ${OWN} order by 2, 3, a.attnum`,
  );
  const references = await tx.unsafe<{ from_oid: string; to_oid: string }[]>(
    "select conrelid::int8::text as from_oid, confrelid::int8::text as to_oid from pg_constraint where contype = 'f' and conrelid <> confrelid",
  );
  const tables = new Map<string, CatalogTable & { columns: string[] }>();
  for (const { oid, schema, name, column, generated } of columns) {
    const table = tables.get(oid) ?? { schema, name, columns: [] };
    if (!generated) table.columns.push(column);
    tables.set(oid, table);
  }
  return {
    server: String(version?.server_version).split(" ")[0] ?? "",
    tables: loadOrder(tables, references),
    sequences: await readSequences(tx),
    shape: columns.map(({ schema, name, column, type, required, generated }) =>
      JSON.stringify([schema, name, column, type, required, generated]),
    ),
  };
}

async function readSequences(tx: postgres.TransactionSql): Promise<Catalog["sequences"]> {
  const names = await tx.unsafe<{ name: string }[]>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'S' and ${OWN} order by 1`,
  );
  const sequences: Catalog["sequences"][number][] = [];
  for (const { name } of names) {
    const [row] = await tx.unsafe<{ value: string; called: boolean }[]>(
      `select last_value::text as value, is_called as called from ${name}`,
    );
    if (row !== undefined) sequences.push({ name, value: row.value, called: row.called });
  }
  return sequences;
}

// Tables that others refer to first. In a circle the order is that of the names: such constraints must be deferrable.
function loadOrder(
  tables: ReadonlyMap<string, CatalogTable>,
  references: readonly { readonly from_oid: string; readonly to_oid: string }[],
): CatalogTable[] {
  const order: CatalogTable[] = [];
  const seen = new Set<string>();
  const visit = (oid: string): void => {
    const table = tables.get(oid);
    if (table === undefined || seen.has(oid)) return;
    seen.add(oid);
    for (const { from_oid, to_oid } of references) if (from_oid === oid) visit(to_oid);
    order.push(table);
  };
  for (const oid of tables.keys()) visit(oid);
  return order;
}

/** SHA-256 over all columns of all tables: equal in two databases that take each other's rows. */
export function fingerprintOf({ shape }: Catalog): string {
  return createHash("sha256")
    .update([...shape].sort().join("\n"))
    .digest("hex");
}

/** A table for people and for the manifest. */
export function tableName({ schema, name }: CatalogTable): string {
  return `${schema}.${name}`;
}

/** An identifier in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The URL as libpq's environment: arguments of a program can be read by every user of the machine. */
export function connectionEnv(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const ssl = searchParams.get("sslmode");
  return {
    PGHOST: hostname,
    PGPORT: port === "" ? "5432" : port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    ...(ssl !== null && { PGSSLMODE: ssl }),
  };
}
