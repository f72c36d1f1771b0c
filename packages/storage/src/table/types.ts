// What a declared table is, and the row types that follow from its columns.
import type { PgTable } from "drizzle-orm/pg-core";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Column } from "./columns.ts";
import type { Check } from "./checks.ts";
import type { PostgresTableOf, SqliteTableOf } from "./drizzle-types.ts";

/** The columns of a table, by property name. */
export type ColumnSpec = Readonly<Record<string, Column>>;

/** The engines that td knows. */
export type Engine = "sqlite" | "postgres";

type TypesOf<C extends Column> = NonNullable<C["$types"]>;
type ValueOf<C extends Column> = TypesOf<C>["nullable"] extends true ? TypesOf<C>["value"] | null : TypesOf<C>["value"];
type InputValueOf<C extends Column> = TypesOf<C>["nullable"] extends true ? TypesOf<C>["input"] | null : TypesOf<C>["input"];
type NamesGiven<S extends ColumnSpec, Given> = { [K in keyof S]: TypesOf<S[K]>["given"] extends Given ? K : never }[keyof S];
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** A row as read from columns `S`. */
export type RowOfColumns<S extends ColumnSpec> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** A row as given to columns `S`: without the user (the scope has it) and without what td fills. */
export type InputOfColumns<S extends ColumnSpec> = Flat<
  { readonly [K in Exclude<NamesGiven<S, "required">, "userId">]: InputValueOf<S[K]> } & {
    readonly [K in NamesGiven<S, "optional">]?: InputValueOf<S[K]>;
  }
>;

/** A reference to another table of the same user. */
export interface ForeignKey {
  /** Columns of this table; `userId` first. */
  readonly columns: readonly string[];
  /** The table referred to. */
  readonly references: string;
  /** Its columns; `userId` first. */
  readonly to: readonly string[];
  /** What a delete over there does here; default `restrict`. */
  readonly onDelete?: "restrict" | "cascade";
}

/** Any declared table. */
export interface AnyTable {
  /** The name in the database. */
  readonly name: string;
  /** The columns, by property name. */
  readonly columns: ColumnSpec;
  /** Property names of the primary key; `userId` first. */
  readonly primaryKey: readonly string[];
  /** Property names of each index; `userId` first. */
  readonly indexes: Readonly<Record<string, readonly string[]>>;
  /** Property names of each unique index; `userId` first. */
  readonly unique: Readonly<Record<string, readonly string[]>>;
  /** Conditions that the database holds every row to. */
  readonly checks: Readonly<Record<string, Check>>;
  /** References to other tables of the same user. */
  readonly foreignKeys: readonly ForeignKey[];
  /** Whether the rows are part of a dataset digest. */
  readonly digested: boolean;
  /** The column that says which of two rows under one key is newer; `undefined` when none does. */
  readonly newerBy: string | undefined;
  /** Whether the rows lie in the order of the primary key. */
  readonly clustered: boolean;
  /** The drizzle table for SQLite. */
  readonly sqlite: SQLiteTable;
  /** The drizzle table for PostgreSQL. */
  readonly postgres: PgTable;
  /** The canonical text of a row's content: one JSON line, keys sorted, decimals and instants canonical, assigned columns left out. Throws `value-rejected`. */
  canonical(row: Readonly<Record<string, unknown>>): string;
  /** The statements that create the table and its indexes. */
  ddl(engine: Engine): readonly string[];
}

/** A declared table with its exact types. Made by {@link defineTable}. */
export interface Table<
  Name extends string = string,
  Columns extends ColumnSpec = ColumnSpec,
  Key extends string = string,
  Index extends string = string,
> extends AnyTable {
  /** Its name in the database. */
  readonly name: Name;
  /** Its columns by their name in a row. */
  readonly columns: Columns;
  /** The columns of its key, `userId` first. */
  readonly primaryKey: readonly Key[];
  /** Its indexes: the columns of each by its name. */
  readonly indexes: Readonly<Record<Index, readonly string[]>>;
  /** drizzle's table for SQLite. */
  readonly sqlite: SqliteTableOf<Name, Columns>;
  /** drizzle's table for PostgreSQL. */
  readonly postgres: PostgresTableOf<Name, Columns>;
}

/** A row as read from a table: decimals are `Decimal`, instants canonical text. */
export type RowOf<T extends AnyTable> = RowOfColumns<T["columns"]>;

/** A row as given to a table: decimals also as text, instants also as `Date`, optional columns may be absent. */
export type InputOf<T extends AnyTable> = InputOfColumns<T["columns"]>;

type KeyNames<T extends AnyTable> = Exclude<T["primaryKey"][number], "userId"> & keyof T["columns"];

/** The key of one row of the scope's user: the primary key without `userId`. */
export type KeyOf<T extends AnyTable> = { readonly [K in KeyNames<T>]: InputValueOf<T["columns"][K]> };

/** Changes to one row: any columns but the key and those that td fills. */
export type ChangesOf<T extends AnyTable> = Partial<Omit<InputOf<T>, T["primaryKey"][number] | "revision">>;

/** The names a table can be read in order of: its primary key and its indexes. */
export type OrderOf<T extends AnyTable> = "primaryKey" | (keyof T["indexes"] & string);

/** What one column may be asked to be in a filter. */
export type Condition<Input> =
  | Input
  | {
      /** Less than. */
      readonly lt?: NonNullable<Input>;
      /** Less than or equal to. */
      readonly lte?: NonNullable<Input>;
      /** Greater than. */
      readonly gt?: NonNullable<Input>;
      /** Greater than or equal to. */
      readonly gte?: NonNullable<Input>;
      /** Different from; null is different from every value. */
      readonly ne?: Input;
      /** One of these. An empty list finds nothing. */
      readonly in?: readonly NonNullable<Input>[];
    };

/** A filter: each named column must meet its condition. JSON columns cannot be filtered; `undefined` is refused. */
export type WhereOf<T extends AnyTable> = {
  readonly [K in Exclude<keyof T["columns"], "userId">]?: Condition<InputValueOf<T["columns"][K]>>;
};
