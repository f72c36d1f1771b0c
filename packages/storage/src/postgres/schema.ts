// td's tables on PostgreSQL: made by their owner, only looked at by the role that works with them.
import { StorageError } from "../errors.ts";
import type { View } from "../table/define-view.ts";
import { isStructural } from "../migrations/define-schema.ts";
import {
  createdRecords,
  HISTORY_TABLE,
  LEDGER_READ,
  LEDGER_TABLE,
  ledgerTable,
  ledgerVerdict,
  refuseTakenAway,
  takenFrom,
} from "../migrations/ledger.ts";
import type { ManagedSchema } from "../migrations/types.ts";
import { fingerprint, howToMigrate } from "../table/schema.ts";
import type { Schema } from "../table/schema.ts";
import type { AnyTable } from "../table/types.ts";
import type { Connection } from "./connection.ts";
import { postgresCode } from "./errors.ts";
import { AUDIT_POSTGRES } from "../system/audit.ts";
import { totalsTriggers } from "../tables/trades-totals.ts";
import { protect } from "./policy.ts";
import { makeScopeWall } from "./scope-wall.ts";

// One row per table or view: the fingerprint of the SQL that made it.
const REGISTER = `create table if not exists "td_schema" (
  "name" text collate "C" not null primary key,
  "kind" text collate "C" not null check ("kind" in ('table', 'view')),
  "fingerprint" text collate "C" not null
)`;
const READ = `select "name", "fingerprint" from "td_schema"`;
const KIND = `select c.relkind from pg_class c where c.oid = to_regclass(quote_ident($1))`;
const WRITE = `insert into "td_schema" values ($1, $2, $3) on conflict ("name") do update set "fingerprint" = excluded."fingerprint"`;

const tableStatements = (table: AnyTable): readonly string[] => table.ddl("postgres");
const tablePrint = (table: AnyTable): string => fingerprint(tableStatements(table).join(";\n"));
const viewPrint = (view: View): string => fingerprint(view.ddl("postgres"));

/**
 * Makes what is absent of a schema and puts every table under its policy, in the transaction that is open. Tables that going down has taken away are
 * made anew where that is `meant`: only the migrator's way up means it. Throws `schema-mismatch`.
 */
export async function makeSchema(
  connection: Connection,
  schema: Schema,
  { meant = false }: { readonly meant?: boolean } = {},
): Promise<void> {
  await connection.command(REGISTER);
  await makeScopeWall(connection);
  for (const statement of AUDIT_POSTGRES) await connection.command(statement);
  await connection.command(ledgerTable("postgres"));
  await connection.command(`revoke all on "${LEDGER_TABLE}" from public`);
  const fresh = await freshSchemas(connection, schema.managed ?? []);
  if (!meant) for (const each of fresh) refuseTakenAway(connection.path, each, await takenAway(connection, each));
  const registered = await registeredPrints(connection);
  for (const table of schema.tables) await makeTable(connection, table, registered.get(table.name));
  for (const statement of totalsTriggers(schema.tables, "postgres")) await connection.command(statement);
  for (const view of schema.views) await makeView(connection, view, registered.get(view.name));
  for (const statement of fresh.flatMap((each) => createdRecords(each, new Date()))) await connection.command(statement);
}

/** The schemas of which the database has nothing yet. Throws `schema-mismatch` for one whose migrations have to run. */
async function freshSchemas(connection: Connection, managed: readonly ManagedSchema[]): Promise<readonly ManagedSchema[]> {
  const { rows } = await connection.command(LEDGER_READ);
  const fresh: ManagedSchema[] = [];
  for (const each of managed) {
    const { silent, pending } = ledgerVerdict(each, rows);
    const kinds = await Promise.all(each.tables.map(({ name }) => kindOf(connection, name)));
    const isFresh = silent && kinds.every((kind) => kind === undefined);
    if (pending.length > 0 && (isFresh ? !isStructural(each) : !silent)) throw behind(connection.path, pending);
    if (isFresh) fresh.push(each);
  }
  return fresh;
}

