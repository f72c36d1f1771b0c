// How far an import is, from counts and from times that the caller read off its own clock.
import type { Counts } from "./account.ts";

/** How far an import is. */
export interface ImportProgress extends Counts {
  /** The job's name. */
  readonly name: string;
  /** Bytes of the source that are done; records for a source without bytes. */
  readonly bytes: number;
  /** Bytes of the source in all; `null` when the source cannot say. */
  readonly totalBytes: number | null;
  /** Records per second since this call began (not since the run did); 0 until the clock has moved. */
  readonly recordsPerSecond: number;
  /** Seconds left at the speed so far; `null` when it cannot be told yet. */
  readonly secondsLeft: number | null;
}

/** What the rate is computed from. */
export interface Pace {
  /** Milliseconds since this call began. */
  readonly elapsedMs: number;
  /** Records that earlier calls of the same run had done. */
  readonly recordsBefore: number;
  /** Bytes that earlier calls of the same run had done. */
  readonly bytesBefore: number;
}

/** The progress at one moment. */
export function progressOf(name: string, counts: Counts, bytes: number, totalBytes: number | null, pace: Pace): ImportProgress {
  const seconds = pace.elapsedMs / 1000;
  const bytesPerSecond = seconds > 0 ? (bytes - pace.bytesBefore) / seconds : 0;
  return {
    name,
    ...counts,
    bytes,
    totalBytes,
    recordsPerSecond: seconds > 0 ? (counts.read - pace.recordsBefore) / seconds : 0,
    secondsLeft: totalBytes === null || bytesPerSecond <= 0 ? null : Math.max(0, totalBytes - bytes) / bytesPerSecond,
  };
}
