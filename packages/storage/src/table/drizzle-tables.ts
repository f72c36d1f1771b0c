// The drizzle tables of a spec. drizzle reads and writes through td's codecs, so a host's own drizzle query is as exact as td's.
import { readInstant, writeInstant } from "@td/fifo/values";
import { Decimal } from "decimal.js";
import type { PgTable } from "drizzle-orm/pg-core";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { StorageError } from "../errors.ts";
import type { TableShape } from "./ddl.ts";
import { postgres as pg, sqlite } from "./drizzle.ts";
import { columnName } from "./layout.ts";
import type { LayoutColumn } from "./layout.ts";
import { explainIssue } from "./refusal.ts";
import { isRefusal } from "./sqlite-codec.ts";
import type { Stored } from "./sqlite-codec.ts";

/** Encodes one value for SQLite or throws `value-rejected`. */
export function encodeOrThrow(table: string, column: LayoutColumn, input: unknown): Stored {
  const stored = column.codec.encode(input);
  if (!isRefusal(stored)) return stored;
  throw new StorageError("value-rejected", `${table}.${column.property} refused a value: ${explainIssue(stored.issue)}.`, {
    facts: { table, column: column.property, issue: stored.issue },
  });
}

/** The drizzle table for SQLite. */
export function sqliteDrizzleTable(shape: TableShape, columns: readonly LayoutColumn[]): SQLiteTable {
  return sqlite.sqliteTable(
    shape.name,
    Object.fromEntries(columns.map((column) => [column.property, sqliteColumn(shape.name, column)])),
    (made) => {
      const pick = (properties: readonly string[]) => picked(properties, made);
      return [
        sqlite.primaryKey({ columns: pick(shape.primaryKey) }),
        ...entries(shape.unique).map(([name, on]) => sqlite.uniqueIndex(`${shape.name}_${name}`).on(...pick(on))),
        ...entries(shape.indexes).map(([name, on]) => sqlite.index(`${shape.name}_${name}`).on(...pick(on))),
      ];
    },
  );
}

/** The drizzle table for PostgreSQL. */
export function postgresDrizzleTable(shape: TableShape, columns: readonly LayoutColumn[]): PgTable {
  return pg.pgTable(
    shape.name,
    Object.fromEntries(columns.map((column) => [column.property, postgresColumn(shape.name, column)])),
    (made) => {
      const pick = (properties: readonly string[]) => picked(properties, made);
      return [
        pg.primaryKey({ columns: pick(shape.primaryKey) }),
        ...entries(shape.unique).map(([name, on]) => pg.uniqueIndex(`${shape.name}_${name}`).on(...pick(on))),
        ...entries(shape.indexes).map(([name, on]) => pg.index(`${shape.name}_${name}`).on(...pick(on))),
      ];
    },
  );
}

function entries(named: Readonly<Record<string, readonly string[]>>): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(named);
}

/** The columns of a made table by property; a definition was checked before, so all exist and there is at least one. */
function picked<C>(properties: readonly string[], made: Readonly<Record<string, C>>): [C, ...C[]] {
  return properties.flatMap((property) => made[property] ?? []) as [C, ...C[]];
}

function sqliteColumn(table: string, column: LayoutColumn) {
  const integer = column.definition.kind === "instant" || column.definition.kind === "int" || column.definition.kind === "bool";
  const builder = sqlite.customType<{ data: unknown; driverData: Stored }>({
    dataType: () => (integer ? "integer" : "text"),
    toDriver: (value) => encodeOrThrow(table, column, value),
    fromDriver: (stored) => column.codec.decode(stored),
  })(columnName(column.property));
  return column.definition.nullable ? builder : builder.notNull();
}

function postgresColumn(table: string, column: LayoutColumn) {
  const builder = pg.customType<{ data: unknown; driverData: unknown }>({
    dataType: () => POSTGRES_TYPES[column.definition.kind](column),
    toDriver: (value) => toPostgres(table, column, value),
    fromDriver: (stored) => fromPostgres(column, stored),
  })(columnName(column.property));
  return column.definition.nullable ? builder : builder.notNull();
}

const POSTGRES_TYPES: Readonly<Record<LayoutColumn["definition"]["kind"], (column: LayoutColumn) => string>> = {
  text: () => "text",
  oneOf: () => "text",
  decimal: ({ definition }) => (definition.kind === "decimal" ? `numeric(${definition.precision}, ${definition.scale})` : "numeric"),
  instant: () => "timestamptz(6)",
  int: () => "bigint",
  bool: () => "boolean",
  json: () => "jsonb",
};

// The value passes SQLite's codec first: what one engine refuses, the other refuses too.
function toPostgres(table: string, column: LayoutColumn, value: unknown): unknown {
  const stored = encodeOrThrow(table, column, value);
  if (stored === null) return null;
  switch (column.definition.kind) {
    case "decimal":
      return (column.codec.decode(stored) as Decimal).toFixed();
    case "instant":
      return writeInstant(Number(stored));
    case "bool":
      return stored === 1;
    case "text":
    case "oneOf":
    case "int":
    case "json":
      return stored;
  }
}

function fromPostgres(column: LayoutColumn, stored: unknown): unknown {
  switch (column.definition.kind) {
    case "decimal":
      return new Decimal(String(stored));
    case "instant":
      return instantFromPostgres(stored);
    case "int":
      return Number(stored);
    case "json":
      return typeof stored === "string" ? (JSON.parse(stored) as unknown) : stored;
    case "bool":
    case "text":
    case "oneOf":
      return stored;
  }
}

function instantFromPostgres(stored: unknown): string {
  const micros = readInstant(stored instanceof Date ? stored : String(stored));
  if (typeof micros === "number") return writeInstant(micros);
  throw new StorageError("value-rejected", `PostgreSQL returned a time that td cannot read: ${explainIssue(micros)}.`, {
    facts: { issue: micros },
  });
}
