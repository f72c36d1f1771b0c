// The state machine of a restore. The journal says how far it was, the disk says which renames happened; together they decide, at every moment.

/**
 * How far a restore is.
 *
 * `stage`: the live tree is untouched. `swap`: services are being stopped and the two renames made. `start`: the new tree is in place, whole and
 * durable; services are being started. `undo`: the old tree is being put back.
 */
export type RestoreStep = "stage" | "swap" | "start" | "undo";

/** Which of the three trees stand. */
export interface TreesOnDisk {
  /** There is something under the tree's own name. */
  readonly live: boolean;
  /** The old tree stands in the work area. */
  readonly previous: boolean;
  /** The new tree stands in the work area. */
  readonly staged: boolean;
}

/** What recovery does: forget a restore that touched nothing, put the old tree back, or go on with the new one. */
export type Recovery = "forget" | "undo" | "finish";

/**
 * The way out of a step. A new tree that is in place whole is kept: it may hold what the services have written since.
 *
 * The disk has the last word on `start`: when the way back was begun without a word in the journal, on a full disk say, it is gone to its end.
 */
export function recoveryOf(step: RestoreStep, hadLive: boolean, { live, previous }: TreesOnDisk): Recovery {
  switch (step) {
    case "stage":
      return "forget";
    case "swap":
    case "undo":
      return "undo";
    case "start":
      return live && (previous || !hadLive) ? "finish" : "undo";
  }
}

/** A rename on the way back. */
export type UndoMove = "live-to-failed" | "previous-to-live";

/**
 * The renames that put the old tree back, whatever happened of them before. After all of them the answer is empty.
 *
 * A live tree beside a previous one is the new tree, or one that the application has made in the gap: it is kept aside, never removed.
 */
export function undoMoves(hadLive: boolean, { live, previous, staged }: TreesOnDisk): readonly UndoMove[] {
  if (hadLive) return previous ? [...(live ? (["live-to-failed"] as const) : []), "previous-to-live"] : [];
  return live && !staged ? ["live-to-failed"] : [];
}
