// What a feed of changes tells.

/** One row that was changed, or a number of them. */
export type RowChange =
  | {
      /** The table. */
      readonly table: string;
      /** What was done to the row. */
      readonly change: "inserted" | "updated" | "deleted";
      /** Its key without the user, as JSON values. */
      readonly key: Readonly<Record<string, unknown>>;
    }
  | {
      /** The table. */
      readonly table: string;
      /** Rows of a large import were written: read the table anew. */
      readonly change: "imported";
      /** How many rows. */
      readonly rows: number;
    };

/** What one commit changed, or that something was missed. */
export type ChangeEvent =
  | {
      readonly kind: "changed";
      /** The number of the commit for this user; the next one's is one higher. On SQLite it counts from the first listener on. */
      readonly sequence: number;
      /** What was changed, in the order it was done. */
      readonly changes: readonly RowChange[];
    }
  | {
      readonly kind: "gap";
      /** Why commits are missing here: the listener was too slow (`overflow`), or they came while the connection was lost (`missed`). */
      readonly reason: "overflow" | "missed";
    };

/** How a feed is followed. */
export interface ChangesRequest {
  /** Ends the feed. */
  readonly signal?: AbortSignal;
  /** Events kept for a listener that is busy, 1 to 100000; default 1000. More of them become one `gap`. */
  readonly buffer?: number;
  /** Called once, when every later commit is heard: who reads from then on and follows misses nothing. */
  readonly onListening?: () => void;
}

/** A change together with its user. */
export interface NotedChange {
  /** The user. */
  readonly userId: string;
  /** The change. */
  readonly change: RowChange;
}
