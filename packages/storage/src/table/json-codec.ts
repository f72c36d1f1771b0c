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
  const order = orderOf(Object.keys(record));
  if (!order.storable) return undefined;
  // The common case, an object of texts: one call of the native writer instead of one per value.
  if (order.native && order.sorted.every((key) => isFlat(record[key])))
    return JSON.stringify(order.isSorted ? record : inOrder(record, order.sorted));
  let text = "";
  for (const key of order.sorted) {
    const value = canonicalJson(record[key], depth);
    if (value === undefined) return undefined;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${value}`;
  }
  return `{${text}}`;
}

/** A parsed value with the keys of its objects in order, as canonical text parsed again has them. */
export function sortedJsonValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sortedJsonValue);
  const record = value as Readonly<Record<string, unknown>>;
  const { sorted, native } = orderOf(Object.keys(record));
  if (!native) return Object.fromEntries(sorted.map((key) => [key, sortedJsonValue(record[key])]));
  const made: Record<string, unknown> = {};
  for (const key of sorted) made[key] = sortedJsonValue(record[key]);
  return made;
}

interface KeyOrder {
  readonly keys: readonly string[];
  readonly sorted: readonly string[];
  readonly isSorted: boolean;
  /** Whether no key holds what no engine takes. */
  readonly storable: boolean;
  /** Whether an object made in this order keeps it: not so for keys like integers, which come first, and for `__proto__`. */
  readonly native: boolean;
}

// Records of one source have the same keys in the same order, so the last answer is most often the next one, too.
let last: KeyOrder = keyOrder([]);

function orderOf(keys: readonly string[]): KeyOrder {
  const known = last.keys;
  let same = keys.length === known.length;
  for (let at = 0; same && at < keys.length; at++) same = keys[at] === known[at];
  if (!same) last = keyOrder(keys);
  return last;
}

function keyOrder(keys: readonly string[]): KeyOrder {
  const sorted = keys.toSorted();
  return {
    keys,
    sorted,
    isSorted: sorted.every((key, at) => key === keys[at]),
    storable: keys.every(isStorableText),
    native: keys.every((key) => key !== "__proto__" && !/^\d/.test(key)),
  };
}

function inOrder(record: Readonly<Record<string, unknown>>, keys: readonly string[]): object {
  const made: Record<string, unknown> = {};
  for (const key of keys) made[key] = record[key];
  return made;
}

/** Whether the native writer spells the value canonically by itself. */
function isFlat(value: unknown): boolean {
  return typeof value === "string" ? isStorableText(value) : value === null || typeof value === "boolean";
}
