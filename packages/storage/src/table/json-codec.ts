// The one spelling of a JSON value: object keys sorted by code unit, no spaces. Equal values have equal text.

/** Deeper nesting is refused: it is never data, and it would exhaust the stack. */
const MAX_DEPTH = 200;
// PostgreSQL's jsonb has neither NUL nor half a surrogate pair, so no engine takes them.
const NOT_STORABLE = /\0|\p{Surrogate}/u;

/** Whether every engine can hold the text: no NUL and no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !NOT_STORABLE.test(text);
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
  let text = "";
  for (const key of Object.keys(record).sort()) {
    const value = canonicalJson(record[key], depth);
    if (value === undefined || !isStorableText(key)) return undefined;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${value}`;
  }
  return `{${text}}`;
}
