// One connection of a migrator: plain texts in, texts out, so that the same code drives both engines and no pooler's state is relied on.
import type { AnyTable, Engine, View } from "@td/storage";
import type { Schema } from "@td/storage/internal";

/** A row: every value as text, or null. */
export type TextRow = readonly (string | null)[];

/** One connection of a migrator. */
export interface Session {
  /** The engine. */
  readonly engine: Engine;
  /** Where it is connected to, without a password. */
  readonly path: string;
  /** Runs a statement without parameters. */
  exec(sql: string): Promise<void>;
  /** All rows of a query. */
  rows(sql: string): Promise<readonly TextRow[]>;
  /** Begins the transaction that only one migrator at a time can have; false when another has it. `doing` is shown to those who wait. */
  tryBegin(doing: string): Promise<boolean>;
  /** Begins a transaction to look around in. */
  look(): Promise<void>;
  /** Commits. */
  commit(): Promise<void>;
  /** Rolls back; harmless when no transaction is open. */
  rollback(): Promise<void>;
  /** Who has it, in words. */
  holder(): Promise<string>;
  /** Makes what is absent of these tables and views, and puts them under their policies. */
  make(schema: Schema): Promise<void>;
  /** Makes what the policies of PostgreSQL ask whose rows to show, where it is absent or of an older td. */
  wall(): Promise<void>;
  /** Whether that stands; true on SQLite. */
  isWalled(): Promise<boolean>;
  /** The forms of tables as they are: for each that exists, one line per column, condition, index, trigger and policy. */
  forms(tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The forms that tables have in a new database; the tables that they refer to are among `all`. */
  newForms(all: readonly AnyTable[], tables: readonly AnyTable[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The database's own tables, td's bookkeeping left out. */
  tables(): Promise<readonly string[]>;
  /** Pairs of tables: one refers to the other. */
  references(): Promise<readonly (readonly [string, string])[]>;
  /** The columns of a table's primary key, in order. */
  key(table: string): Promise<readonly string[]>;
  /** SQLite: the statements of a table's triggers. */
  triggers(table: string): Promise<readonly string[]>;
  /** SQLite: how many rows of these tables refer to nothing, by table and parent. Empty on PostgreSQL, which never lets that happen. */
  orphans(tables: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Lets the owner of these tables see all their rows; returns those that hid some. */
  lift(tables: readonly string[]): Promise<readonly string[]>;
  /** Holds the owner to the policies of these tables again, as far as they are there. */
  lower(tables: readonly string[]): Promise<void>;
  /** Keeps a history table from everybody but the owner. */
  hide(table: string): Promise<void>;
  /** Gives the roles that work with the database their rights to tables and views. */
  admit(tables: readonly AnyTable[], views: readonly View[]): Promise<void>;
  /** Another connection to the same database. */
  another(): Promise<Session>;
  /** Closes the connection. */
  close(): Promise<void>;
}
