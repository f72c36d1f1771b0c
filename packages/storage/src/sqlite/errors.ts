// SQLite's result codes as td's errors: what happened, to which file, what to do.
import { StorageError } from "../errors.ts";
import type { StorageErrorCode } from "../errors.ts";

interface Kind {
  readonly code: StorageErrorCode;
  readonly retryable: boolean;
  readonly says: (path: string) => string;
}

const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    {
      code: "busy",
      retryable: true,
      says: (path) => `The database ${path} is locked by another process: wait until that one has finished, or end it, and try again.`,
    },
  ],
  // The shared-memory file beside the database could not grow: SQLite's word for a full disk when it opens one.
  [
    /^SQLITE_(FULL|IOERR_SHMSIZE)/,
    {
      code: "disk-full",
      retryable: true,
      says: (path) => `The disk that holds ${path} is full; nothing of this change was kept. Free some space and try again.`,
    },
  ],
  [
    /^SQLITE_READONLY/,
    {
      code: "read-only",
      retryable: false,
      says: (path) => `The database ${path} cannot be written: give this process write permission on the file and on its folder.`,
    },
  ],
  [
    /^SQLITE_(CANTOPEN|PERM|AUTH)/,
    {
      code: "cannot-open",
      retryable: false,
      says: (path) => `The database ${path} cannot be opened: check that its folder exists and that this process may read and write there.`,
    },
  ],
  [
    /^SQLITE_NOTADB/,
    {
      code: "not-a-database",
      retryable: false,
      says: (path) =>
        `The file ${path} is not a SQLite database, or it is encrypted. Nothing was changed: give the path of a SQLite file or of a new one.`,
    },
  ],
  [
    /^SQLITE_CORRUPT/,
    {
      code: "corrupt",
      retryable: false,
      says: (path) =>
        `The database ${path} is damaged: stop writing to it, keep a copy, and restore a backup (or try the sqlite3 shell's .recover).`,
    },
  ],
  [
    /^SQLITE_IOERR/,
    {
      code: "io-failed",
      retryable: false,
      says: (path) => `The disk that holds ${path} failed to read or write; nothing of this change was kept. Check the disk and its mount.`,
    },
  ],
  [
    /^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE)/,
    {
      code: "already-exists",
      retryable: false,
      says: () => "A row with this key exists already.",
    },
  ],
  [
    /^SQLITE_CONSTRAINT/,
    {
      code: "constraint-failed",
      retryable: false,
      says: () => "The database refused the row: it breaks a condition of its table.",
    },
  ],
];

/** What a trigger of td's says when it stops a write of another user's row. */
export const ANOTHERS_ROW = "td: the row belongs to another user";

const NOT_YOURS: Kind = {
  code: "not-allowed",
  retryable: false,
  says: (path) => `A statement would have written a row of another user in ${path}: it was stopped, and nothing of it was kept.`,
};

const OTHER: Kind = { code: "database-failed", retryable: false, says: (path) => `SQLite failed on ${path}: see the cause.` };

/** The driver's code of an error, `SQLITE_BUSY` or the like, or the empty text when it is not SQLite's. */
export function sqliteCode(error: unknown): string {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : "";
}

/** td's error for an error of the driver. An error that is not SQLite's is returned as it is. */
export function storageError(error: unknown, path: string): unknown {
  const driverCode = sqliteCode(error);
  if (driverCode === "" || !(error instanceof Error)) return error;
  const kind = error.message === ANOTHERS_ROW ? NOT_YOURS : (KINDS.find(([pattern]) => pattern.test(driverCode))?.[1] ?? OTHER);
  const constraint = constraintName(error.message);
  const detail = constraint === undefined ? "" : ` (${constraint})`;
  return new StorageError(kind.code, kind.says(path) + detail, {
    facts: { path, sqlite: driverCode, ...(constraint === undefined ? {} : { constraint }) },
    retryable: kind.retryable,
    cause: error,
  });
}

/** What SQLite names in "CHECK constraint failed: NAME" and its like. */
export function constraintName(message: string): string | undefined {
  return /constraint failed: (.+)$/.exec(message)?.[1];
}
