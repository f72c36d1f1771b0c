// Creates td's tables where they are absent, and refuses a database whose tables of these names are not the ones declared here.
import { StorageError } from "../errors.ts";
import type { View } from "../table/define-view.ts";
import { textLiteral } from "../table/checks.ts";
import { isStructural } from "../migrations/define-schema.ts";
import {
  createdRecords,
  HISTORY_TABLE,
  LEDGER_READ,
  ledgerTable,
  ledgerVerdict,
  refuseTakenAway,
  takenFrom,
} from "../migrations/ledger.ts";
import type { ManagedSchema } from "../migrations/types.ts";
import { fingerprint, howToMigrate } from "../table/schema.ts";
import type { Schema } from "../table/schema.ts";
import type { AnyTable } from "../table/types.ts";
import { AUDIT_SQLITE } from "../system/audit.ts";
import { totalsTriggers } from "../tables/trades-totals.ts";
import type { Connection } from "./connection.ts";

// One row per table or view: the fingerprint of the SQL that made it.
const REGISTER = `create table if not exists "td_schema" (
  "name" text not null primary key,
  "kind" text not null check ("kind" in ('table', 'view')),
  "fingerprint" text not null
) strict, without rowid`;

/**
 * Brings a database to a schema, in the transaction that is open. Tables that going down has taken away are made anew where that is `meant`: only
 * the migrator's way up means it. Throws `schema-mismatch`.
 */
export function ensureSchema(connection: Connection, schema: Schema, { meant = false }: { readonly meant?: boolean } = {}): void {
  connection.exec(REGISTER);
  for (const statement of AUDIT_SQLITE) connection.exec(statement);
  connection.exec(ledgerTable("sqlite"));
  const fresh = freshSchemas(connection, schema.managed ?? []);
  if (!meant) for (const each of fresh) refuseTakenAway(connection.path, each, takenAway(connection, each));
  const registered = new Map(
    connection.all(`select "name", "fingerprint" from "td_schema"`).map(([name, print]) => [String(name), String(print)]),
  );
  for (const table of schema.tables) ensureTable(connection, table, registered.get(table.name));
  for (const statement of totalsTriggers(schema.tables, "sqlite")) connection.exec(statement);
  for (const view of schema.views) ensureView(connection, view, registered.get(view.name));
  for (const statement of fresh.flatMap((each) => createdRecords(each, new Date()))) connection.exec(statement);
}

/** The schemas of which the database has nothing yet. Throws `schema-mismatch` for one whose migrations have to run. */
function freshSchemas(connection: Connection, managed: readonly ManagedSchema[]): readonly ManagedSchema[] {
  const rows = connection.all(LEDGER_READ);
  return managed.filter((each) => {
    const { silent, pending } = ledgerVerdict(each, rows);
    const fresh = silent && each.tables.every(({ name }) => kindOf(connection, name) === undefined);
    if (pending.length > 0 && (fresh ? !isStructural(each) : !silent)) throw behind(connection.path, pending);
    return fresh;
  });
}

/** What going down has taken from a schema. */
function takenAway(connection: Connection, { name }: ManagedSchema): readonly (readonly unknown[])[] {
  return kindOf(connection, HISTORY_TABLE) === undefined ? [] : connection.all(takenFrom(name));
}

function ensureTable(connection: Connection, table: AnyTable, registered: string | undefined): void {
  const statements = table.ddl("sqlite");
  const print = fingerprint(statements.join(";\n"));
  const exists = kindOf(connection, table.name) !== undefined;
  if (registered === print && exists) return;
  if (registered !== undefined || exists)
    throw mismatch(connection.path, table.name, registered === undefined ? "was not made by td" : "has another form");
  for (const statement of statements) connection.exec(statement);
  register(connection, table.name, "table", print);
}

// A view holds no data: when its SQL has changed it is made anew.
function ensureView(connection: Connection, view: View, registered: string | undefined): void {
  const statement = view.ddl("sqlite");
  const print = fingerprint(statement);
  const kind = kindOf(connection, view.name);
  if (registered === print && kind === "view") return;
  if (kind !== undefined && (kind !== "view" || registered === undefined)) throw mismatch(connection.path, view.name, "was not made by td");
  connection.exec(`drop view if exists "${view.name}"`);
  connection.exec(statement);
  register(connection, view.name, "view", print);
}

function kindOf(connection: Connection, name: string): string | undefined {
  const kind = connection.get(`select "type" from "sqlite_schema" where "name" = ?`, [name])?.[0];
  return kind === undefined ? undefined : String(kind);
}

function register(connection: Connection, name: string, kind: string, print: string): void {
  connection.run(
    `insert into "td_schema" values (?, ${textLiteral(kind)}, ?) on conflict do update set "fingerprint" = excluded."fingerprint"`,
    [name, print],
  );
}

function mismatch(path: string, name: string, how: string): StorageError {
  return new StorageError(
    "schema-mismatch",
    `${path} has something named ${name} that ${how}; nothing was changed. ${howToMigrate} Or use the version of td (or of the host) that made it, or open another file.`,
    { facts: { path, table: name } },
  );
}

function behind(path: string, pending: readonly string[]): StorageError {
  return new StorageError("schema-mismatch", `${path} still lacks ${pending.join(", ")}; nothing was changed. ${howToMigrate}`, {
    facts: { path, pending },
  });
}
