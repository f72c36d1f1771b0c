/** Why @td/backup refused something. */
export type BackupErrorCode =
  /** An entry of the archive has an absolute path, a `..`, a link out of the tree, or is a device. */
  | "unsafe-entry"
  /** The archive holds an entry that its manifest does not list, or lacks one that it lists. */
  | "manifest-mismatch"
  /** The bytes of an entry do not have the SHA-256 that the manifest states. */
  | "hash-mismatch"
  /** The archive would unpack to more than the limits allow. */
  | "too-large";

/** The one error class of @td/backup. */
export class BackupError extends Error {
  /** What went wrong, from a closed list. */
  readonly code: BackupErrorCode;
  /** What it was about: paths, sizes and hashes, never file contents or keys. */
  readonly facts: Readonly<Record<string, unknown>>;

  /** The message says what happened, to what, and what to do next. */
  constructor(code: BackupErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "BackupError";
    this.code = code;
    this.facts = facts;
  }
}
