// The column kinds: what a table is declared from, on every engine.
import type { Decimal } from "decimal.js";
import { StorageError } from "../errors.ts";

/** A decimal as callers may give it: a `Decimal`, or decimal text such as `"-1.50"` or `"1e-8"`. Never a number. */
export type DecimalInput = Decimal | string;

/** An instant as callers may give it: ISO-8601 text with an offset, or a `Date`. */
export type InstantInput = string | Date;

/** What kind of values a column holds. */
export type ColumnKind =
  /** A kind that needs no more words. */
  | { readonly kind: "text" | "instant" | "int" | "bool" | "json" }
  /** One of the values. */
  | { readonly kind: "oneOf"; readonly values: readonly string[] }
  /** A number of `precision` digits, `scale` of them after the point. */
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number };

/** A column's kind together with its modifiers. */
export type ColumnDefinition = ColumnKind & {
  /** Whether the column may hold null. */
  readonly nullable: boolean;
  /** Whether the value says how the row arrived rather than what it is: left out of comparison and digest. */
  readonly assigned: boolean;
  /** Whether td numbers the column itself, per user. */
  readonly sequence: boolean;
  /** What an absent value becomes; `undefined` when the value must be given. */
  readonly fallback: unknown;
};

/** Whether a row given to td must have the column (`required`), may (`optional`), or may not because td fills it (`never`). */
export type Presence = "required" | "optional" | "never";

/** One column of a table. Made by {@link c}; immutable, each modifier returns a new one. */
export interface Column<Value = unknown, Input = unknown, Nullable extends boolean = boolean, Given extends Presence = Presence> {
  /** The kind and the modifiers. */
  readonly definition: ColumnDefinition;
  /** Types only; never set. */
  readonly $types?: { readonly value: Value; readonly input: Input; readonly nullable: Nullable; readonly given: Given };
  /** The same column, which may also hold null; an absent value is null. */
  nullable(): Column<Value, Input, true, "optional">;
  /** The same column, left out of comparison and digest: it says how a row arrived (`imported_at`, `source`), not what it is. */
  assigned(): Column<Value, Input, Nullable, Given>;
  /** The same column, which holds `value` when a row does not have it. */
  default(value: Input): Column<Value, Input, Nullable, "optional">;
}

function column<Value, Input, Nullable extends boolean, Given extends Presence>(
  definition: ColumnDefinition,
): Column<Value, Input, Nullable, Given> {
  return {
    definition,
    nullable: () => column({ ...definition, nullable: true }),
    assigned: () => column({ ...definition, assigned: true }),
    default: (value) => column({ ...definition, fallback: value }),
  };
}

function plain<Value, Input = Value>(kind: ColumnKind): Column<Value, Input, false, "required"> {
  return column({ ...kind, nullable: false, assigned: false, sequence: false, fallback: undefined });
}

/** Digits a decimal column can have: those that td's number reader takes. */
const MAX_PRECISION = 100;

function decimal(precision: number, scale: number): Column<Decimal, DecimalInput, false, "required"> {
  const sound = Number.isInteger(precision) && Number.isInteger(scale) && scale >= 0 && scale < precision && precision <= MAX_PRECISION;
  if (!sound) {
    throw new StorageError(
      "table-definition",
      `c.decimal(${precision}, ${scale}) is not possible: give 1 to ${MAX_PRECISION} digits, of which fewer than all stand after the point.`,
      { facts: { precision, scale } },
    );
  }
  return plain({ kind: "decimal", precision, scale });
}

/** The column kinds. */
export const c = {
  /** Text: any Unicode string without NUL. */
  text: (): Column<string, string, false, "required"> => plain({ kind: "text" }),
  /** One of the given texts. */
  oneOf: <const Values extends readonly [string, ...string[]]>(
    ...values: Values
  ): Column<Values[number], Values[number], false, "required"> => plain({ kind: "oneOf", values }),
  /** An exact decimal with `precision` digits, `scale` of them after the point. Throws `table-definition` when that is not possible. */
  decimal,
  /** A point in time, UTC, to the microsecond; read back as canonical text `2025-03-01T10:00:00.123456Z`. */
  instant: (): Column<string, InstantInput, false, "required"> => plain({ kind: "instant" }),
  /** An integer between -(2^53 - 1) and 2^53 - 1. */
  int: (): Column<number, number, false, "required"> => plain({ kind: "int" }),
  /** True or false. */
  bool: (): Column<boolean, boolean, false, "required"> => plain({ kind: "bool" }),
  /** Plain JSON. Object keys are stored in sorted order, so that equal values are equal bytes. */
  json: <Value = unknown>(): Column<Value, Value, false, "required"> => plain({ kind: "json" }),
  /** An integer that td fills: per user and table it grows with every insert and every update and is never used twice, not even after deletes. */
  sequence: (): Column<number, number, false, "never"> =>
    column({ kind: "int", nullable: false, assigned: true, sequence: true, fallback: undefined }),
} as const;
