// Whether a value is JSON that every engine can hold: checked before anything is computed from it.
import { pointerOf } from "./pointer.ts";

/** Objects and arrays inside each other at most, in bodies and in stored documents. */
export const MAX_DEPTH = 64;

/** What is wrong with a value, and where; `undefined` for a plain JSON value of bearable depth. */
export function jsonProblem(value: unknown, path: readonly (string | number)[] = []): { pointer: string; message: string } | undefined {
  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "string") return storable(value) ? undefined : at(path, "text holds NUL or half a character");
  if (typeof value === "number") return Number.isFinite(value) ? undefined : at(path, "a number must be finite");
  if (typeof value !== "object" || !isPlain(value)) return at(path, "not a JSON value: use null to remove a choice");
  if (path.length >= MAX_DEPTH) return at([], `nested deeper than ${MAX_DEPTH}`);
  for (const [key, inner] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    const problem =
      typeof key === "string" && !storable(key) ? at(path, "a key holds NUL or half a character") : jsonProblem(inner, [...path, key]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

/** Whether every engine can hold the text: PostgreSQL has neither NUL nor half a surrogate pair. */
export function storable(text: string): boolean {
  return !/\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

function at(path: readonly (string | number)[], message: string): { pointer: string; message: string } {
  return { pointer: pointerOf(path), message };
}
