// How an import is run, with every default in one place.
import type { ImportProgress } from "../core/progress.ts";
import { MigrateError } from "../errors.ts";

/** How an import is run. */
export interface ImportOptions {
  /** Rehearse: the same report, but everything is rolled back at the end. Holds the database's write lock meanwhile. Default false. */
  readonly dryRun?: boolean;
  /**
   * Records per transaction, 1 to 100,000; fewer when they come to 4 MiB. Default 5000: a fraction of a second. A kill costs at most one batch,
   * which is read again. Smaller batches write the same pages of the database more often.
   */
  readonly batchSize?: number;
  /** Stops after the batch in hand; the report says `interrupted` and the next call goes on from there. */
  readonly signal?: AbortSignal;
  /** Told after each batch how far the import is. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** The clock, for times in the run's record and for the rate. Default the system's. */
  readonly now?: () => Date;
  /**
   * Rejected records that are too many: a number, or a share of those read, 0 to 1. One more ends the import with `too-many-rejects`, resumable with a higher
   * limit. Default no limit.
   */
  readonly maxRejects?: number | RejectShare;
  /** Milliseconds to wait while another process runs the import of the same name; then `import-running`, which says who it is. From 0; default 0. */
  readonly wait?: number;
  /** Take the import from a process that is still running it: that one stops with `superseded`, and loses nothing. Default false. */
  readonly takeOver?: boolean;
  /** Give up an unfinished run of the same name and read the source from its start. What the old run wrote stays. Default false. */
  readonly restart?: boolean;
}

/** A limit that grows with the source. */
export interface RejectShare {
  /** Rejected records for each one read, 0 to 1. */
  readonly share: number;
  /** Records that must have been read before the share counts; at the end of the source it always does. Default 1000. */
  readonly after?: number;
}

/** Options with their defaults. */
export type Settings = ImportOptions & Required<Pick<ImportOptions, "batchSize" | "now" | "dryRun" | "restart" | "wait" | "takeOver">>;

/** Options with their defaults, within their ranges. Throws `invalid-option`. */
export function checkedOptions(options: ImportOptions): Settings {
  const { batchSize = 5000, maxRejects, now = () => new Date(), dryRun = false, restart = false, wait = 0, takeOver = false } = options;
  if (!isWhole(batchSize, 1, 100_000)) throw invalid("batchSize", batchSize, "a whole number from 1 to 100000");
  if (!isWhole(wait, 0)) throw invalid("wait", wait, "a whole number of milliseconds from 0");
  if (typeof maxRejects === "object" && maxRejects !== null) checkShare(maxRejects);
  // Anything else is no limit that could be told from none.
  else if (maxRejects !== undefined && !isWhole(maxRejects, 0))
    throw invalid("maxRejects", maxRejects, "a whole number from 0, or a share");
  return { ...options, batchSize, now, dryRun, restart, wait, takeOver };
}

function checkShare({ share, after = 0 }: RejectShare): void {
  if (!(share >= 0 && share <= 1)) throw invalid("maxRejects.share", share, "a number from 0 to 1");
  if (!isWhole(after, 0)) throw invalid("maxRejects.after", after, "a whole number from 0");
}

/** Whether more records were rejected than the limit allows; `atEnd`: all have been read. */
export function tooMany(rejected: number, read: number, limit: ImportOptions["maxRejects"], atEnd: boolean): boolean {
  if (limit === undefined) return false;
  if (typeof limit === "number") return rejected > limit;
  return (atEnd || read >= (limit.after ?? 1000)) && rejected > limit.share * read;
}

function isWhole(value: number, from: number, to = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && value >= from && value <= to;
}

function invalid(option: string, value: number, rule: string): MigrateError {
  return new MigrateError("invalid-option", `runImport: ${option} must be ${rule}, not ${value}.`, { facts: { option, value } });
}