/** What going down has taken from a schema. */
async function takenAway(connection: Connection, { name }: ManagedSchema): Promise<readonly (readonly unknown[])[]> {
  return (await kindOf(connection, HISTORY_TABLE)) === undefined ? [] : (await connection.command(takenFrom(name))).rows;
}

/** Refuses a database whose tables are not the ones declared here. Throws `schema-mismatch`. */
export async function checkSchema(connection: Connection, schema: Schema): Promise<void> {
  const registered = await registeredPrints(connection).catch((error: unknown) => {
    const code = error instanceof StorageError ? postgresCode(error.cause) : "";
    if (code !== "42P01" && code !== "42501") throw error;
    throw mismatch(connection.path, "td_schema", code === "42P01" ? "is missing" : "may not be read by this role");
  });
  await refuseBehind(connection, schema.managed ?? []);
  const prints = [
    ...schema.tables.map((table) => [table.name, tablePrint(table)] as const),
    ...schema.views.map((view) => [view.name, viewPrint(view)] as const),
  ];
  for (const [name, print] of prints) {
    if (registered.get(name) === print) continue;
    throw mismatch(connection.path, name, registered.has(name) ? "has another form" : "is missing");
  }
}

const MAY_READ = `select coalesce(bool_and(has_table_privilege(c.oid, 'SELECT')), false) from pg_class c where c.oid = to_regclass('${LEDGER_TABLE}')`;

// Of a database that was provisioned before there was a record the forms alone are known.
async function refuseBehind(connection: Connection, managed: readonly ManagedSchema[]): Promise<void> {
  const readable = (await connection.command(MAY_READ, [])).rows[0]?.[0] === "t";
  if (!readable) return;
  const { rows } = await connection.command(LEDGER_READ, []);
  for (const each of managed) {
    const { silent, pending } = ledgerVerdict(each, rows);
    if (!silent && pending.length > 0) throw behind(connection.path, pending);
  }
}

async function registeredPrints(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const { rows } = await connection.command(READ, []);
  return new Map(rows.map(([name, print]) => [String(name), String(print)]));
}

async function makeTable(connection: Connection, table: AnyTable, registered: string | undefined): Promise<void> {
  const print = tablePrint(table);
  const exists = (await kindOf(connection, table.name)) !== undefined;
  if (registered !== print || !exists) {
    if (registered !== undefined || exists)
      throw mismatch(connection.path, table.name, registered === undefined ? "was not made by td" : "has another form");
    await connection.command(tableStatements(table).join(";\n"));
    await connection.command(WRITE, [table.name, "table", print]);
  }
  await connection.command(protect(table).join(";\n"));
}

// A view holds no data: when its SQL has changed it is made anew.
async function makeView(connection: Connection, view: View, registered: string | undefined): Promise<void> {
  const print = viewPrint(view);
  const kind = await kindOf(connection, view.name);
  if (registered === print && kind === "v") return;
  if (kind !== undefined && (kind !== "v" || registered === undefined)) throw mismatch(connection.path, view.name, "was not made by td");
  await connection.command(`drop view if exists "${view.name}"`);
  await connection.command(view.ddl("postgres"));
  await connection.command(WRITE, [view.name, "view", print]);
}

async function kindOf(connection: Connection, name: string): Promise<string | undefined> {
  const { rows } = await connection.command(KIND, [name]);
  return rows[0]?.[0] ?? undefined;
}

function mismatch(path: string, name: string, how: string): StorageError {
  return new StorageError(
    "schema-mismatch",
    `On ${path} ${name} ${how}; nothing was changed. Run provisionPostgres as the owner of the tables. ${howToMigrate} Or use the version of td (or of the host) that made them.`,
    { facts: { path, table: name } },
  );
}

function behind(path: string, pending: readonly string[]): StorageError {
  return new StorageError("schema-mismatch", `${path} still lacks ${pending.join(", ")}; nothing was changed. ${howToMigrate}`, {
    facts: { path, pending },
  });
}
