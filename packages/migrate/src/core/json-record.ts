// One line of JSON Lines -> a plain object in which every number is its exact source text.
import { reject, Rejection } from "./reasons.ts";

/** Levels of nesting that a record may have; deeper ones would overflow the stack somewhere downstream. */
export const MAX_DEPTH = 64;

/** A record as its source wrote it: numbers are text, digit for digit. */
export type RawObject = Readonly<Record<string, unknown>>;

/**
 * Reads one JSON object. `JSON.parse` runs once; only a line in which it found a number is read again with the source digits,
 * because reading every line that way takes twice as long.
 */
export function readJsonRecord(text: string): RawObject | Rejection {
  const value = parse(text);
  if (value instanceof Rejection) return value;
  if (!isObject(value)) return reject("not-an-object");
  const found = survey(value, 0);
  if (found === "too-deep") return reject("nested-too-deep", `more than ${MAX_DEPTH} levels`);
  return found === "numbers" ? (JSON.parse(text, exactNumber as never) as RawObject) : value;
}

/** Reads any JSON value, numbers as their exact source text. */
export function readJsonValue(text: string): unknown {
  const value = parse(text);
  if (typeof value === "object" && value !== null && !(value instanceof Rejection)) {
    const found = survey(value, 0);
    if (found === "too-deep") return reject("nested-too-deep", `more than ${MAX_DEPTH} levels`);
    if (found === "exact") return value;
  }
  return value instanceof Rejection ? value : JSON.parse(text, exactNumber as never);
}

/** Like {@link readJsonRecord}, for text that was made from JavaScript values: a number in it is exact only if it is whole and below 2^53. */
export function readWholeNumbers(text: string): RawObject | Rejection {
  const record = readJsonRecord(text);
  if (record instanceof Rejection) return record;
  let inexact = false;
  JSON.parse(text, (_key, value: unknown) => {
    if (typeof value === "number" && !Number.isSafeInteger(value)) inexact = true;
    return value;
  });
  return inexact ? reject("number-not-exact", "give amounts as text, bigint or Decimal") : record;
}

/** The JSON text of a record in memory. What JSON cannot write is written as text, so that nothing turns into null: `NaN`, `Infinity`, `bigint`. */
export function writeJsonRecord(item: unknown): string {
  const text: string | undefined = JSON.stringify(item, (_key, value: unknown) =>
    typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value)) ? String(value) : value,
  );
  return text ?? "null";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return reject("malformed-json", error instanceof SyntaxError ? undefined : String(error));
  }
}

function isObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The reviver: `context.source` is the text of a primitive as it stands in the file. */
function exactNumber(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === "number" ? (context.source ?? String(value)) : value;
}

function survey(value: object, depth: number): "exact" | "numbers" | "too-deep" {
  if (depth >= MAX_DEPTH) return "too-deep";
  let numbers = false;
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "number") numbers = true;
    else if (typeof item === "object" && item !== null) {
      const inner = survey(item, depth + 1);
      if (inner === "too-deep") return inner;
      if (inner === "numbers") numbers = true;
    }
  }
  return numbers ? "numbers" : "exact";
}
