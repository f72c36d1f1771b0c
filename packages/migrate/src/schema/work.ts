// What the parts of a migrator share during one call.
import type { ManagedSchema, Migration, MigrationStep } from "@td/storage";
import { migrationChecksum } from "@td/storage/internal";
import { judge, nameOf } from "../core/judge.ts";
import type { Judgement, Known } from "../core/judge.ts";
import { undoSteps } from "../core/undo.ts";
import { MigrateError } from "../errors.ts";
import { readLedger } from "./books.ts";
import type { Session } from "./session.ts";

/** One call at work. */
export interface Work {
  /** Its connection. */
  readonly session: Session;
  /** All schemas, in order. */
  readonly schemas: readonly ManagedSchema[];
  /** Who works. */
  readonly by: string;
  /** Milliseconds to wait for the lock. */
  readonly lockTimeoutMs: number;
  /** What to do about late migrations. */
  readonly late: "refuse" | "run";
  /** Stops between two migrations. */
  readonly signal: AbortSignal | undefined;
}

/** One migration to be carried out. */
export interface Task {
  /** The schema. */
  readonly schema: ManagedSchema;
  /** The migration; `undefined` when the whole schema is made new. */
  readonly migration: Migration | undefined;
  /** `SCHEMA/ID`, or `SCHEMA`. */
  readonly name: string;
  /** What is done about it. */
  readonly action: "run" | "create" | "record";
  /** The direction. */
  readonly direction: "up" | "down";
  /** The steps to run. */
  readonly steps: readonly MigrationStep[];
  /** Whether in one transaction. */
  readonly transaction: boolean;
  /** Whether no migration of the schema is left when it has run. */
  readonly last: boolean;
  /** The migrations to record because the database was found to have them, and why; with `record`. */
  readonly found?: { readonly has: readonly Known[]; readonly why: string };
}

/** Where all schemas stand. */
export async function standing({ session, schemas }: Pick<Work, "session" | "schemas">): Promise<readonly Judgement[]> {
  const ledger = await readLedger(session);
  return schemas.map((schema) => judge(schema, ledger, migrationChecksum));
}

/** The task of running a migration, or undoing it. Throws `irreversible`. */
export function taskOf(schema: ManagedSchema, known: Known, direction: "up" | "down", last: boolean): Task {
  const { migration } = known;
  const steps = direction === "up" ? migration.up : undoSteps(migration);
  if (steps === undefined) throw irreversible(nameOf(known));
  return { schema, migration, name: nameOf(known), action: "run", direction, steps, transaction: migration.transaction !== false, last };
}

function irreversible(migration: string): MigrateError {
  return new MigrateError(
    "irreversible",
    `${migration} cannot be undone: it has no down, and a step of it has no reverse. Nothing was changed: restore a backup, or write a migration that leads on.`,
    { facts: { migration } },
  );
}

/** Refuses a record that does not fit the schemas. */
export function refuseMisfits(all: readonly Judgement[], late: Work["late"]): void {
  for (const { changed, missing, schema } of all) {
    const otherWay = changed.filter(({ entry, checksum }) => entry?.checksum.split(":")[0] !== checksum.split(":")[0]);
    if (otherWay.length > 0) throw otherVersion(otherWay.map(nameOf));
    if (changed.length > 0) throw changedError(changed.map(nameOf));
    if (missing.length > 0) throw missingError(missing.map(({ id }) => `${schema.name}/${id}`));
  }
  const names = all.flatMap((judgement) => judgement.late.map(nameOf));
  if (names.length > 0 && late === "refuse") throw lateError(names);
}

function changedError(migrations: readonly string[]): MigrateError {
  return new MigrateError(
    "migration-changed",
    `${migrations.join(", ")} ran in another form than now: put the migration back as it was and write a new one for the change (verify() says what differs); if both do the same, say so with repair({ as: "unchanged" }).`,
    { facts: { migrations } },
  );
}

function otherVersion(migrations: readonly string[]): MigrateError {
  return new MigrateError(
    "migration-changed",
    `${migrations.join(", ")} was recorded by another version of td, which computes checksums in another way: use that version, or, if you know that nothing changed, say so with repair({ as: "unchanged" }).`,
    { facts: { migrations } },
  );
}

function missingError(migrations: readonly string[]): MigrateError {
  return new MigrateError(
    "migration-missing",
    `${migrations.join(", ")} ran in this database and is not among the given migrations: use the version that has it (the database may be newer than this program), or, if it was taken out on purpose, say so with repair({ as: "forget" }).`,
    { facts: { migrations } },
  );
}

function lateError(migrations: readonly string[]): MigrateError {
  return new MigrateError(
    "migration-late",
    `${migrations.join(", ")} has not run, though younger ones have: it came in late, from another branch perhaps. Give it an id and a place behind those that ran, or, if the order does not matter, allow it with { late: "run" }.`,
    { facts: { migrations } },
  );
}
