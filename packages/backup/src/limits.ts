// What an archive may unpack to. Checked against the manifest before a byte of content is read.
import { BackupError } from "./errors.ts";
import type { Manifest } from "./core/manifest.ts";

/** Bounds on an archive that is read. */
export interface Limits {
  /** Number of files. Default 1,000,000. */
  readonly files?: number;
  /** Bytes of all files together. Default 1 TiB. */
  readonly totalBytes?: number;
  /** Bytes of one file. Default 1 TiB. */
  readonly fileBytes?: number;
  /** Unpacked bytes per packed byte, for what is beyond 64 MiB. Default 1000. */
  readonly ratio?: number;
  /** Bytes of the manifest. Default 256 MiB, enough for a million files. */
  readonly manifestBytes?: number;
}

const TIB = 2 ** 40;
/** Below this size no ratio is asked for: a file of zeros packs very well. */
const RATIO_FLOOR = 64 * 2 ** 20;

/** The limits with their defaults. Throws `invalid-option` when one is not a positive number. */
export function resolveLimits(limits: Limits = {}): Required<Limits> {
  const all = { files: 1_000_000, totalBytes: TIB, fileBytes: TIB, ratio: 1000, manifestBytes: 256 * 2 ** 20, ...limits };
  for (const [name, value] of Object.entries(all))
    if (!(typeof value === "number" && value > 0)) throw new BackupError("invalid-option", `limits.${name} must be a positive number.`);
  return all;
}

/** Throws `too-large` when the manifest states more than the limits allow. */
export function checkLimits(manifest: Manifest, archiveBytes: number, limits: Required<Limits>): void {
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = manifest.files.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  refuse("files", manifest.files.length, limits.files);
  refuse("totalBytes", total, limits.totalBytes);
  refuse("fileBytes", largest, limits.fileBytes);
  if (total > RATIO_FLOOR) refuse("ratio", Math.ceil(total / Math.max(1, archiveBytes)), limits.ratio);
}

/** Throws `too-large` when `value` is above the limit of this name. */
export function refuse(limit: string, value: number, allowed: number): void {
  if (value > allowed)
    throw new BackupError(
      "too-large",
      `The archive has ${limit} ${value}, limits.${limit} allows ${allowed}. Raise it only if you know who made the archive.`,
      {
        facts: { limit, value, allowed },
      },
    );
}
