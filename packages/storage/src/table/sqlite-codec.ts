// How SQLite stores each column kind: what is bound, what comes back, and the canonical text of what is stored.
import { readInstant } from "@td/fifo/values";
import type { ColumnDefinition } from "./columns.ts";
import { decimalCodec } from "./decimal-codec.ts";
import { canonicalJson, isStorableText } from "./json-codec.ts";
import { instantText } from "./instant-text.ts";
import { refusal } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** A value as SQLite stores it. */
export type Stored = string | number | null;

/** A row as SQLite stores it, in the order of the selected columns: the form in which td keeps rows between an engine and a caller. */
export type StoredRow = readonly Stored[];

/** Writes and reads the values of one column. */
export interface ColumnCodec {
  /** The stored form of a value given by a caller, or why the column refuses it. */
  readonly encode: (input: unknown) => Stored | Refusal;
  /** The value of a stored form. */
  readonly decode: (stored: Stored) => unknown;
  /** The canonical JSON text of a stored form. */
  readonly canonical: (stored: Stored) => string;
  /** What an absent value is stored as, or the refusal when it must be given. */
  readonly absent: Stored | Refusal;
}

type BareCodec = Omit<ColumnCodec, "absent">;

/** Whether a codec refused. */
export function isRefusal(result: Stored | Refusal): result is Refusal {
  return typeof result === "object" && result !== null;
}

/** The codec of a column on SQLite, null and default included. */
export function sqliteCodec(definition: ColumnDefinition): ColumnCodec {
  const { encode, decode, canonical } = bare(definition);
  const absent = absentValue(definition, encode);
  if (!definition.nullable) return { encode: (input) => (input === undefined ? absent : encode(input)), decode, canonical, absent };
  return {
    encode: (input) => (input === undefined ? absent : input === null ? null : encode(input)),
    decode: (stored) => (stored === null ? null : decode(stored)),
    canonical: (stored) => (stored === null ? "null" : canonical(stored)),
    absent,
  };
}

function absentValue(definition: ColumnDefinition, encode: ColumnCodec["encode"]): Stored | Refusal {
  if (definition.fallback === undefined) return definition.nullable ? null : refusal("missing");
  return definition.nullable && definition.fallback === null ? null : encode(definition.fallback);
}

function bare(definition: ColumnDefinition): BareCodec {
  switch (definition.kind) {
    case "text":
      return { encode: encodeText, decode: same, canonical: JSON.stringify };
    case "oneOf":
      return { encode: encodeOneOf(definition.values), decode: same, canonical: JSON.stringify };
    case "decimal":
      return decimalColumn(definition.precision, definition.scale);
    case "instant":
      return {
        encode: encodeInstant,
        decode: (stored) => instantText(Number(stored)),
        canonical: (stored) => `"${instantText(Number(stored))}"`,
      };
    case "int":
      return { encode: encodeInt, decode: same, canonical: String };
    case "bool":
      return { encode: encodeBool, decode: (stored) => stored === 1, canonical: (stored) => (stored === 1 ? "true" : "false") };
    case "json":
      return { encode: encodeJson, decode: (stored) => JSON.parse(String(stored)) as unknown, canonical: String };
  }
}

function same(stored: Stored): unknown {
  return stored;
}

function encodeText(input: unknown): string | Refusal {
  if (typeof input !== "string") return refusal("not-text");
  return isStorableText(input) ? input : refusal("text-not-storable");
}

function encodeOneOf(values: readonly string[]): ColumnCodec["encode"] {
  const allowed = new Set<unknown>(values);
  return (input) => (allowed.has(input) ? (input as string) : refusal("not-one-of"));
}

function decimalColumn(precision: number, scale: number): BareCodec {
  const codec = decimalCodec(precision, scale);
  return {
    encode: codec.encode,
    decode: (stored) => codec.decode(String(stored)),
    canonical: (stored) => `"${codec.decodeText(String(stored))}"`,
  };
}

function encodeInstant(input: unknown): number | Refusal {
  if (typeof input !== "string" && !(input instanceof Date)) return refusal("not-a-time");
  const micros = readInstant(input);
  return typeof micros === "number" ? micros : refusal(micros);
}

function encodeInt(input: unknown): number | Refusal {
  return Number.isSafeInteger(input) ? (input as number) : refusal("not-an-integer");
}

function encodeBool(input: unknown): number | Refusal {
  return input === true ? 1 : input === false ? 0 : refusal("not-a-boolean");
}

function encodeJson(input: unknown): string | Refusal {
  return canonicalJson(input) ?? refusal("not-json");
}
