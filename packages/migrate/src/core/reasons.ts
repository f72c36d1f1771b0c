// Why a record was not taken. A closed list, so that a report can be read by a program and a test can name each one.

/** The reasons, in the order in which a record meets them: bytes, syntax, fields, values, table. */
export const REJECT_REASONS = [
  "invalid-utf8",
  "malformed-json",
  "not-an-object",
  "nested-too-deep",
  "malformed-csv",
  "wrong-field-count",
  "not-a-list-or-object",
  "carried-twice",
  "number-not-exact",
  "unknown-field",
  "missing-value",
  "missing-id",
  "missing-symbol",
  "unknown-side",
  "not-text",
  "not-a-number",
  "number-too-long",
  "not-positive",
  "size-not-positive",
  "negative",
  "not-a-time",
  "time-without-zone",
  "time-ambiguous",
  "time-does-not-exist",
  "time-too-precise",
  "time-out-of-range",
  "time-in-future",
  "schema",
  "map-failed",
  "no-rows",
  "value-rejected",
] as const;

/** Why a record was rejected. `schema` = a check that names no reason of its own; its text is in the detail. */
export type RejectReason = (typeof REJECT_REASONS)[number];

const KNOWN: ReadonlySet<string> = new Set(REJECT_REASONS);

/** Whether a text is one of {@link REJECT_REASONS}. */
export function isRejectReason(text: unknown): text is RejectReason {
  return typeof text === "string" && KNOWN.has(text);
}

/** One thing that is wrong with a record. */
export interface RecordIssue {
  /** Why. */
  readonly reason: RejectReason;
  /** The field, dotted for nested ones; absent when the whole record is meant. */
  readonly field?: string;
  /** More words, when the reason alone does not say it. */
  readonly note?: string;
}

/** A record that cannot be taken; the first issue names the reason. */
export class Rejection {
  /** At least one issue. */
  readonly issues: readonly [RecordIssue, ...RecordIssue[]];

  constructor(first: RecordIssue, ...others: readonly RecordIssue[]) {
    this.issues = [first, ...others];
  }

  /** The reason that the report counts. */
  get reason(): RejectReason {
    return this.issues[0].reason;
  }
}

/** A rejection for one reason. */
export function reject(reason: RejectReason, note?: string): Rejection {
  return new Rejection(note === undefined ? { reason } : { reason, note });
}
