// Declares a table once: the drizzle tables of both engines, the row types, the SQL and the canonical form follow from it.
import { StorageError } from "../errors.ts";
import { canonicalRow } from "./canonical.ts";
import type { Check } from "./checks.ts";
import { tableDdl } from "./ddl.ts";
import type { TableShape } from "./ddl.ts";
import { postgresDrizzleTable, sqliteDrizzleTable } from "./drizzle-tables.ts";
import { columnName, layoutColumns } from "./layout.ts";
import type { ColumnSpec, ForeignKey, Table } from "./types.ts";

/** What a table has besides its columns. Every key, index and reference begins with `userId`. */
export interface TableOptions<Property extends string, Key extends string, Index extends string> {
  /** The columns that identify a row; `userId` first. */
  readonly primaryKey: readonly Key[];
  /** Indexes by name; `userId` first. Rows can be paged in the order of an index without nullable columns. */
  readonly indexes?: Readonly<Record<Index, readonly Property[]>>;
  /** Further unique keys by name; `userId` first. */
  readonly unique?: Readonly<Record<string, readonly Property[]>>;
  /** Conditions that the database holds every row to, by name. */
  readonly checks?: Readonly<Record<string, Check>>;
  /** References to other tables of the same user. */
  readonly foreignKeys?: readonly ForeignKey[];
  /** Whether the rows are part of a dataset digest; default true. False for bookkeeping such as import runs. */
  readonly digested?: boolean;
  /**
   * Whether SQLite keeps the rows in the order of the primary key (`without rowid`); default true: best for keys that grow, and for small rows.
   * False for wide rows under random keys such as UUIDs: they are then kept in the order of arrival, which makes imports faster.
   */
  readonly clustered?: boolean;
  /** The column, an instant or an integer, that says which of two rows under one key is newer: for `importMany` with `update-if-newer`. Default none. */
  readonly newerBy?: Property;
}

/**
 * Declares a table.
 *
 * Throws `table-definition` when a name is not usable, a key names an unknown or nullable column, or a key, index or reference does not begin with `userId`.
 */
export function defineTable<
  const Name extends string,
  const Columns extends ColumnSpec,
  const Key extends keyof Columns & string,
  const Index extends string = never,
>(name: Name, columns: Columns, options: TableOptions<keyof Columns & string, Key, Index>): Table<Name, Columns, Key, Index> {
  const shape: TableShape = {
    name,
    primaryKey: options.primaryKey,
    indexes: options.indexes ?? {},
    unique: options.unique ?? {},
    checks: options.checks ?? {},
    foreignKeys: options.foreignKeys ?? [],
    clustered: options.clustered ?? true,
  };
  checkShape(shape, columns);
  checkNewer(shape, columns, options.newerBy);
  const layout = layoutColumns(columns);
  const table = {
    ...shape,
    columns,
    digested: options.digested ?? true,
    newerBy: options.newerBy,
    sqlite: sqliteDrizzleTable(shape, layout),
    postgres: postgresDrizzleTable(shape, layout),
    canonical: (row: Readonly<Record<string, unknown>>) => canonicalRow(name, layout, row),
    ddl: (engine: "sqlite" | "postgres") => tableDdl(shape, layout, engine),
  };
  table.ddl("sqlite");
  // The drizzle tables were built from the same spec that the types are computed from; a type test compares the two.
  return Object.freeze(table) as unknown as Table<Name, Columns, Key, Index>;
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const RESERVED = /^(sqlite_|pg_|td_schema$|td_system_audit$|td_migration|td_hist_|td_new_)/;
const PROPERTY = /^[a-z][a-zA-Z0-9]{0,62}$/;

function checkShape(shape: TableShape, columns: ColumnSpec): void {
  const properties = Object.keys(columns);
  if (!NAME.test(shape.name)) refuse(shape.name, "use lower case letters, digits and _ for the table's name");
  if (RESERVED.test(shape.name)) refuse(shape.name, "the name belongs to the database or to td");
  const odd = properties.find((property) => !PROPERTY.test(property));
  if (odd !== undefined) refuse(shape.name, `use camelCase letters and digits for the column ${odd}`);
  if (new Set(properties.map(columnName)).size < properties.length) refuse(shape.name, "two columns have the same name in the database");
  checkUser(shape, columns);
  if (properties.filter((property) => columns[property]?.definition.sequence === true).length > 1)
    refuse(shape.name, "it has two sequences");
  for (const [what, key] of allKeys(shape)) checkKey(shape.name, what, key, columns);
  for (const property of shape.primaryKey) {
    if (columns[property]?.definition.nullable === true) refuse(shape.name, `its primary key has the nullable column ${property}`);
  }
}

function checkUser(shape: TableShape, columns: ColumnSpec): void {
  const user = columns["userId"]?.definition;
  if (user?.kind !== "text" || user.nullable) refuse(shape.name, "declare userId: c.text(), not nullable");
}

function checkNewer(shape: TableShape, columns: ColumnSpec, newerBy: string | undefined): void {
  if (newerBy === undefined) return;
  const kind = columns[newerBy]?.definition.kind;
  if ((kind === "instant" || kind === "int") && !shape.primaryKey.includes(newerBy)) return;
  refuse(shape.name, `newerBy names ${newerBy}, which is not an instant or an integer outside of its primary key`);
}

function allKeys(shape: TableShape): readonly (readonly [string, readonly string[]])[] {
  return [
    ["primary key", shape.primaryKey],
    ...Object.entries(shape.indexes).map(([name, key]) => [`index ${name}`, key] as const),
    ...Object.entries(shape.unique).map(([name, key]) => [`unique key ${name}`, key] as const),
    ...shape.foreignKeys.flatMap((key) => [["foreign key", key.columns] as const]),
  ];
}

function checkKey(table: string, what: string, key: readonly string[], columns: ColumnSpec): void {
  if (key[0] !== "userId") refuse(table, `its ${what} must begin with userId`);
  const unknown = key.find((property) => columns[property] === undefined);
  if (unknown !== undefined) refuse(table, `its ${what} names the unknown column ${unknown}`);
  if (new Set(key).size < key.length) refuse(table, `its ${what} names a column twice`);
}

function refuse(table: string, what: string): never {
  throw new StorageError("table-definition", `The table ${table} cannot be declared: ${what}.`, { facts: { table } });
}
