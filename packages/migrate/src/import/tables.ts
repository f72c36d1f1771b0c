// The tables that make an import provable: its runs (where each stands) and what it could not take.
import { c, defineTable, type RowOf } from "@td/storage";

/** One row per run: what it read, where it stands, and its accounts. Committed together with the rows that they count. */
export const importRuns = defineTable(
  "td_import_runs",
  {
    /** The user. */
    userId: c.text(),
    /** Identity of the run. */
    runId: c.text(),
    /** The job's name. */
    name: c.text(),
    /** The table that the rows go to. */
    target: c.text(),
    /** What kind of source it is. */
    sourceKind: c.text(),
    /** Where the source is: a path or a given name. */
    sourceName: c.text(),
    /** Size of the source; null for one without bytes. */
    sourceBytes: c.int().nullable(),
    /** What identifies the content of the source before it has been read. */
    fingerprint: c.text(),
    /** SHA-256 of the whole source, once it has been read. */
    sha256: c.text().nullable(),
    /**
     * `running` is also what a killed run leaves behind; it, `interrupted` and `failed` are resumed. `void`: a verification failed before the end, so it is not.
     * `rolling-back`: a rollback was begun and must be finished.
     */
    status: c.oneOf("running", "interrupted", "failed", "completed", "abandoned", "void", "rolling-back", "rolled-back"),
    /** How often the run was begun or resumed: a process whose number is no longer this one has lost the run. */
    attempt: c.int(),
    /** Bytes (or records) of the source behind the cursor. */
    cursorOffset: c.int(),
    /** Line of the source that comes next. */
    cursorLine: c.int(),
    /** SHA-256 of everything before the cursor; for records that take fields over from behind them also when the file was last written. */
    cursorSha256: c.text(),
    /** Records that the source held so far. */
    recordsRead: c.int(),
    /** Records whose rows are new. */
    recordsWritten: c.int(),
    /** Records that were already there. */
    recordsIdentical: c.int(),
    /** Records whose key has other content. */
    recordsConflict: c.int(),
    /** Records that could not be taken. */
    recordsRejected: c.int(),
    /** Rejected records by reason. */
    byReason: c.json<Readonly<Record<string, number>>>(),
    /** What the last verification found; null when there was none. */
    verification: c.oneOf("passed", "failed").nullable(),
    /** When that was. */
    verifiedAt: c.instant().nullable(),
    /** Rows that a rollback took away. */
    rowsRemoved: c.int().default(0),
    /** Rows that were gone before a rollback came to them. */
    rowsGone: c.int().default(0),
    /** When the run began. */
    startedAt: c.instant(),
    /** When it last committed. */
    updatedAt: c.instant(),
    /** When it was completed. */
    finishedAt: c.instant().nullable(),
    /** Code of the error that stopped it. */
    errorCode: c.text().nullable(),
    /** Message of the error that stopped it. */
    errorMessage: c.text().nullable(),
  },
  { primaryKey: ["userId", "runId"], indexes: { by_name: ["userId", "name", "startedAt", "runId"] }, digested: false },
);

/** One row per record that was not taken: the record itself, byte for byte, its place and why. */
export const importRejects = defineTable(
  "td_import_rejects",
  {
    /** The user. */
    userId: c.text(),
    /** The run that met the record. */
    runId: c.text(),
    /** Line of the source on which the record begins, from 1. */
    line: c.int(),
    /** Bytes (or records) of the source before the record. */
    byteOffset: c.int(),
    /** Where it stands inside its source (`bots[3].orders[17]`); null for a source of lines. */
    path: c.text().nullable(),
    /** Fields that it takes over from what stands around it; null for none. */
    carried: c.json<Readonly<Record<string, unknown>>>().nullable(),
    /** A record that cannot be taken, or one whose key is taken by other content. */
    kind: c.oneOf("rejected", "conflict"),
    /** Why. */
    reason: c.text(),
    /** How `raw` is written: `utf8` as it is, `base64` when the bytes are not text. */
    encoding: c.oneOf("utf8", "base64"),
    /** The record without its line ending. */
    raw: c.text(),
    /** The issues of a rejected record; the rows on both sides of a conflict. */
    detail: c.json(),
    /** What became of it since: `retried` with success, or `dismissed` by somebody; null while it is open. */
    resolution: c.oneOf("retried", "dismissed").nullable(),
    /** When that was. */
    resolvedAt: c.instant().nullable(),
    /** Who did it, as the host says. */
    resolvedBy: c.text().nullable(),
    /** Why, in words. */
    resolvedReason: c.text().nullable(),
    /** The text that was imported in its place, when it had to be mended. */
    mended: c.text().nullable(),
  },
  { primaryKey: ["userId", "runId", "line"], digested: false },
);

/** The rows that a run wrote, one entry per batch: what a rollback takes away again, and nothing else. */
export const importRows = defineTable(
  "td_import_rows",
  {
    /** The user. */
    userId: c.text(),
    /** The run that wrote them. */
    runId: c.text(),
    /** Which batch: the records that were read before it; for a reject that was tried again, its line below zero. */
    part: c.int(),
    /** The keys of the rows, a JSON list: each the one value of the key, or a list of its values. */
    keys: c.text(),
    /** The highest number that the table's sequence had given out then: a row with a higher one has changed since. Null for a table without one. */
    upTo: c.int().nullable(),
    /** For a table without a sequence, a digest of each row's content: a row with another one has changed since. A JSON list. */
    marks: c.text().nullable(),
    /** Whether a rollback has been here. What it kept is still listed. */
    undone: c.bool().default(false),
    /** Why it kept each of the rows that are still listed, in their order. */
    kept: c.json<readonly string[]>().nullable(),
  },
  {
    primaryKey: ["userId", "runId", "part"],
    indexes: { by_state: ["userId", "runId", "undone", "part"] },
    digested: false,
  },
);

/** Who runs an import of a name: one at a time. */
export const importLocks = defineTable(
  "td_import_locks",
  {
    /** The user. */
    userId: c.text(),
    /** The job's name. */
    name: c.text(),
    /** What the holder alone knows; null while nobody runs the import. */
    token: c.text().nullable(),
    /** The run; null before the holder has one. */
    runId: c.text().nullable(),
    /** The holder's machine. */
    host: c.text(),
    /** The holder's process there. */
    process: c.int(),
    /** Since when. */
    since: c.instant(),
    /** Counts the changes of hand. */
    revision: c.int().assigned().default(1),
  },
  { primaryKey: ["userId", "name"], digested: false },
);

/** The tables that `openStorage` must be given for imports: `openStorage(url, { tables: importTables })`. */
export const importTables = [importRuns, importRejects, importRows, importLocks] as const;

/** A run as stored. */
export interface ImportRunRow extends RowOf<typeof importRuns> {}

/** The rows of one batch as stored. */
export interface ImportRowsRow extends RowOf<typeof importRows> {}

/** A lock as stored. */
export interface ImportLockRow extends RowOf<typeof importLocks> {}

/** A rejected or conflicting record as stored. */
export interface ImportRejectRow extends RowOf<typeof importRejects> {}
