// The one error class of @td/storage. `code` says which kind, `facts` carry the details, the message says what to do next.

/** Every kind of failure that this package reports. */
export type StorageErrorCode =
  // Opening
  /** The URL names no engine, file or server. */
  | "bad-url"
  /** The call is for SQLite only. */
  | "engine-not-available"
  /** The driver is not installed: better-sqlite3 or postgres. */
  | "driver-missing"
  /** The file, or the server's database, cannot be opened as asked. */
  | "cannot-open"
  /** The file is something else than a SQLite database; it was left as it is. */
  | "not-a-database"
  /** Tables have another form than is declared, or migrations are pending; see `facts.pending`. */
  | "schema-mismatch"
  // The database while it is used
  /** Another process held the database for longer than was waited. */
  | "busy"
  /** No room is left; nothing of the call was kept. */
  | "disk-full"
  /** The database takes no writes. */
  | "read-only"
  /** The database is damaged. */
  | "corrupt"
  /** The disk failed to read or write. */
  | "io-failed"
  /** The engine failed in a way of its own; see `cause`. */
  | "database-failed"
  /** The storage was closed. */
  | "closed"
  // The server of a database
  /** The server does not answer, or is starting or stopping. */
  | "server-unavailable"
  /** The connection was lost before a commit; nothing was kept. */
  | "connection-lost"
  /** The connection was lost during a commit: read whether the work is there before it is repeated. */
  | "commit-unknown"
  /** The server has no connection left. */
  | "too-many-connections"
  /** A statement took longer than `statementTimeoutMs`. */
  | "statement-timeout"
  /** Other transactions were in the way each time it was tried. */
  | "serialization-failed"
  /** The role, or td, does not allow this. */
  | "not-allowed"
  /** Row level security would not hold the role: it is an owner, a superuser or has BYPASSRLS. */
  | "unsafe-role"
  /** A table or view lacks the policy that keeps users apart. */
  | "unprotected-table"
  // Declarations and requests
  /** A table cannot be declared like this. */
  | "table-definition"
  /** The storage was opened without this table. */
  | "unknown-table"
  /** An argument or option is not usable. */
  | "bad-request"
  /** A user id is not usable. */
  | "bad-user"
  /** A filter holds `undefined`, which never means "everything". */
  | "undefined-filter"
  /** A table cannot be filtered or ordered like this. */
  | "bad-filter"
  /** The cursor belongs to another request, or to none. */
  | "bad-cursor"
  // Rows
  /** A value does not fit its column exactly; see `facts.column`. */
  | "value-rejected"
  /** A row with this key stands already. */
  | "already-exists"
  /** A CHECK, a unique key or a reference refuses the row. */
  | "constraint-failed"
  /** The row, or credential, has another revision than was expected. */
  | "revision-conflict"
  // Transactions
  /** A transaction was used after its end, or after it failed. */
  | "transaction-over"
  /** A callback returned while work on its transaction was under way; it was rolled back. */
  | "transaction-unfinished"
  /** The call would wait for the transaction that it is made in. */
  | "would-deadlock"
  // Credentials
  /** The storage was opened without a keyring. */
  | "no-keyring"
  /** A key of the keyring is not usable. */
  | "invalid-key"
  /** A credential is sealed with a key that is not in the keyring. */
  | "unknown-key"
  /** A credential was changed, moved or cut in the database. */
  | "credential-tampered"
  // Ledger
  /** A later computation overtook this one, which wrote nothing that counts. */
  | "superseded"
  /** A computed ledger does not balance; nothing was switched. */
  | "not-balanced"
  /** Fills were changed while they were computed; nothing was switched. */
  | "fills-changed"
  /** The confirmation is not the one of the plan, or the data changed since. */
  | "not-confirmed"
  /** There is no such version, credential or row. */
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
