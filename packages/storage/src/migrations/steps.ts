// The steps that migrations are made of.
import { StorageError } from "../errors.ts";
import type { ColumnDefinition } from "../table/columns.ts";
import type { AnyTable, ColumnSpec, Engine } from "../table/types.ts";
import { destructiveWords } from "./sql-text.ts";
import type { EngineStatements, MigrationStep, SqlStatements } from "./types.ts";

/** How an index is made. */
export interface IndexOptions {
  /** Whether it holds each key at most once. Default false. */
  readonly unique?: boolean;
  /** PostgreSQL: writers go on meanwhile; needs `transaction: false`. Default false. */
  readonly concurrently?: boolean;
}

/** SQL of your own as a step. */
export interface SqlStepOptions {
  /** What it does, in a few words, for plans and messages. */
  readonly does: string;
  /** The statements, one text each: for both engines, or per engine. An empty list does nothing there. */
  readonly up: EngineStatements;
  /** The statements that undo it. Default none: the migration then needs a `down` of its own, or has none. */
  readonly down?: EngineStatements;
  /**
   * The tables whose rows it may add, change or remove; any other table must have as many rows afterwards as before. On PostgreSQL also those whose rows
   * it reads: of others row level security shows none, which is an error. Default those of `destroys`.
   */
  readonly touches?: readonly string[];
  /**
   * The tables of which it takes rows or values away: copied to history tables first, and the run needs a confirmation. Required when a
   * statement says drop, delete, truncate, update or replace; an empty list says that nothing of value is lost, on the way back neither. When
   * `down` says one of these words, all of `touches` is copied before.
   */
  readonly destroys?: readonly string[];
  /** Whether a statement may be run again when nobody knows whether it had run. Matters only without a transaction. Default false. */
  readonly repeatable?: boolean;
  /** Whether it only brings existing rows to a new form, so that a database made new does without it. Default false. */
  readonly backfill?: boolean;
}

/** Makes a table, its indexes and, on PostgreSQL, its policies. Undone by dropping it, its rows kept. */
export function createTable(table: AnyTable): MigrationStep {
  return { kind: "create-table", table };
}

/** Drops a table; its rows are kept in a history table. Undone by making it again, rows and all. */
export function dropTable(table: AnyTable): MigrationStep {
  return { kind: "drop-table", table };
}

/** Adds nullable columns to a table. For others use {@link rebuildTable}. Undone by dropping them, their values kept. Throws `table-definition`. */
export function addColumn(table: string, columns: ColumnSpec): MigrationStep {
  return { kind: "add-column", table, columns: nullableColumns(table, columns) };
}

/** Drops nullable columns that no index, key or condition of the table names; their values are kept in a history table. Throws `table-definition`. */
export function dropColumn(table: string, columns: ColumnSpec): MigrationStep {
  return { kind: "drop-column", table, columns: nullableColumns(table, columns) };
}

/** Makes an index `TABLE_NAME` over columns, named by their properties. Undone by dropping it. */
export function createIndex(table: string, name: string, columns: readonly string[], options: IndexOptions = {}): MigrationStep {
  return { kind: "create-index", table, name, columns, unique: options.unique ?? false, concurrently: options.concurrently ?? false };
}

/** Drops an index. Undone by making it again. */
export function dropIndex(table: string, name: string, columns: readonly string[], options: IndexOptions = {}): MigrationStep {
  return { kind: "drop-index", table, name, columns, unique: options.unique ?? false, concurrently: options.concurrently ?? false };
}

/** The values of columns in the new form, as SQL over the row in the old one. */
export type FillExpressions = Readonly<Record<string, string | Readonly<Record<Engine, string>>>>;

/**
 * Brings a table from one form to another: columns added and dropped, made nullable or not, of other values; conditions, references and indexes
 * changed. SQLite makes the table anew and copies the rows; PostgreSQL alters it. `fill` gives, by property, the value of a column that is new
 * and not nullable, or whose values change, as a SQL expression over the old row; `back` the same for the way back. What goes is kept in a
 * history table, and the way back takes it from there first.
 *
 * Throws `table-definition` when the names or primary keys differ, or a column lacks its `fill`.
 */
