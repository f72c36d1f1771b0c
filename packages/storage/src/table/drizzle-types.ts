// The drizzle types of a table spec: each column is a custom column whose data type is the column's value type.
import type { BuildColumns } from "drizzle-orm/column-builder";
import type { customType as pgCustomType, PgTableWithColumns } from "drizzle-orm/pg-core";
import type { customType as sqliteCustomType, SQLiteTableWithColumns } from "drizzle-orm/sqlite-core";
import type { Column } from "./columns.ts";
import type { ColumnSpec } from "./types.ts";

type SqliteBuilder<Data> = ReturnType<ReturnType<typeof sqliteCustomType<{ data: Data; driverData: unknown }>>>;
type PgBuilder<Data> = ReturnType<ReturnType<typeof pgCustomType<{ data: Data; driverData: unknown }>>>;
type Required<Builder extends { notNull(): unknown }> = ReturnType<Builder["notNull"]>;
type TypesOf<C extends Column> = NonNullable<C["$types"]>;
type Value<C extends Column> = TypesOf<C>["value"];
type IsNullable<C extends Column> = TypesOf<C>["nullable"];

type SqliteColumns<S extends ColumnSpec> = {
  [K in keyof S]: IsNullable<S[K]> extends true ? SqliteBuilder<Value<S[K]>> : Required<SqliteBuilder<Value<S[K]>>>;
};
type PgColumns<S extends ColumnSpec> = {
  [K in keyof S]: IsNullable<S[K]> extends true ? PgBuilder<Value<S[K]>> : Required<PgBuilder<Value<S[K]>>>;
};

/** The drizzle table for SQLite of a name and columns. */
export type SqliteTableOf<Name extends string, S extends ColumnSpec> = SQLiteTableWithColumns<{
  name: Name;
  schema: undefined;
  dialect: "sqlite";
  columns: BuildColumns<Name, SqliteColumns<S>, "sqlite">;
}>;

/** The drizzle table for PostgreSQL of a name and columns. */
export type PostgresTableOf<Name extends string, S extends ColumnSpec> = PgTableWithColumns<{
  name: Name;
  schema: undefined;
  dialect: "pg";
  columns: BuildColumns<Name, PgColumns<S>, "pg">;
}>;
