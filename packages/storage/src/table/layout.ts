// What td derives once from a table's columns: names in the database, codecs and positions.
import { sqliteCodec } from "./sqlite-codec.ts";
import type { ColumnCodec } from "./sqlite-codec.ts";
import type { ColumnDefinition } from "./columns.ts";
import type { AnyTable, ColumnSpec } from "./types.ts";

/** One column of a {@link Layout}. */
export interface LayoutColumn {
  /** The property name, `executedAt`. */
  readonly property: string;
  /** The name in the database, `executed_at`. */
  readonly name: string;
  /** Position in the row, from 0. */
  readonly at: number;
  /** Kind and modifiers. */
  readonly definition: ColumnDefinition;
  /** How SQLite stores it. */
  readonly codec: ColumnCodec;
}

/** The columns of a table in order, and the positions that matter. */
export interface Layout {
  /** All columns, in the order of their declaration. */
  readonly columns: readonly LayoutColumn[];
  /** A row of nulls. A copy of it is filled faster than a row is built up property by property. */
  readonly blank: Readonly<Record<string, unknown>>;
  /** The columns by property name. */
  readonly byProperty: ReadonlyMap<string, LayoutColumn>;
  /** The primary key, `userId` first. */
  readonly key: readonly LayoutColumn[];
  /** The columns that a given row can have: all but the user and the sequence. */
  readonly given: readonly LayoutColumn[];
  /** The columns that are a row's content: compared and digested. */
  readonly content: readonly LayoutColumn[];
  /** The column that td numbers, if there is one. */
  readonly sequence: LayoutColumn | undefined;
  /** The column that counts updates, if there is one. */
  readonly revision: LayoutColumn | undefined;
}

/** The name in the database of a property: `executedAt` becomes `executed_at`. */
export function columnName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The columns of a spec in order. */
export function layoutColumns(spec: ColumnSpec): readonly LayoutColumn[] {
  return Object.entries(spec).map(([property, { definition }], at) => {
    return { property, name: columnName(property), at, definition, codec: sqliteCodec(definition) };
  });
}

const layouts = new WeakMap<AnyTable, Layout>();

/** The layout of a table; made once. */
export function layoutOf(table: AnyTable): Layout {
  const found = layouts.get(table);
  if (found !== undefined) return found;
  const made = makeLayout(table);
  layouts.set(table, made);
  return made;
}

function makeLayout(table: AnyTable): Layout {
  const columns = layoutColumns(table.columns);
  const byProperty = new Map(columns.map((column) => [column.property, column]));
  return {
    columns,
    blank: Object.fromEntries(columns.map(({ property }) => [property, null])),
    byProperty,
    key: table.primaryKey.flatMap((property) => byProperty.get(property) ?? []),
    given: columns.filter((column) => column.property !== "userId" && !column.definition.sequence),
    content: columns.filter((column) => !column.definition.assigned),
    sequence: columns.find((column) => column.definition.sequence),
    revision: columns.find((column) => column.property === "revision" && column.definition.kind === "int"),
  };
}
