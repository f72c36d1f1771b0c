// Declares a schema: its tables and views, and the migrations that lead there.
import { StorageError } from "../errors.ts";
import type { View } from "../table/define-view.ts";
import type { AnyTable } from "../table/types.ts";
import type { ManagedSchema, Migration, MigrationStep } from "./types.ts";

/** What a schema is declared from. */
export interface SchemaOptions {
  /** Its name, for ever: lower case letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** The tables in their newest form, in the order they are created. Default none. */
  readonly tables?: readonly AnyTable[];
  /** The views. Default none. */
  readonly views?: readonly View[];
  /** The migrations, oldest first. Default none. */
  readonly migrations?: readonly Migration[];
}

/** Declares a schema. Throws `table-definition` for a name or an id that is not usable or not unique, or a step that needs a transaction and has none. */
export function defineSchema({ name, tables = [], views = [], migrations = [] }: SchemaOptions): ManagedSchema {
  if (!/^[a-z][a-z0-9._-]{0,62}$/.test(name)) refuse(name, "a schema's name has lower case letters, digits and . _ -");
  const ids = migrations.map(({ id }) => id);
  for (const id of ids)
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id) || id === "none") refuse(`${name}/${id}`, "an id has letters, digits and . _ -");
  const twice = ids.find((id, at) => ids.findIndex((other) => other.toLowerCase() === id.toLowerCase()) !== at);
  if (twice !== undefined) refuse(`${name}/${twice}`, "two migrations have this id");
  for (const { id, up, down, transaction } of migrations) {
    if (transaction === false) for (const step of [...up, ...(Array.isArray(down) ? down : [])]) checkWithout(`${name}/${id}`, step);
    else if (up.some(isConcurrent)) refuse(`${name}/${id}`, "an index made concurrently needs transaction: false");
  }
  return Object.freeze({ name, tables, views, migrations });
}

/** Whether a database made new in the newest form has all that the migrations do: they change forms, and existing rows. */
export function isStructural({ migrations }: ManagedSchema): boolean {
  return migrations.every(({ up }) => up.every((step) => step.kind !== "sql" || step.backfill));
}

function isConcurrent(step: MigrationStep): boolean {
  return (step.kind === "create-index" || step.kind === "drop-index") && step.concurrently;
}

function checkWithout(where: string, step: MigrationStep): void {
  if (step.kind === "create-index" || step.kind === "drop-index") return;
  if (step.kind === "sql" && step.destroys.length + step.destroysBack.length === 0) return;
  refuse(where, "without a transaction only indexes and SQL that destroys nothing are possible: half of anything else could be lost");
}

function refuse(where: string, what: string): never {
  throw new StorageError("table-definition", `${where} cannot be declared: ${what}.`, { facts: { migration: where } });
}
