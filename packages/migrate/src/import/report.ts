// What an import says about itself.
import type { ByReason, Counts } from "../core/account.ts";
import type { RecordIssue, RejectReason } from "../core/reasons.ts";
import type { Place } from "./job.ts";
import type { ImportRejectRow, ImportRunRow } from "./tables.ts";

/** A record that was not taken, whole. */
export type ImportReject = RejectedRecord | ConflictingRecord;

interface KeptRecord {
  /** Where it lies in the source. */
  readonly place: Place;
  /** Its bytes without the line ending; of a record that names a secret, a note with their number and digest. */
  readonly raw: Uint8Array;
  /** The same as text; `null` when the bytes are not UTF-8 text. */
  readonly text: string | null;
  /** What became of it since; `null` while it is open. */
  readonly resolution: RejectResolution | null;
}

/** What became of a record that was not taken. */
export interface RejectResolution {
  /** `retried` with success, or `dismissed` by somebody. */
  readonly as: "retried" | "dismissed";
  /** When. */
  readonly at: string;
  /** Who, as the host says. */
  readonly by: string | null;
  /** Why, in words. */
  readonly reason: string | null;
  /** The text that was imported in its place, when it had to be mended. */
  readonly mended: string | null;
}

/** A record that cannot be taken. */
export interface RejectedRecord extends KeptRecord {
  readonly kind: "rejected";
  /** Why; the first of the issues. */
  readonly reason: RejectReason;
  /** Everything that is wrong with it. */
  readonly issues: readonly RecordIssue[];
}

/** A good record whose key is taken by a row with other content. The row stands. */
export interface ConflictingRecord extends KeptRecord {
  readonly kind: "conflict";
  readonly reason: "conflict";
  /** The rows in conflict: what the record says and what stands, in canonical form. None for a record that names a secret. */
  readonly rows: readonly ConflictingRow[];
}

/** Both sides of a conflict. */
export interface ConflictingRow {
  /** The row that the record asks for. */
  readonly incoming: Readonly<Record<string, unknown>>;
  /** The row that stands. */
  readonly existing: Readonly<Record<string, unknown>>;
}

/** The account of an import. `read = written + identical + conflict + rejected`, or there is no report but an error. */
export interface ImportReport extends Counts {
  /** Identity of the run, for {@link listRejects}. A rehearsed run is not stored. */
  readonly runId: string;
  /** The job's name. */
  readonly name: string;
  /** `completed`, or `interrupted`: stopped by the signal between two batches; the next call goes on from there. */
  readonly status: "completed" | "interrupted";
  /** Whether it was only rehearsed: nothing was written. */
  readonly dryRun: boolean;
  /** The source as it was read. */
  readonly source: SourceSummary;
  /** Always true: an account that does not balance is an error. */
  readonly balanced: true;
  /** Where an earlier call had stopped, when this one went on from there. The counts are those of the whole run. */
  readonly resumedFrom: Place | null;
  /** Rejected records by reason. */
  readonly byReason: ByReason;
  /** The first rejected and conflicting records, at most {@link FIRST_REJECTS}. */
  readonly rejects: readonly ImportReject[];
}

/** What was read. */
export interface SourceSummary {
  /** `json-lines`, `csv`, `records`. */
  readonly kind: string;
  /** The path or the given name. */
  readonly name: string;
  /** Size in bytes; `null` for a source without bytes. */
  readonly bytes: number | null;
  /** What identified its content before it was read. */
  readonly fingerprint: string;
  /** SHA-256 of all of it; `null` until it was read to its end. */
  readonly sha256: string | null;
}

/** Records that a report shows itself; {@link listRejects} gives all. */
export const FIRST_REJECTS = 20;

/** The counts of a run. */
export function countsOf(run: ImportRunRow): Counts {
  return {
    read: run.recordsRead,
    written: run.recordsWritten,
    identical: run.recordsIdentical,
    conflict: run.recordsConflict,
    rejected: run.recordsRejected,
  };
}

/** What a report takes from its call rather than from the stored run. */
export type CallSummary = Pick<ImportReport, "status" | "dryRun" | "resumedFrom" | "rejects">;

/** The report of a run as it stands. */
export function reportOf(run: ImportRunRow, call: CallSummary): ImportReport {
  const { sourceKind: kind, sourceName: name, sourceBytes: bytes, fingerprint, sha256 } = run;
  const source = { kind, name, bytes, fingerprint, sha256 };
  return { runId: run.runId, name: run.name, ...call, source, ...countsOf(run), balanced: true, byReason: run.byReason };
}

function resolutionOf({
  resolution: as,
  resolvedAt: at,
  resolvedBy: by,
  resolvedReason: reason,
  mended,
}: ImportRejectRow): RejectResolution | null {
  return as === null || at === null ? null : { as, at, by, reason, mended };
}

/** A record as it was kept. */
export function rejectOf(row: ImportRejectRow): ImportReject {
  const raw = Buffer.from(row.raw, row.encoding);
  const place = { line: row.line, byteOffset: row.byteOffset, ...(row.path !== null && { path: row.path }) };
  const kept = { place, raw, text: row.encoding === "utf8" ? row.raw : null, resolution: resolutionOf(row) };
  // Written by `keptRecord`, whose detail has the shape that the kind says.
  if (row.kind === "conflict") return { kind: row.kind, reason: "conflict", ...kept, rows: row.detail as readonly ConflictingRow[] };
  return { kind: row.kind, reason: row.reason as RejectReason, ...kept, issues: row.detail as readonly RecordIssue[] };
}
