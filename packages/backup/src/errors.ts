// The one error class of @td/backup.

/** Why an archive was refused. Nothing of a refused archive is kept. */
export type RefusalCode =
  /** The file is not one that td wrote: no known first bytes, or no manifest as the first entry. */
  | "not-an-archive"
  /** The archive is encrypted and no identity or passphrase was given. */
  | "key-missing"
  /** None of the given identities or the passphrase opens the archive. */
  | "key-mismatch"
  /** The archive ends before its end. */
  | "archive-truncated"
  /** A checksum of the compression or of the encryption does not fit. */
  | "archive-damaged"
  /** There are bytes after the end of the archive. */
  | "trailing-data"
  /** The manifest is not JSON, or a field of it is missing, unknown or out of range. */
  | "manifest-invalid"
  /** A name is absolute, holds `..`, control characters or a backslash, or is too long. */
  | "entry-path"
  /** An entry is a symbolic or hard link. */
  | "entry-link"
  /** An entry is a device or a pipe. */
  | "entry-device"
  /** An entry is neither a file nor one of the other kinds named here. */
  | "entry-type"
  /** A name occurs twice. */
  | "entry-duplicate"
  /** Two names differ only in case or Unicode form, or one is both a file and a directory. */
  | "entry-collision"
  /** The archive holds an entry that its manifest does not list. */
  | "entry-unlisted"
  /** The manifest lists a file that the archive lacks. */
  | "entry-missing"
  /** The entries are not in the order of the manifest. */
  | "entry-order"
  /** The size of an entry is not the one in the manifest. */
  | "entry-size"
  /** A header differs from the one that td writes for this file. */
  | "entry-header"
  /** The bytes of a file do not have the SHA-256 that the manifest states. */
  | "hash-mismatch"
  /** The archive would unpack to more than `limits` allow. */
  | "too-large"
  /** A database in the archive does not pass its own integrity check, or has other rows than the manifest states. */
  | "database-corrupt"
  /** The host's own check of the unpacked archive failed; see `cause`. */
  | "check-failed";

/** What went wrong, for code that decides what to do next. */
export type BackupErrorCode =
  | RefusalCode
  /** An option is missing, unknown or out of range. */
  | "invalid-option"
  /** A file or directory that must exist does not. */
  | "not-found"
  /** A file or directory that must not exist does. */
  | "already-exists"
  /** The tree holds a link, socket, pipe or device, or a name that an archive cannot hold. Exclude it or remove it. */
  | "unsupported-file"
  /** A file changed each time it was read. */
  | "source-changing"
  /** A file under a database pattern is not a SQLite database. */
  | "not-a-database"
  /** A copy of a database, or its check, did not get to its end. */
  | "database-failed"
  /** A program such as `gpg` or `pg_dump` is missing or ended with an error. */
  | "tool-failed"
  /** There is not enough free space; nothing has been written. */
  | "no-space"
  /** The system refused to read, write or rename; see `facts.errno`. */
  | "io-failed"
  /** The tree is a mount point, or its parent cannot be written: it cannot be swapped by renaming. */
  | "not-replaceable"
  /** `signal` was aborted. */
  | "aborted"
  /** Another create, restore or recovery works on this tree. */
  | "busy"
  /** An interrupted restore waits for `recover()`. */
  | "restore-pending"
  /** The restore failed; the old tree is in place again and the services run. See `cause`. */
  | "rolled-back"
  /** A hook (stop, start, health) failed or took too long; the trees are whole. Call `recover()`. */
  | "services-failed"
  /** The newer format or schema of the archive needs another version of td or of the application. */
  | "version-mismatch";

/** Facts of an error: plain values; never file contents, keys or passphrases. */
export type BackupFacts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Every error that @td/backup throws on purpose. */
export class BackupError extends Error {
  override readonly name = "BackupError";
  /** What went wrong, from a closed list. */
  readonly code: BackupErrorCode;
  /** To what: paths, sizes, places. */
  readonly facts: BackupFacts;
  /** Whether the same call can succeed without a change by the caller. */
  readonly retryable: boolean;

  constructor(
    code: BackupErrorCode,
    message: string,
    options: { readonly facts?: BackupFacts; readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
    this.retryable = options.retryable ?? false;
  }
}

/** The error itself when it is one of td's, else wrapped: the system refused `what`. */
export function asBackupError(error: unknown, what: string): BackupError {
  if (error instanceof BackupError) return error;
  const errno = errnoOf(error);
  const code = errno === "ENOSPC" || errno === "EDQUOT" ? "no-space" : "io-failed";
  const why = errno ?? (error instanceof Error ? error.message : String(error));
  return new BackupError(code, `The system refused ${what}: ${why}.`, { facts: { errno: errno ?? null }, retryable: true, cause: error });
}

/** The system's error name, such as `ENOENT`, or nothing. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
