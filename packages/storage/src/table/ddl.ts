// The SQL that creates a table. Constraints are named, so that a failed one names itself.
import { checkSql, textLiteral } from "./checks.ts";
import { columnName } from "./layout.ts";
import type { LayoutColumn } from "./layout.ts";
import type { AnyTable, Engine, ForeignKey } from "./types.ts";

/** What the statements are made from: a table before its drizzle tables exist. */
export type TableShape = Pick<AnyTable, "name" | "primaryKey" | "indexes" | "unique" | "checks" | "foreignKeys" | "clustered">;

/** The statements that create a table and its indexes. */
export function tableDdl(shape: TableShape, columns: readonly LayoutColumn[], engine: Engine): readonly string[] {
  const lines = [
    ...columns.map((column) => columnSql(shape.name, column, engine)),
    `primary key (${names(shape.primaryKey)})`,
    ...checkLines(shape, columns, engine),
    ...shape.foreignKeys.map(foreignKeySql),
  ];
  const tail = engine === "sqlite" ? ` strict${shape.clustered ? ", without rowid" : ""}` : "";
  return [`create table "${shape.name}" (\n  ${lines.join(",\n  ")}\n)${tail}`, ...indexStatements(shape)];
}

/** The conditions of a table, each with its name. */
export function checkLines(shape: TableShape, columns: readonly LayoutColumn[], engine: Engine): readonly string[] {
  const byProperty = new Map(columns.map((column) => [column.property, column]));
  return Object.entries(shape.checks).map(
    ([name, check]) => `constraint "${shape.name}_${name}" check (${checkSql(check, byProperty, engine)})`,
  );
}

/** The declaration of a reference. */
export function foreignKeySql(key: ForeignKey): string {
  return `foreign key (${names(key.columns)}) references "${key.references}" (${names(key.to)}) on delete ${key.onDelete ?? "restrict"}`;
}

function indexStatements(shape: TableShape): readonly string[] {
  const statement = (kind: string, [name, properties]: readonly [string, readonly string[]]): string =>
    `create ${kind} "${shape.name}_${name}" on "${shape.name}" (${names(properties)})`;
  return [
    ...Object.entries(shape.unique).map((entry) => statement("unique index", entry)),
    ...Object.entries(shape.indexes).map((entry) => statement("index", entry)),
  ];
}

function names(properties: readonly string[]): string {
  return properties.map((property) => `"${columnName(property)}"`).join(", ");
}

/** The declaration of one column. */
export function columnSql(table: string, column: LayoutColumn, engine: Engine): string {
  const condition = engine === "sqlite" ? sqliteCheck(column) : postgresCheck(column);
  const type = engine === "sqlite" ? sqliteType(column) : postgresType(column);
  return [
    `"${column.name}" ${type}`,
    column.definition.nullable ? "" : " not null",
    condition === "" ? "" : ` constraint "${table}_${column.name}_form" check (${condition})`,
  ].join("");
}

function sqliteType({ definition }: LayoutColumn): string {
  return definition.kind === "instant" || definition.kind === "int" || definition.kind === "bool" ? "integer" : "text";
}

function sqliteCheck({ name, definition }: LayoutColumn): string {
  switch (definition.kind) {
    case "decimal":
      // Only digits: trimming them leaves nothing. A third of the cost of the glob that says the same.
      return `length("${name}") = ${definition.precision + 1} and ltrim("${name}", '0123456789') = ''`;
    case "oneOf":
      return `"${name}" in (${definition.values.map(textLiteral).join(", ")})`;
    case "bool":
      return `"${name}" in (0, 1)`;
    case "json":
      return `json_valid("${name}")`;
    case "text":
    case "instant":
    case "int":
      return "";
  }
}

// Text is compared byte by byte (collation "C"), as SQLite does, so that both engines sort keys alike.
/** The type of a column on PostgreSQL. */
export function postgresType({ definition }: LayoutColumn): string {
  switch (definition.kind) {
    case "decimal":
      return `numeric(${definition.precision}, ${definition.scale})`;
    case "oneOf":
    case "text":
      return 'text collate "C"';
    case "bool":
      return "boolean";
    case "json":
      return "jsonb";
    case "instant":
      return "timestamptz(6)";
    case "int":
      return "bigint";
  }
}

/** The condition that PostgreSQL holds a column to; empty when there is none. */
export function postgresCheck({ name, definition }: LayoutColumn): string {
  if (definition.kind === "decimal") return `"${name}" <> 'NaN'`;
  return definition.kind === "oneOf" ? `"${name}" in (${definition.values.map(textLiteral).join(", ")})` : "";
}
