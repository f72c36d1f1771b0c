// JSON pointers (RFC 6901): the name of a place in a document.
import { isJsonObject, own, type Json, type JsonObject } from "./json.ts";

/** The pointer of a path of keys. */
export function pointerOf(keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The keys of a pointer. */
export function keysOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Whether a text is a pointer to a place inside a document. */
export function isPointer(text: string): boolean {
  return /^(?:\/(?:[^/~]|~[01])*)+$/.test(text);
}

/** Whether one of two places is the other, or contains it. */
export function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** What stands at a place, or `undefined`. */
export function valueAt(document: Json | undefined, keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>((inner, key) => (isJsonObject(inner) ? own(inner, key) : undefined), document);
}

/** The document with another value at a place, `undefined` for none. Objects on the way are made. */
export function withValueAt(document: Json | undefined, [key, ...rest]: readonly string[], value: Json | undefined): Json | undefined {
  if (key === undefined) return value;
  const object = isJsonObject(document) ? document : {};
  const inner = withValueAt(own(object, key), rest, value);
  return inner === undefined ? without(object, key) : Object.fromEntries([...Object.entries(without(object, key)), [key, inner]]);
}

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
