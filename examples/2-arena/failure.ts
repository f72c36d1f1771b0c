// One clear sentence and an exit code for whatever went wrong.

/** A command line that makes no sense; its message says what does. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** An input that this example cannot use; its message says what to do. */
export class InputError extends Error {
  override readonly name = "InputError";
  /** Which kind of trouble, for programs. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The run was asked to stop; what it had begun can be gone on with. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  /** 130 for Ctrl-C. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("stopped");
    this.exitCode = exitCode;
  }
}

/** What is told about a failure. */
export interface Failure {
  /** For programs. */
  readonly code: string;
  readonly message: string;
  /** 2 for a command line that makes no sense, 1 for all else. */
  readonly exitCode: 1 | 2;
}

const ERRNO: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full. Free some space, or choose another place with --out, then run the same command again.",
  EACCES: "Permission denied. Choose a folder that you may write to with --out, or change its permissions.",
  EROFS: "The file system is read-only. Choose another place with --out.",
  ENOTDIR: "Part of the path is a file, not a folder. Check it.",
  ENOENT: "No such file or folder. Check the path.",
};

/** Told by name: importing td's classes here would load a database driver before the command line is read. */
const EXPLAINED = new Set(["InputError", "StorageError", "MigrateError"]);

/** Describes a failure; `null` for one that nobody foresaw. */
export function describeFailure(error: unknown): Failure | null {
  if (error instanceof UsageError) return { code: "usage", message: `${error.message}\nSee --help for all options.`, exitCode: 2 };
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  if (EXPLAINED.has(error.name)) return { code: error.code, message: error.message, exitCode: 1 };
  const advice = ERRNO[error.code];
  if (advice === undefined) return null;
  const path = "path" in error && typeof error.path === "string" ? `${error.path}: ` : "";
  return { code: error.code, message: path + advice, exitCode: 1 };
}
