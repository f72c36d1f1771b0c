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
  /** 2 for a command line that makes no sense, 130 or 143 for a stop, 1 for all else. */
  readonly exitCode: number;
}

/** Told by name: importing td's classes here would load a database driver before the command line is read. */
const EXPLAINED = new Set(["InputError", "StorageError", "MigrateError"]);

/** Describes a failure. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof UsageError) return { code: "usage", message: `${error.message}\nSee --help for all options.`, exitCode: 2 };
  if (error instanceof Stopped)
    return { code: "stopped", message: "Stopped. What was done so far is kept; run the same command to go on.", exitCode: error.exitCode };
  if (!(error instanceof Error)) return unexpected(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code === undefined) return unexpected(error);
  // Node's own errors name the path and what was tried; the example's and td's say what to do.
  return EXPLAINED.has(error.name) || /^E[A-Z]+$/.test(code) ? { code, message: error.message, exitCode: 1 } : unexpected(error);
}

function unexpected(error: unknown): Failure {
  return { code: "unexpected", message: `This should not have happened: ${String(error)}`, exitCode: 1 };
}
