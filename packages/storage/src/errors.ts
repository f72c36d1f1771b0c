// The one error class of @td/storage. `code` says which kind, `facts` carry the details, the message says what to do next.

/** Every kind of failure that this package reports. */
export type StorageErrorCode =
  // Opening
  | "bad-url"
  | "engine-not-available"
  | "driver-missing"
  | "cannot-open"
  | "not-a-database"
  | "schema-mismatch"
  // The database while it is used
  | "busy"
  | "disk-full"
  | "read-only"
  | "corrupt"
  | "io-failed"
  | "database-failed"
  | "closed"
  // The server of a database
  | "server-unavailable"
  | "connection-lost"
  | "commit-unknown"
  | "too-many-connections"
  | "statement-timeout"
  | "serialization-failed"
  | "not-allowed"
  | "unsafe-role"
  | "unprotected-table"
  // Declarations and requests
  | "table-definition"
  | "unknown-table"
  | "bad-request"
  | "bad-user"
  | "undefined-filter"
  | "bad-filter"
  | "bad-cursor"
  // Rows
  | "value-rejected"
  | "already-exists"
  | "constraint-failed"
  | "revision-conflict"
  // Transactions
  | "transaction-over"
  | "transaction-unfinished"
  | "would-deadlock"
  // Credentials
  | "no-keyring"
  | "invalid-key"
  | "unknown-key"
  | "credential-tampered"
  // Ledger
  | "superseded"
  | "not-balanced"
  | "fills-changed"
  | "not-confirmed"
  | "not-found";

/** Details of a failure: names and counts, never a secret and never a bound parameter. */
export type StorageFacts = Readonly<Record<string, unknown>>;

/** What may accompany a {@link StorageError}. */
export interface StorageErrorOptions {
  /** Details; default none. */
  readonly facts?: StorageFacts;
  /** Whether the same call may succeed when it is made again unchanged; default false. */
  readonly retryable?: boolean;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** A failure of @td/storage. Its message says what happened, to what, and what to do next. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  /** Which kind of failure this is. */
  readonly code: StorageErrorCode;
  /** Details: names and counts. */
  readonly facts: StorageFacts;
  /** Whether the same call may succeed when it is made again unchanged. */
  readonly retryable: boolean;

  constructor(code: StorageErrorCode, message: string, options: StorageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
    this.retryable = options.retryable ?? false;
  }
}
