// What the migrator promises: its calls, its options and its reports. All reports are plain values.
import type { Engine } from "@td/storage";

/** How a migrator works. */
export interface MigratorOptions {
  /** PostgreSQL: the schema of the database that holds the tables. Default `public`. */
  readonly schema?: string;
  /** Who migrates, for the record and for those who wait: 1 to 200 characters. Default the system's user, host and process. */
  readonly actor?: string;
  /** Milliseconds to wait while another process migrates, or a writer holds the database, before `locked`. 0 to 2147483647. Default 60000. */
  readonly lockTimeoutMs?: number;
  /** What to do about a migration that is older than one that has run: `refuse` (default) with its name, or `run` it now. */
  readonly late?: "refuse" | "run";
}

/** What stands behind a migration in a database. */
export type MigrationState =
  /** It is there. */
  | "applied"
  /** It is not there yet. */
  | "pending"
  /** It is not there, and a younger one is. */
  | "late"
  /** It is there, and is not what it was when it ran. */
  | "changed"
  /** It is there, and these schemas do not know it. */
  | "missing"
  /** It stopped between two statements. */
  | "partial";

/** A migration of a database. */
export interface MigrationStatus {
  /** `SCHEMA/ID`. */
  readonly migration: string;
  /** What stands behind it. */
  readonly state: MigrationState;
  /** How the database came to have it; null when it has not: see `LedgerHow`. */
  readonly how: "ran" | "created" | "found" | "baseline" | null;
  /** When; null when it is not there. */
  readonly at: string | null;
  /** By whom; null when it is not there. */
  readonly by: string | null;
  /** Of a partial one: the statement it stopped at, from 1. Else null. */
  readonly statement: number | null;
  /** Of a partial one: whether nobody knows if that statement took effect. */
  readonly unsure: boolean;
  /** What is to be known beside the state, in words: why it stopped, or which step is another one now. */
  readonly detail: string | null;
}

/** What a plan takes away. */
export interface Destruction {
  /** `SCHEMA/ID`. */
  readonly migration: string;
  /** The table. */
  readonly table: string;
  /** Its columns whose values go; null when rows go. */
  readonly columns: readonly string[] | null;
  /** How many rows the table has: as many are copied to a history table first. */
  readonly rows: number;
}

/** One migration of a plan. */
export interface PlannedMigration {
  /** `SCHEMA/ID`, or `SCHEMA` when a schema is made new in its newest form. */
  readonly migration: string;
  /** Whether it runs, is made new, or is recorded because the database is found to have it. */
  readonly action: "run" | "create" | "record";
  /** What it does, a line per step. */
  readonly does: readonly string[];
  /** Whether it runs in one transaction with its record. */
  readonly transaction: boolean;
}

/** What a call would do. */
export interface MigrationPlan {
  /** The direction. */
  readonly direction: "up" | "down";
  /** The migrations, in the order they run. */
  readonly migrations: readonly PlannedMigration[];
  /** What is taken away. */
  readonly destroys: readonly Destruction[];
  /**
   * The token that confirms this plan: made of its steps, the record of the database and the row counts of what is taken away, so that it
   * holds for nothing else. `down` always wants it, `up` when `destroys` is not empty.
   */
  readonly confirm: string;
}

