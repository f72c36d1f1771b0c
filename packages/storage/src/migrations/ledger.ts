// The record of migrations: one row per migration that a database has, however it came to have it.
import { StorageError } from "../errors.ts";
import { textLiteral } from "../table/checks.ts";
import type { Engine } from "../table/types.ts";
import { canonicalMigration, migrationChecksum } from "./checksum.ts";
import { isStructural } from "./define-schema.ts";
import type { ManagedSchema, Migration } from "./types.ts";

/** The name of the table. */
export const LEDGER_TABLE = "td_migrations";

/**
 * How a database came to have a migration: it `ran`; it was `created` in a form that has it; it was `found` to have that form, or is known by
 * its `baseline` to have it.
 */
export type LedgerHow = "ran" | "created" | "found" | "baseline";

/** The statement that makes the table where it is absent. */
export function ledgerTable(engine: Engine): string {
  const text = engine === "sqlite" ? "text" : 'text collate "C"';
  const int = engine === "sqlite" ? "integer" : "bigint";
  return `create table if not exists "${LEDGER_TABLE}" (
  "schema" ${text} not null,
  "id" ${text} not null,
  "seq" ${int} not null,
  "checksum" ${text} not null,
  "canonical" ${text} not null,
  "how" ${text} not null check ("how" in ('ran', 'created', 'found', 'baseline')),
  "state" ${text} not null check ("state" in ('applied', 'partial')),
  "direction" ${text} check ("direction" in ('up', 'down')),
  "statement" ${int},
  "running" ${int},
  "problem" ${text},
  "at" ${text} not null,
  "by" ${text} not null,
  "ms" ${int} not null,
  primary key ("schema", "id")
)${engine === "sqlite" ? " strict, without rowid" : ""}`;
}

/** The statement that records a migration as applied. `at` is canonical text. */
export function ledgerInsert(
  schema: string,
  migration: Migration,
  entry: { readonly how: LedgerHow; readonly at: string; readonly by: string; readonly ms: number },
): string {
  const [checksum, canonical] = [migrationChecksum(migration), canonicalMigration(migration)];
  const values = [schema, migration.id].map(textLiteral).join(", ");
  const rest = [checksum, canonical, entry.how, "applied"].map(textLiteral).join(", ");
  return `insert into "${LEDGER_TABLE}" ("schema", "id", "seq", "checksum", "canonical", "how", "state", "at", "by", "ms")
  values (${values}, (select coalesce(max("seq"), 0) + 1 from "${LEDGER_TABLE}"), ${rest}, ${textLiteral(entry.at)}, ${textLiteral(entry.by)}, ${Math.round(entry.ms)})`;
}

/** The query of the migrations that a database has, half-way ones too: schema and id. */
export const LEDGER_READ = `select "schema", "id", "state" from "${LEDGER_TABLE}"`;

/** Where a migrator records what going down has taken away; absent where none has run. */
export const HISTORY_TABLE = "td_migration_history";

/** The query of the rows that going down has taken from a schema and nothing has put back: how many of which table. */
export function takenFrom(schema: string): string {
  return `select "table_name", "row_count" from "${HISTORY_TABLE}"
  where "direction" = 'down' and "restored_at" is null and "row_count" > 0 and substr("migration", 1, ${schema.length + 1}) = ${textLiteral(`${schema}/`)} order by "n"`;
}

/** New tables would hide that the rows of the old ones wait elsewhere. `taken` is what {@link takenFrom} gives. Throws `schema-mismatch`. */
export function refuseTakenAway(path: string, schema: ManagedSchema, taken: readonly (readonly unknown[])[]): void {
  if (taken.length === 0) return;
  const tables = taken.map(([table, rows]) => `${String(table)} (rows: ${String(rows)})`);
  throw new StorageError(
    "schema-mismatch",
    `The tables of ${schema.name} were taken away from ${path} by going down, and their rows wait in the history tables that the migrator's history() lists: ${tables.join(", ")}. Nothing was changed. Run its up() to have the tables again, or dropHistory() when the rows are no longer wanted.`,
    { facts: { path, schema: schema.name, taken: tables } },
  );
}

/** What a ledger says of a schema to someone who opens the database. */
export interface LedgerVerdict {
  /** Whether it has no word of it. */
  readonly silent: boolean;
  /** The migrations that have not run, or not to their end. */
  readonly pending: readonly string[];
}

/** What a ledger's rows say of a schema. */
export function ledgerVerdict(schema: ManagedSchema, rows: readonly (readonly unknown[])[]): LedgerVerdict {
  const own = rows.filter(([name]) => name === schema.name);
  const has = new Set(own.filter(([, , state]) => state === "applied").map(([, id]) => id));
  return { silent: own.length === 0, pending: schema.migrations.filter(({ id }) => !has.has(id)).map(({ id }) => `${schema.name}/${id}`) };
}

/** The statements that record that a schema was made new in its newest form. */
export function createdRecords(schema: ManagedSchema, now: Date): readonly string[] {
  if (!isStructural(schema)) return [];
  const entry = { how: "created", at: now.toISOString(), by: "td", ms: 0 } as const;
  return schema.migrations.map((migration) => ledgerInsert(schema.name, migration, entry));
}
