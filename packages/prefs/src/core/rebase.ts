// Edits that were made over one state of the preferences, put on top of another.
import type { FieldConflict, PreferencesBody } from "../wire.ts";
import { courseOf, type FieldEdit, groupsOf } from "./edits.ts";
import { isJsonObject, own, type Json, type JsonObject } from "./json.ts";
import { keysOf, valueAt, withValueAt } from "./pointer.ts";

/** What to do with the edits, given what the server has. Each edit is in exactly one part. */
export interface Rebased {
  /** The merge patch to send; empty for none. */
  readonly patch: JsonObject;
  /** Ids of the edits in the patch. */
  readonly sent: readonly string[];
  /** Ids of the edits that the server has already. */
  readonly settled: readonly string[];
  /** Places that somebody else has changed meanwhile, and to something else. */
  readonly conflicts: readonly FieldConflict[];
}

/** Three-way, place by place: theirs as it was, or as an earlier edit of mine left it, takes mine; theirs as mine is settled; anything else is a conflict. */
export function rebase(edits: readonly FieldEdit[], server: PreferencesBody, defaults: JsonObject): Rebased {
  const judged = groupsOf(edits).map(([path, group]) => judge(path, group, server, defaults));
  const idsOf = (verdict: Verdict["kind"]): string[] => judged.filter(({ kind }) => kind === verdict).flatMap(({ ids }) => ids);
  const sent = judged.filter(({ kind }) => kind === "send");
  return {
    patch: sent.reduce<JsonObject>((patch, { path, part }) => withValueAt(patch, keysOf(path), part ?? null) as JsonObject, {}),
    sent: idsOf("send"),
    settled: idsOf("settled"),
    conflicts: judged.flatMap(({ kind, conflict }) => (kind === "conflict" ? [conflict] : [])),
  };
}

interface Verdict {
  readonly kind: "send" | "settled" | "conflict";
  readonly path: string;
  readonly ids: readonly string[];
  readonly part: Json | undefined;
  readonly conflict: FieldConflict;
}

function judge(path: string, group: readonly FieldEdit[], server: PreferencesBody, defaults: JsonObject): Verdict {
  const keys = keysOf(path);
  const { shown, chosen: mine } = courseOf(path, group, defaults);
  const [base] = shown;
  const theirs = valueAt(server.value, keys);
  const chosen = server.explicit.includes(keys[0] ?? ""); // a default is nobody's choice: it settles nothing and conflicts with nothing
  const takenBack = mine === undefined && keys.length === 1;
  const settled = takenBack ? !chosen : chosen && sameJson(theirs, shown.at(-1));
  const mayTake = !chosen || shown.some((value) => sameJson(value, theirs));
  return {
    kind: settled ? "settled" : mayTake ? "send" : "conflict",
    path,
    ids: group.map(({ id }) => id),
    part: mergePatchBetween(theirs, mine),
    conflict: {
      path,
      ...(base === undefined ? {} : { base }),
      ...(mine === undefined ? {} : { mine }),
      ...(theirs === undefined ? {} : { theirs }),
    },
  };
}

/** The merge patch that makes one value of another; undefined removes. */
function mergePatchBetween(from: Json | undefined, to: Json | undefined): Json | undefined {
  if (!isJsonObject(from) || !isJsonObject(to)) return to;
  const changed = Object.entries(to).filter(([key, value]) => !sameJson(own(from, key), value));
  const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  return Object.fromEntries([
    ...changed.map(([key, value]) => [key, mergePatchBetween(own(from, key), value) ?? null] as const),
    ...gone.map((key) => [key, null] as const),
  ]);
}

/** Equal as JSON, whatever the order of the keys. */
function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((entry, at) => sameJson(entry, b[at]));
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]));
}
