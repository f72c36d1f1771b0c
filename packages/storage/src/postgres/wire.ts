// How values travel to PostgreSQL and back: always as text, in the server's own spelling.
import { readInstant, writeInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import { decimalCodec } from "../table/decimal-codec.ts";
import { decimalOf } from "../table/decimal-of.ts";
import { canonicalJson, sortedJsonValue } from "../table/json-codec.ts";
import { layoutOf } from "../table/layout.ts";
import type { LayoutColumn } from "../table/layout.ts";
import type { Stored, StoredRow } from "../table/sqlite-codec.ts";
import type { AnyTable, RowOf } from "../table/types.ts";

/** A value as it travels; null is null. */
export type Wire = string | null;
/** A row as it travels, in the order of the selected columns. */
export type WireRow = readonly Wire[];

/** Writes and reads the values of one column; null never gets here. */
interface WireCodec {
  /** The type in SQL, without precision. */
  readonly type: string;
  /** Whether an element of an array literal needs quotes. */
  readonly quoted: boolean;
  /** The text of a stored form. */
  readonly bind: (stored: Stored) => string;
  /** The stored form of a text. */
  readonly stored: (text: string) => Stored;
  /** The value of a text: what decoding its stored form gives, without making that. */
  readonly value: (text: string) => unknown;
}

const TEXT: WireCodec = { type: "text", quoted: true, bind: String, stored: (text) => text, value: (text) => text };

const codecs = new WeakMap<LayoutColumn, WireCodec>();

function codecOf(column: LayoutColumn): WireCodec {
  const found = codecs.get(column);
  if (found !== undefined) return found;
  const made = makeCodec(column);
  codecs.set(column, made);
  return made;
}

function makeCodec({ definition }: LayoutColumn): WireCodec {
  switch (definition.kind) {
    case "text":
    case "oneOf":
      return TEXT;
    case "decimal":
      return decimalWire(definition.precision, definition.scale);
    case "instant":
      return {
        type: "timestamptz",
        quoted: false,
        bind: (stored) => writeInstant(Number(stored)),
        stored: microsOf,
        value: instantText,
      };
    case "int":
      return { type: "bigint", quoted: false, bind: String, stored: safeInteger, value: safeInteger };
    case "bool":
      return {
        type: "boolean",
        quoted: false,
        bind: (stored) => (stored === 1 ? "t" : "f"),
        stored: (text) => (text === "t" ? 1 : 0),
        value: (text) => text === "t",
      };
    case "json":
      return { type: "jsonb", quoted: true, bind: String, stored: sortedJson, value: (text) => sortedJsonValue(JSON.parse(text)) };
  }
}

function decimalWire(precision: number, scale: number): WireCodec {
  const codec = decimalCodec(precision, scale);
  return {
    type: "numeric",
    quoted: false,
    bind: (stored) => codec.decodeText(String(stored)),
    stored: (text) => {
      const stored = codec.encode(text);
      if (typeof stored === "string") return stored;
      throw unreadable(`numeric(${precision}, ${scale})`, stored.issue);
    },
    value: decimalOf,
  };
}

/** `2025-03-01 10:00:00.123456+00`, with up to six decimals or none: how a server whose zone is UTC writes the years that td knows. */
const UTC = /^(?:1[7-9]|2[01])\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00$/;

/** The canonical text of a time, put together from the server's. */
export function instantText(text: string): string {
  if (!UTC.test(text)) return writeInstant(microsOf(text));
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(6, "0")}Z`;
}

function microsOf(text: string): number {
  const micros = readInstant(UTC.test(text) ? instantText(text) : text);
  if (typeof micros === "number") return micros;
  throw unreadable("timestamptz", micros);
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw unreadable("bigint", "beyond 2^53 - 1");
}

/** Canonical JSON: jsonb keeps its keys in an order of its own. */
export function sortedJson(text: string): string {
  return canonicalJson(JSON.parse(text)) ?? text;
}

function unreadable(type: string, issue: string): StorageError {
  return new StorageError("value-rejected", `PostgreSQL holds a ${type} that td cannot read (${issue}): it was not written by td.`, {
    facts: { type, issue },
  });
}

/** The type of a column in SQL, without precision. */
export function wireType(column: LayoutColumn): string {
  return codecOf(column).type;
}

/** The text of a stored form of a column. */
export function wireOf(column: LayoutColumn, stored: Stored): Wire {
  return stored === null ? null : codecOf(column).bind(stored);
}

/** The array literal of stored forms of a column. */
export function wireArray(column: LayoutColumn, values: readonly Stored[]): string {
  const { bind, quoted } = codecOf(column);
  const parts = values.map((value) => (value === null ? "NULL" : quoted ? quotedText(bind(value)) : bind(value)));
  return `{${parts.join(",")}}`;
}

function quotedText(text: string): string {
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${text}"`;
}

/** The stored form of a value of a column that came from the server. */
export function storedOf(column: LayoutColumn, text: Wire): Stored {
  return text === null ? null : codecOf(column).stored(text);
}

/** The stored row of a row with all columns of a table. */
export function storedRow(table: AnyTable, row: WireRow): StoredRow {
  return layoutOf(table).columns.map((column) => storedOf(column, row[column.at] ?? null));
}

/** What reads one column of a row. */
interface Reader extends Pick<LayoutColumn, "at" | "property">, Pick<WireCodec, "value"> {}

const readers = new WeakMap<AnyTable, readonly Reader[]>();

function readersOf(table: AnyTable): readonly Reader[] {
  const found = readers.get(table);
  if (found !== undefined) return found;
  const made = layoutOf(table).columns.map((column) => ({ at: column.at, property: column.property, value: codecOf(column).value }));
  readers.set(table, made);
  return made;
}

/** The row, as callers see it, of a row with all columns of a table. */
export function decodeWire<T extends AnyTable>(table: T, wire: WireRow): RowOf<T> {
  const row = { ...layoutOf(table).blank };
  for (const { at, property, value } of readersOf(table)) {
    const text = wire[at] ?? null;
    if (text !== null) row[property] = value(text);
  }
  // The layout and the type are both made from the table's columns.
  return row as RowOf<T>;
}