/** What to bring a database to. */
export interface UpOptions {
  /** `SCHEMA/ID`: the last migration of that schema to run; the other schemas stay as they are. Default: all of all schemas. */
  readonly to?: string;
  /** The `confirm` of the plan; needed when it takes something away. */
  readonly confirm?: string;
  /** Runs everything in one transaction and rolls it back. Needs no `confirm`. Default false. */
  readonly dryRun?: boolean;
  /** Stops before the next migration when aborted, and rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** What to take a database back to. */
export interface DownOptions {
  /** `SCHEMA/ID`: the last migration of that schema that stays; `SCHEMA/none` when none does. */
  readonly to: string;
  /** The `confirm` of the plan; needed unless `dryRun`. */
  readonly confirm?: string;
  /** Runs everything in one transaction and rolls it back. Default false. */
  readonly dryRun?: boolean;
  /** Stops before the next migration when aborted, and rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** A migration that ran. */
export interface RanMigration {
  /** `SCHEMA/ID`, or `SCHEMA` when a schema was made new in its newest form. */
  readonly migration: string;
  /** Whether it ran, was made new, or was recorded because the database has it. */
  readonly action: "run" | "create" | "record";
  /** Milliseconds it took. */
  readonly ms: number;
  /** The history tables that hold what it took away. */
  readonly kept: readonly string[];
}

/** What a call did; with `dryRun`: would have done. */
export interface MigratorReport {
  /** The direction. */
  readonly direction: "up" | "down";
  /** Whether everything was rolled back. */
  readonly dryRun: boolean;
  /** What ran, in order; empty when there was nothing to do. */
  readonly ran: readonly RanMigration[];
  /** With `dryRun`: the migrations that no transaction can hold, which were therefore not tried, nor anything behind them. Else empty. */
  readonly untried: readonly string[];
}

/** A difference between a database and what its migrations say. */
export interface SchemaProblem {
  /** `SCHEMA/ID` or the name of a table. */
  readonly what: string;
  /** In words. */
  readonly problem: string;
}

/** A request to set the record right. It changes the record only, never the tables, and is itself put on record. */
export interface RepairRequest {
  /** `SCHEMA/ID`. */
  readonly migration: string;
  /**
   * What is true: `unchanged`: the migration that ran and the one given now do the same; `statement-done` and `statement-undone`: the statement
   * that it stopped at did or did not take effect; `forget`: it is no longer part of these schemas, and its record may go.
   */
  readonly as: "unchanged" | "statement-done" | "statement-undone" | "forget";
  /** Why, 1 to 2000 characters. */
  readonly reason: string;
}

/** A request to record migrations without running them, because the database is known to have them. */
export interface BaselineRequest {
  /** `SCHEMA/ID`: this migration and all before it are recorded. */
  readonly at: string;
  /** How it is known, 1 to 2000 characters. */
  readonly reason: string;
}

/** One line of the record of what was done, which only grows. */
export interface MigrationEvent {
  /** When, UTC. */
  readonly at: string;
  /** By whom. */
  readonly by: string;
  /** What was done. */
  readonly action: "up" | "down" | "create" | "found" | "baseline" | "repair" | "drop-history";
  /** `SCHEMA/ID`, or the history table. */
  readonly migration: string;
  /** The reason given, or what else is to be known. */
  readonly reason: string;
}

/** A table that keeps what a migration took away. */
export interface HistoryTable {
  /** Its name. */
  readonly name: string;
  /** `SCHEMA/ID`. */
  readonly migration: string;
  /** The direction in which it was taken. */
  readonly direction: "up" | "down";
  /** The table it was taken from. */
  readonly table: string;
  /** The columns; null for whole rows. */
  readonly columns: readonly string[] | null;
  /** Rows in it. */
  readonly rows: number;
  /** When, UTC. */
  readonly at: string;
  /** When it was put back, UTC; null when it was not. */
  readonly restoredAt: string | null;
  /** What `dropHistory` wants. */
  readonly confirm: string;
}

/** Brings a database from form to form. Every call opens a connection of its own and closes it. */
export interface Migrator {
  /** The engine. */
  readonly engine: Engine;
  /** Where each migration stands, in order; those that these schemas do not know last. Changes nothing. */
  status(): Promise<readonly MigrationStatus[]>;
  /**
   * What `up` (or, with `down`, `down({ to })`) would do, and the token that confirms it. Changes nothing.
   *
   * Throws as `up` and `down` do.
   */
  plan(request?: { readonly to?: string } | { readonly down: string }): Promise<MigrationPlan>;
  /**
   * Runs what is pending, each migration in a transaction with its record; does nothing when nothing is. A schema of which the database has
   * nothing is made in its newest form. In the end every table equals a new one, or nothing of the last migration is kept.
   *
   * Throws `migration-changed`, `migration-late`, `migration-missing`, `migration-partial`, `unknown-form`, `form-differs`, `not-confirmed`,
   * `locked`, `migration-failed`, `rows-lost`, `invalid-option`.
   */
  up(options?: UpOptions): Promise<MigratorReport>;
  /** Undoes migrations, youngest first, what goes kept in history tables. Throws `irreversible` before anything is done, and what `up` throws. */
  down(options: DownOptions): Promise<MigratorReport>;
  /** Compares the record with the migrations and, where all have run, each table, index, condition and policy with a new one. Empty when all is well. */
  verify(): Promise<readonly SchemaProblem[]>;
  /** Sets the record right. Throws `invalid-option` when the record does not say what `as` is about. */
  repair(request: RepairRequest): Promise<void>;
  /** Records migrations without running them. Throws `invalid-option` when the schema is on record already. */
  baseline(request: BaselineRequest): Promise<void>;
  /** All that was done, oldest first. */
  events(): Promise<readonly MigrationEvent[]>;
  /** The tables that keep what was taken away, oldest first. */
  history(): Promise<readonly HistoryTable[]>;
  /** Drops one of them. Throws `not-confirmed` when the token is not that of the table as it is now. */
  dropHistory(name: string, options: { readonly confirm: string; readonly reason: string }): Promise<void>;
}
