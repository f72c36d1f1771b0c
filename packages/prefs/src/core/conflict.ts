// What two sides have made of one document, and where they disagree.
import type { Change, FieldConflict } from "../wire.ts";
import { changesBetween, insideOf, jsonEqual, undone } from "./changes.ts";
import type { JsonObject } from "./json.ts";
import { keysOf, overlap, valueAt } from "./pointer.ts";

/** Three states of one document. */
export interface Sides {
  /** What both began with. */
  readonly base: JsonObject;
  /** What the caller would make of it. */
  readonly mine: JsonObject;
  /** What stands. */
  readonly theirs: JsonObject;
  /** Changes from base to theirs whose contents are not known. */
  readonly redacted: readonly string[];
}

/** The document that stood before committed changes, newest first, and the places where that is not known. */
export function baseOf(document: JsonObject, newestFirst: readonly (readonly Change[])[]): Pick<Sides, "base" | "redacted"> {
  const redacted = newestFirst.flatMap((changes) => changes.flatMap((change) => (change.redacted === undefined ? [] : [change.path])));
  return { base: newestFirst.reduce(undone, document), redacted };
}

/** The places that both sides changed, and not to the same content; sorted by path. Each is the wider of the two places. */
export function conflictsBetween({ base, mine, theirs, redacted }: Sides): readonly FieldConflict[] {
  const theirPlaces = [...placesOf(base, theirs), ...redacted];
  const places = placesOf(base, mine).flatMap((path) =>
    theirPlaces.filter((other) => overlap(path, other)).map((other) => (other.length < path.length ? other : path)),
  );
  return [...new Set(places)].sort().flatMap((path) => conflictAt(path, { base, mine, theirs, redacted }));
}

/** Where a document was changed. Two sides that each begin an object have changed the same place only where both put something. */
function placesOf(base: JsonObject, document: JsonObject): readonly string[] {
  return changesBetween(base, document)
    .flatMap((change) => (change.to === undefined ? [change] : insideOf(change)))
    .map(({ path }) => path);
}

function conflictAt(path: string, sides: Sides): readonly FieldConflict[] {
  const keys = keysOf(path);
  const [base, mine, theirs] = [valueAt(sides.base, keys), valueAt(sides.mine, keys), valueAt(sides.theirs, keys)];
  if (jsonEqual(mine, theirs)) return [];
  const hidden = sides.redacted.some((other) => overlap(path, other));
  return [
    {
      path,
      ...(base !== undefined && !hidden && { base }),
      ...(mine !== undefined && { mine }),
      ...(theirs !== undefined && { theirs }),
      ...(hidden && { redacted: true as const }),
    },
  ];
}
