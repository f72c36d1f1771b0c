// What a migration is: data that says what changes, from which the SQL of both engines follows. @td/migrate runs it.
import type { View } from "../table/define-view.ts";
import type { AnyTable, ColumnSpec, Engine } from "../table/types.ts";

/** One or more SQL statements, each a text of its own, in order. */
export type SqlStatements = string | readonly string[];

/** SQL statements per engine, or the same for both. */
export type EngineStatements = SqlStatements | Readonly<Record<Engine, SqlStatements>>;

/** One change of a migration. Made by the functions of the same names: `createTable(table)` and so on. */
export type MigrationStep =
  | {
      /** Makes a table with its indexes and, on PostgreSQL, its policies. */
      readonly kind: "create-table";
      /** The table as it was when the migration was written. */
      readonly table: AnyTable;
    }
  | {
      /** Drops a table; its rows are kept in a history table. */
      readonly kind: "drop-table";
      /** The table as it was. */
      readonly table: AnyTable;
    }
  | {
      /** Adds nullable columns; or drops them, their values kept in a history table. */
      readonly kind: "add-column" | "drop-column";
      /** The table's name. */
      readonly table: string;
      /** The columns. */
      readonly columns: ColumnSpec;
    }
  | {
      /** Makes an index, or drops it. */
      readonly kind: "create-index" | "drop-index";
      /** The table's name. */
      readonly table: string;
      /** The name of the index in the table's declaration; in the database it is `TABLE_NAME`. */
      readonly name: string;
      /** Property names of its columns, in order. */
      readonly columns: readonly string[];
      /** Whether it holds each key at most once. */
      readonly unique: boolean;
      /** Whether PostgreSQL lets writers go on meanwhile, which no transaction can hold. */
      readonly concurrently: boolean;
    }
  | {
      /** Brings a table from one form to another. */
      readonly kind: "rebuild-table";
      /** The form before. */
      readonly before: AnyTable;
      /** The form after; same name, same primary key. */
      readonly after: AnyTable;
      /** By property, the SQL expression over the old row that gives the value of a column. */
      readonly fill: Readonly<Record<string, Readonly<Record<Engine, string>>>>;
      /** The same for the way back. */
      readonly back: Readonly<Record<string, Readonly<Record<Engine, string>>>>;
    }
  | {
      /** Runs SQL of your own. */
      readonly kind: "sql";
      /** What it does, in a few words. */
      readonly does: string;
      /** The statements that do it. */
      readonly up: Readonly<Record<Engine, readonly string[]>>;
      /** The statements that undo it; `undefined` when nothing does. */
      readonly down: Readonly<Record<Engine, readonly string[]>> | undefined;
      /** The tables whose rows it may add, change or remove. */
      readonly touches: readonly string[];
      /** The tables of which it takes rows or values away: they are copied to history tables first. */
      readonly destroys: readonly string[];
      /** The same for the way back. */
      readonly destroysBack: readonly string[];
      /** Whether a statement may be run again when nobody knows whether it had run. */
      readonly repeatable: boolean;
      /** Whether it only brings existing rows to a new form, so that a database made new does without it. */
      readonly backfill: boolean;
    };

/** A migration. */
export interface Migration {
  /** Its identity within its schema, for ever: letters, digits, `.`, `_` and `-`, for example `0002-fills-by-order`. */
  readonly id: string;
  /** What it does, in order. */
  readonly up: readonly MigrationStep[];
  /** What undoes it, in order. Default: the reverse of each step of `up`, last first; `"none"` when it cannot be undone. */
  readonly down?: readonly MigrationStep[] | "none";
  /**
   * Whether it runs in one transaction with its record; default true. False for what no transaction can hold: then each statement is a
   * transaction, and how far it got is on record.
   */
  readonly transaction?: boolean;
  /**
   * By engine and table, the fingerprints in `td_schema` by which a database without a record of migrations is known to stand right before this
   * one. Default none. For schemas that had databases before they had migrations.
   */
  readonly before?: Readonly<Record<Engine, Readonly<Record<string, string>>>>;
}

/** A named list of migrations, with the tables and views that a database has when all of them have run. Made by {@link defineSchema}. */
export interface ManagedSchema {
  /** Its name, for ever: lower case letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** The tables in their newest form, in the order they are created. */
  readonly tables: readonly AnyTable[];
  /** The views; they hold no data and are made anew whenever they change. */
  readonly views: readonly View[];
  /** The migrations, oldest first. */
  readonly migrations: readonly Migration[];
}
