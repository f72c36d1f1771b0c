// The one error class of @td/migrate. A bad record is never an error: it is a reject (see core/reasons.ts).

/** What went wrong, for code that decides what to do next. */
export type MigrateErrorCode =
  /** The source does not exist. */
  | "source-missing"
  /** The source is a directory, a pipe or a device. */
  | "source-not-a-file"
  /** The system or the database refused to open or read the source; see `facts.errno`. */
  | "source-unreadable"
  /** The source has no bytes, or only blank lines. */
  | "source-empty"
  /** The source is something else than JSON Lines; see `facts.looksLike`. */
  | "not-json-lines"
  /** The source is something else than CSV; see `facts.looksLike`. */
  | "not-csv"
  /** The source is something else than JSON; see `facts.looksLike`. */
  | "not-json"
  /** A JSON document is cut off, or broken between its records; see `facts.byteOffset`. */
  | "json-damaged"
  /** Nothing stands where the paths into a JSON document lead; `facts.found` says what is there. */
  | "path-not-found"
  /** The source is no SQLite database, or a damaged one. */
  | "not-a-database"
  /** The database has no table of this name; see `facts.tables`. */
  | "table-missing"
  /** The condition finds no row, or more than the one that is meant. */
  | "row-missing"
  /** The CSV header has a column that the schema does not know. */
  | "unknown-column"
  /** The CSV header lacks a column that the schema needs. */
  | "missing-column"
  /** The CSV header names a column twice. */
  | "duplicate-column"
  /** One record is longer than `maxRecordBytes`. */
  | "record-too-long"
  /** The source is not the one that the unfinished run began with, or it changed while it was read. */
  | "source-changed"
  /** More records were rejected than `maxRejects` allows. */
  | "too-many-rejects"
  /** Another process runs the import of this name; see `facts.process` and `facts.host`. */
  | "import-running"
  /** A verification of the unfinished run failed: it cannot be resumed. */
  | "verification-failed"
  /** A rollback of the run was begun and must be finished first. */
  | "rollback-unfinished"
  /** Another process took this run over; or, of a dual write, the keys of a write, while this process stood still and the primary changed: read before you repeat it. */
  | "superseded"
  /** Records read and records accounted for differ; the batch was rolled back. */
  | "not-balanced"
  /** No run of this user has this id. */
  | "run-not-found"
  /** The run kept no record of this line. */
  | "reject-not-found"
  /** The record was retried with success or dismissed before. */
  | "already-resolved"
  /** Something else stands where a file would go; it was not overwritten. */
  | "archive-conflict"
  /** An archived file is missing, or its SHA-256 is not the one of the manifest. */
  | "archive-mismatch"
  /** The folder has no manifest that this version can read. */
  | "not-an-archive"
  /** A store's text is not what it must be; see `facts.problem`. */
  | "store-malformed"
  /** A store cannot be opened. */
  | "store-unreadable"
  /** Another process held a store for longer than was waited. */
  | "store-busy"
  /** Two records of a store have one key. */
  | "duplicate-key"
  /** A store does not take a record. */
  | "record-refused"
  /** The place does not hold one JSON document as text, or the database changed what was written to it. */
  | "blob-refused"
  /** A proof is altered, of another document, or does not cover what would be removed. */
  | "proof-refused"
  /** A database was opened without a table that the other has rows of, or with other columns in it. */
  | "table-unknown"
  /** The target of a copy holds rows that are not the beginning of it. */
  | "target-not-empty"
  /** A copy is not equal to its source. */
  | "copy-differs"
  /** The token is not that of a plan of what would be changed, as it is now. */
  | "not-confirmed"
  /** The driver of the database is not installed beside td. */
  /** A gate of a switch of phases is not met; the message says which. */
  | "gates-not-met"
  /** The phase does not allow this call. */
  | "phase-wrong"
  /** Another process works on a key, or switches the phase, for longer than was waited. Nothing was written. */
  | "keys-busy"
  /** Another switch of phases is under way. */
  | "switch-under-way"
  /** A write to two databases was asked for inside a transaction of one of them. */
  | "inside-transaction"
  /** A driver package is not installed. */
  | "driver-missing"
  /** Another process migrates this database, or a writer holds it; see `facts.holder`. */
  | "locked"
  /** A migration that has run is another one now. */
  | "migration-changed"
  /** A migration has not run, and a younger one has. */
  | "migration-late"
  /** A migration has run that the given schemas do not have. */
  | "migration-missing"
  /** A migration without a transaction stopped, and nobody knows whether its statement took effect. */
  | "migration-partial"
  /** A statement of a migration failed; see `cause`. */
  | "migration-failed"
  /** A migration cannot be undone. */
  | "irreversible"
  /** After a migration a table has other rows than it must, or rows that refer to nothing. */
  | "rows-lost"
  /** The database has tables of the schema in a form that no record explains. */
  | "unknown-form"
  /** All migrations have run, and the tables are not those of a new database. */
  | "form-differs"
  /** An option or a job definition is out of range. */
  | "invalid-option";

/** Facts of an error: plain values, never a secret or the content of a record. */
export type MigrateFacts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Every error that @td/migrate throws on purpose. Storage errors (`StorageError`) pass through unchanged. */
export class MigrateError extends Error {
  override readonly name = "MigrateError";
  /** What went wrong, from a closed list. */
  readonly code: MigrateErrorCode;
  /** To what: paths, counts, places. */
  readonly facts: MigrateFacts;
  /** Whether the same call can succeed without a change by the caller. */
  readonly retryable: boolean;

  constructor(
    code: MigrateErrorCode,
    message: string,
    options: { readonly facts?: MigrateFacts; readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
    this.retryable = options.retryable ?? false;
  }
}
