// What a host calls on its own schedule so that a database stays quick.

/** What is done beside statistics. */
export interface MaintainOptions {
  /**
   * Also give back the room of deleted rows. SQLite rewrites the file, which takes as long as copying it and needs that much room on the disk;
   * nobody writes meanwhile. PostgreSQL vacuums beside everyone. Default false.
   */
  readonly vacuum?: boolean;
}

/** What was done. */
export interface MaintainReport {
  /** Tables whose statistics were renewed. */
  readonly analyzed: number;
  /** Closes that were added up for `storage.system`'s leaderboard: those written or changed since the last time. */
  readonly closes: number;
  /** SQLite: pages of the write-ahead log that were copied into the file, or null on PostgreSQL and in memory. */
  readonly checkpointed: number | null;
  /** Whether room was given back. */
  readonly vacuumed: boolean;
  /** Milliseconds it took. */
  readonly ms: number;
}
