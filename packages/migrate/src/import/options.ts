// How an import is run, with every default in one place.
import type { ImportProgress } from "../core/progress.ts";
import { MigrateError } from "../errors.ts";

/** How an import is run. */
export interface ImportOptions {
  /** Rehearse: the same report, but everything is rolled back at the end. Holds the database's write lock meanwhile. Default false. */
  readonly dryRun?: boolean;
  /**
   * Records per transaction, 1 to 100,000; fewer when they come to 8 MiB. Default 5000: a fraction of a second. A kill costs at most one batch,
   * which is read again. Smaller batches write the same pages of the database more often.
   */
  readonly batchSize?: number;
  /** Stops after the batch in hand; the report says `interrupted` and the next call goes on from there. */
  readonly signal?: AbortSignal;
  /** Told after each batch how far the import is. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** The clock, for times in the run's record and for the rate. Default the system's. */
  readonly now?: () => Date;
  /** Rejected records that are too many: one more ends the import with `too-many-rejects`, resumable with a higher limit. Default no limit. */
  readonly maxRejects?: number;
  /** Give up an unfinished run of the same name and read the source from its start. What the old run wrote stays. Default false. */
  readonly restart?: boolean;
}

/** Options with their defaults. */
export type Settings = ImportOptions & Required<Pick<ImportOptions, "batchSize" | "now" | "dryRun" | "restart">>;

/** Options with their defaults, within their ranges. Throws `invalid-option`. */
export function checkedOptions(options: ImportOptions): Settings {
  const { batchSize = 5000, maxRejects, now = () => new Date(), dryRun = false, restart = false } = options;
  if (!isWhole(batchSize, 1, 100_000)) throw invalid("batchSize", batchSize, "a whole number from 1 to 100000");
  if (maxRejects !== undefined && !isWhole(maxRejects, 0)) throw invalid("maxRejects", maxRejects, "a whole number from 0");
  return { ...options, batchSize, now, dryRun, restart };
}

function isWhole(value: number, from: number, to = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && value >= from && value <= to;
}

function invalid(option: string, value: number, rule: string): MigrateError {
  return new MigrateError("invalid-option", `runImport: ${option} must be ${rule}, not ${value}.`, { facts: { option, value } });
}
