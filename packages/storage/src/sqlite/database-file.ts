// Looks at a path before SQLite does, and makes the file of a new database: SQLite would write over a file of a few bytes,
// says less about what is wrong, and does not tell whether the file is its own making.
import { closeSync, openSync, readSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StorageError } from "../errors.ts";
import type { StorageErrorCode } from "../errors.ts";

/** The file of a database. */
export interface DatabaseFile {
  /** The absolute path with links resolved, so that one file has one lock. */
  readonly path: string;
  /** Whether the file was not there and has just been made, empty. */
  readonly made: boolean;
}

/** The file of a database, made empty when it is not there. Throws `cannot-open`, `not-a-database`, `read-only`, `disk-full`. */
export function databaseFile(file: string): DatabaseFile {
  const path = resolve(file);
  try {
    return inspect(path);
  } catch (error) {
    throw error instanceof StorageError ? error : fileError(path, error);
  }
}

function inspect(path: string): DatabaseFile {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    // Exclusive: when another process makes it at the same moment, this one fails with EEXIST instead of taking it for its own.
    closeSync(openSync(path, "wx"));
    return { path: realpathSync(path), made: true };
  }
  if (!stat.isFile()) throw cannotOpen(path, "it is not a file: give the path of a SQLite file or of a new one");
  if (!beginsLikeDatabase(path)) {
    throw new StorageError(
      "not-a-database",
      `The file ${path} is not a SQLite database. It was left as it is: give the path of a SQLite file or of a new one.`,
      {
        facts: { path },
      },
    );
  }
  return { path: realpathSync(path), made: false };
}

const MAGIC = "SQLite format 3\0";

/** Whether the file is empty, which makes a new database, or begins as every SQLite file does. */
function beginsLikeDatabase(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(MAGIC.length);
    const length = readSync(file, head, 0, MAGIC.length, 0);
    return length === 0 || head.toString("latin1") === MAGIC;
  } finally {
    closeSync(file);
  }
}

const SAYS: Readonly<Record<string, readonly [StorageErrorCode, (path: string) => string]>> = {
  ENOENT: ["cannot-open", (path) => `the folder ${dirname(path)} does not exist: create it first`],
  ENOTDIR: ["cannot-open", (path) => `${dirname(path)} is not a folder`],
  EACCES: ["cannot-open", () => "give this process permission to read and write the file and its folder"],
  EPERM: ["cannot-open", () => "give this process permission to read and write the file and its folder"],
  EROFS: ["read-only", () => "its disk is mounted read-only"],
  ENOSPC: ["disk-full", () => "its disk is full: free some space"],
  EEXIST: ["busy", () => "another process was making it at the same moment: try again"],
};

function fileError(path: string, error: unknown): StorageError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [kind, says] = SAYS[code] ?? ["cannot-open", () => String(error)];
  return new StorageError(kind, `The database ${path} cannot be opened: ${says(path)}.`, {
    facts: { path, system: code },
    retryable: kind === "busy" || kind === "disk-full",
    cause: error,
  });
}

/** The error for a path at which there can be no database. */
export function cannotOpen(path: string, why: string): StorageError {
  return new StorageError("cannot-open", `The database ${path} cannot be opened: ${why}.`, { facts: { path } });
}

/** A new database is one page long before its first table; a longer one, or one with a log, is also somebody else's by now. */
const FIRST_PAGE = 4096;

/** Removes a file that {@link databaseFile} has made, unless someone has put something into it. Never throws. */
export function removeMade({ path, made }: DatabaseFile): void {
  try {
    const size = (suffix: string): number => statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0;
    if (!made || size("") > FIRST_PAGE || size("-wal") > 0) return;
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
  } catch {
    // The error that led here is the one to report.
  }
}
