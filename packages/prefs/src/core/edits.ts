// Changes that wait in a browser until the server has them.
import type { Issue } from "../wire.ts";
import { isJsonObject, own, type Json, type JsonObject } from "./json.ts";
import { keysOf, overlap, pointerOf, valueAt, withValueAt } from "./pointer.ts";

/** One place of the preferences, changed. */
export interface FieldEdit {
  /** Later edits have greater ids. */
  readonly id: string;
  readonly kind: "field";
  /** JSON pointer. */
  readonly path: string;
  /** What the place shall hold; absent: nothing, so that the default shows again. */
  readonly value?: Json;
  /** What the whole top-level field of the place showed when the user changed it; absent: nothing. */
  readonly base?: Json;
  /** Version of the definition whose field this is. */
  readonly version: number;
  /** Why the server refuses it. */
  readonly refused?: readonly Issue[];
}

/** One listing or one insight, changed. */
export interface ItemEdit {
  readonly id: string;
  readonly kind: "watch" | "unwatch" | "dismiss" | "restore";
  /** The symbol, or the id of the insight. */
  readonly name: string;
  /** Listings: null for none. Insights: null. */
  readonly exchange: string | null;
  /** `watch`: null removes them, absent leaves them. */
  readonly notes?: string | null;
  /** `dismiss`: absent for ever. */
  readonly until?: string;
  readonly refused?: readonly Issue[];
}

/** A change that waits. */
export type Edit = FieldEdit | ItemEdit;

/** An edit before it has its id. */
export type NewEdit = NewFieldEdit | Omit<ItemEdit, "id">;

/** An edit of a field before it has its id and version. */
export type NewFieldEdit = Omit<FieldEdit, "id" | "version">;

/** The places that a merge patch changes, one edit each, as seen over what is shown. An empty object changes nothing where an object is. */
export function editsOf(patch: JsonObject, shown: JsonObject): NewFieldEdit[] {
  return leaves(patch, []).flatMap(([keys, value]) => {
    const base = own(shown, keys[0] ?? "");
    if (isJsonObject(value) && isJsonObject(valueAt(shown, keys))) return [];
    return [
      { kind: "field" as const, path: pointerOf(keys), ...(value === null ? {} : { value }), ...(base === undefined ? {} : { base }) },
    ];
  });
}

function leaves(patch: JsonObject, above: readonly string[]): [readonly string[], Json][] {
  return Object.entries(patch).flatMap(([key, value]): [readonly string[], Json][] => {
    const keys = [...above, key];
    return isJsonObject(value) && Object.keys(value).length > 0 ? leaves(value, keys) : [[keys, value]];
  });
}

/** The value with the edits on top; what they remove shows its default again. */
export function shownWith(value: JsonObject, edits: readonly FieldEdit[], defaults: JsonObject): JsonObject {
  return edits.reduce((shown, { path, value: wanted }) => {
    const keys = keysOf(path);
    return withValueAt(shown, keys, wanted ?? valueAt(defaults, keys)) as JsonObject;
  }, value);
}

/** The edits that touch common places, together: the widest place of each group, and its edits in order. */
export function groupsOf(edits: readonly FieldEdit[]): [path: string, edits: readonly FieldEdit[]][] {
  const widest = edits
    .map(({ path }) => path)
    .filter(
      (path, at, all) =>
        !all.some((other) => other !== path && overlap(other, path) && other.length < path.length) && all.indexOf(path) === at,
    );
  return widest.map((path) => [path, edits.filter((edit) => overlap(edit.path, path))]);
}

/** What a place showed before the first of its edits, and after each of them; and what the user chose there in the end, undefined for nothing. */
export function courseOf(
  path: string,
  edits: readonly FieldEdit[],
  defaults: JsonObject,
): { readonly shown: readonly (Json | undefined)[]; readonly chosen: Json | undefined } {
  const keys = keysOf(path);
  const start = edits[0]?.base === undefined ? {} : { [keys[0] ?? ""]: edits[0].base };
  const shown = edits.map((_, at) => valueAt(shownWith(start, edits.slice(0, at + 1), defaults), keys));
  const chosen = edits.reduce<Json | undefined>((document, { path: place, value }) => withValueAt(document, keysOf(place), value), start);
  return { shown: [valueAt(start, keys), ...shown], chosen: valueAt(chosen, keys) };
}

/** The last edit of each listing and insight, in order. */
export function lastOfEach(edits: readonly ItemEdit[]): [last: ItemEdit, all: readonly ItemEdit[]][] {
  const subject = ({ kind, name, exchange }: ItemEdit): string => JSON.stringify([kind === "watch" || kind === "unwatch", name, exchange]);
  const lasts = edits.filter((edit, at) => !edits.slice(at + 1).some((later) => subject(later) === subject(edit)));
  return lasts.map((last) => {
    const all = edits.filter((edit) => subject(edit) === subject(last));
    const renewed = last.kind === "watch" && last.notes === undefined && all.some(({ kind }) => kind === "unwatch");
    return [renewed ? { ...last, notes: null } : last, all];
  });
}
