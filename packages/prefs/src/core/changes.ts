// The difference of two documents, place by place, and its way back.
import type { Change } from "../wire.ts";
import { isJsonObject, own, type Json, type JsonObject } from "./json.ts";
import { keysOf, overlap, pointerOf, withValueAt } from "./pointer.ts";

/** Whether two JSON values are the same data: the order of keys does not matter. */
export function jsonEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => jsonEqual(item as Json, b[at] as Json));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && jsonEqual(own(a, key), own(b, key)));
}

/** The places at which two documents differ, sorted by path. Objects are compared key by key, everything else as a whole. */
export function changesBetween(before: JsonObject, after: JsonObject): readonly Change[] {
  return differences(before, after, []).sort(byPath);
}

function byPath(a: Change, b: Change): number {
  return a.path < b.path ? -1 : 1;
}

function differences(before: JsonObject, after: JsonObject, path: readonly string[]): Change[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => difference(own(before, key), own(after, key), [...path, key]));
}

function difference(from: Json | undefined, to: Json | undefined, path: readonly string[]): Change[] {
  if (isJsonObject(from) && isJsonObject(to)) return differences(from, to, path);
  if (jsonEqual(from, to)) return [];
  return [{ path: pointerOf(path), ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

/** The document before the changes. Where contents were redacted it is as after them. */
export function undone(document: JsonObject, changes: readonly Change[]): JsonObject {
  const known = changes.filter(({ redacted }) => redacted === undefined);
  const before = known.reduce<Json | undefined>((made, { path, from }) => withValueAt(made, keysOf(path), from), document);
  return isJsonObject(before) ? before : {};
}

/** The changes as they are put on record: without the contents of the places that the rules name, and with those beside them. */
export function redactChanges(changes: readonly Change[], places: readonly string[]): readonly Change[] {
  if (places.length === 0) return changes;
  const parts = changes.flatMap((change) => (places.some((place) => place.startsWith(`${change.path}/`)) ? insideOf(change) : [change]));
  const kept = parts.map((change): Change =>
    places.some((place) => overlap(place, change.path)) ? { path: change.path, redacted: true } : change,
  );
  return kept.sort(byPath);
}

/** A change to a whole object as changes to its leaves: what a side lacks counts as an empty object. Other changes as they are. */
export function insideOf(change: Change): readonly Change[] {
  const [from = {}, to = {}] = [change.from, change.to];
  const isWhole = (change.from === undefined) !== (change.to === undefined);
  if (!isWhole || !isJsonObject(from) || !isJsonObject(to) || change.redacted === true) return [change];
  return differences(from, to, keysOf(change.path)).flatMap(insideOf);
}
