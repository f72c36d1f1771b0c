// What a host is told about each query. Parameters are never part of it.

/** One query as it ran. */
export interface QueryEvent {
  /** The SQL with placeholders: the shape, without a value in it. */
  readonly shape: string;
  /** Milliseconds the database worked. */
  readonly ms: number;
  /** Milliseconds waited for the writer before that; 0 for reads. */
  readonly lockWaitMs: number;
  /** Rows returned or changed. */
  readonly rows: number;
}

/**
 * The listener with its threshold: called for queries of at least `slowQueryMs` milliseconds (run time and wait together).
 * A listener that throws does not break the query: its first error becomes a process warning.
 */
export function queryListener(
  onQuery: ((event: QueryEvent) => void) | undefined,
  slowQueryMs: number,
): ((event: QueryEvent) => void) | undefined {
  if (onQuery === undefined) return undefined;
  let warned = false;
  return (event) => {
    if (event.ms + event.lockWaitMs < slowQueryMs) return;
    try {
      onQuery(event);
    } catch (error) {
      if (!warned) process.emitWarning(`The onQuery listener of a td storage threw: ${String(error)}`);
      warned = true;
    }
  };
}
