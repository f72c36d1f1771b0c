/// <reference lib="es2024.string" />
// The one spelling of a JSON value: object keys sorted by code unit, no spaces. Equal values have equal text.

/** Deeper nesting is refused: it is never data, and it would exhaust the stack. */
const MAX_DEPTH = 200;

/** Whether every engine can hold the text: PostgreSQL has neither NUL nor half a surrogate pair, so no engine takes them. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** The canonical text of a plain JSON value, or `undefined` when it is none (`NaN`, `undefined`, a class instance ...). */
export function canonicalJson(value: unknown, depth = 0): string | undefined {
  if (value === null) return "null";
  if (typeof value === "string") return isStorableText(value) ? JSON.stringify(value) : undefined;
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : undefined;
  if (typeof value !== "object" || depth >= MAX_DEPTH) return undefined;
  return Array.isArray(value) ? arrayText(value, depth + 1) : objectText(value, depth + 1);
}

function arrayText(values: readonly unknown[], depth: number): string | undefined {
  const parts: string[] = [];
  for (const value of values) {
    const text = canonicalJson(value, depth);
    if (text === undefined) return undefined;
    parts.push(text);
  }
  return `[${parts.join(",")}]`;
}

function objectText(object: object, depth: number): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const record = object as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  const sorted = isSorted(keys);
  // The common case, an object of texts: one call of the native writer instead of one per value.
  if (sorted && keys.every((key) => isStorableText(key) && isFlat(record[key]))) return JSON.stringify(record);
  let text = "";
  for (const key of sorted ? keys : keys.sort()) {
    const value = canonicalJson(record[key], depth);
    if (value === undefined || !isStorableText(key)) return undefined;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${value}`;
  }
  return `{${text}}`;
}

function isSorted(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at++) if ((keys[at - 1] ?? "") > (keys[at] ?? "")) return false;
  return true;
}

/** Whether the native writer spells the value canonically by itself. */
function isFlat(value: unknown): boolean {
  return typeof value === "string" ? isStorableText(value) : value === null || typeof value === "boolean";
}