export function rebuildTable(before: AnyTable, after: AnyTable, fill: FillExpressions = {}, back: FillExpressions = {}): MigrationStep {
  if (before.name !== after.name) refuse(before.name, "rebuildTable takes two forms of one table");
  if (before.primaryKey.join() !== after.primaryKey.join()) {
    refuse(before.name, "rebuildTable keeps the primary key: for another one drop the table and create it, with the rows in between");
  }
  const missing = unfilled(before, after).find((property) => fill[property] === undefined);
  if (missing !== undefined) refuse(before.name, `the column ${missing} needs a value in every row: give its SQL expression in fill`);
  return { kind: "rebuild-table", before, after, fill: expressions(after, fill), back: expressions(before, back) };
}

function expressions(form: AnyTable, fill: FillExpressions): Readonly<Record<string, Readonly<Record<Engine, string>>>> {
  const given = Object.entries(fill).map(([property, text]) => {
    if (form.columns[property] === undefined)
      refuse(form.name, `a value is given for the column ${property}, which that form does not have`);
    return [property, typeof text === "string" ? { sqlite: text, postgres: text } : text] as const;
  });
  return Object.fromEntries(given);
}

/** The columns of the new form whose values do not follow from the old one. */
export function unfilled(before: AnyTable, after: AnyTable): readonly string[] {
  return Object.entries(after.columns).flatMap(([property, { definition }]) => {
    const old = before.columns[property]?.definition;
    if (old === undefined) return definition.nullable ? [] : [property];
    return isWider(old, definition) ? [] : [property];
  });
}

/** Whether every value of the one column is a value of the other, nulls aside. */
export function isWider(old: ColumnDefinition, now: ColumnDefinition): boolean {
  if (old.kind === "oneOf" && now.kind === "oneOf") return old.values.every((value) => now.values.includes(value));
  if (old.kind === "decimal" && now.kind === "decimal") {
    return now.scale >= old.scale && now.precision - now.scale >= old.precision - old.scale;
  }
  return old.kind === now.kind;
}

/** Runs SQL of your own. Throws `table-definition` when it takes something away and does not say of which tables. */
export function sql(options: SqlStepOptions): MigrationStep {
  const up = perEngine(options.up);
  const down = options.down === undefined ? undefined : perEngine(options.down);
  const words = [...up.sqlite, ...up.postgres].flatMap(destructiveWords);
  if (options.destroys === undefined && words.length > 0) {
    throw new StorageError(
      "table-definition",
      `The step "${options.does}" says ${[...new Set(words)].join(" and ")}: name in destroys the tables whose rows are to be kept first, or give [] when nothing of value is lost.`,
      { facts: { does: options.does, words: [...new Set(words)] } },
    );
  }
  const destroys = options.destroys ?? [];
  const touches = [...new Set([...(options.touches ?? []), ...destroys])];
  const backWords = [...(down?.sqlite ?? []), ...(down?.postgres ?? [])].flatMap(destructiveWords);
  return {
    kind: "sql",
    does: options.does,
    up,
    down,
    touches,
    destroys,
    destroysBack: backWords.length === 0 || options.destroys?.length === 0 ? [] : touches,
    repeatable: options.repeatable ?? false,
    backfill: options.backfill ?? false,
  };
}

function perEngine(given: EngineStatements): Readonly<Record<Engine, readonly string[]>> {
  const list = (statements: SqlStatements): readonly string[] => (typeof statements === "string" ? [statements] : statements);
  return typeof given === "string" || !("sqlite" in given)
    ? { sqlite: list(given), postgres: list(given) }
    : { sqlite: list(given.sqlite), postgres: list(given.postgres) };
}

function nullableColumns(table: string, columns: ColumnSpec): ColumnSpec {
  const strict = Object.entries(columns).find(([, { definition }]) => !definition.nullable);
  if (strict !== undefined) refuse(table, `the column ${strict[0]} is not nullable: rebuildTable gives it a value in every row`);
  return columns;
}

function refuse(table: string, what: string): never {
  throw new StorageError("table-definition", `This change of ${table} is not possible: ${what}.`, { facts: { table } });
}
