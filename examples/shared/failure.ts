// One clear sentence and an exit code for whatever went wrong.

/** An input that an example cannot use; its message says what to do. */
export class InputError extends Error {
  override readonly name = "InputError";
  /** Which kind of trouble, for programs. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A command line that makes no sense; its message says what does. */
export class UsageError extends Error {
  override readonly name = "UsageError";
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
  /** Nobody foresaw it: its stack may help. */
  readonly isUnexpected: boolean;
}

/** What to do about an error of the operating system; `out` names the options that choose a place. */
const ERRNO: Readonly<Record<string, (out: string) => string>> = {
  ENOSPC: (out) => `The disk is full. Free some space, or choose another place with ${out}, then run the same command again.`,
  EDQUOT: (out) => `Your disk quota is used up. Free some space, or choose another place with ${out}, then run the same command again.`,
  EFBIG: (out) => `A file may not grow any larger here. Choose another place with ${out}, then run the same command again.`,
  EACCES: () => "Permission denied. Choose a folder that you may write to with --out, or change its permissions.",
  EPERM: () => "Operation not permitted. Choose a folder that you may write to with --out, or change its permissions.",
  EROFS: (out) => `The file system is read-only. Choose another place with ${out}.`,
  ENOTDIR: (out) => `Part of the path is a file, not a folder. Choose another place with ${out}.`,
  EEXIST: (out) => `A file is in the way of a folder. Choose another place with ${out}.`,
  ENOTEMPTY: () => "A folder with other content is in the way. Move it, or choose another place with --out.",
  ENOENT: () => "No such file or folder. Check the path.",
  ENAMETOOLONG: (out) => `The path is too long. Choose a shorter one with ${out}.`,
  ELOOP: (out) => `The path's links lead in a circle. Choose another place with ${out}.`,
};

/** Told by name: importing td's classes here would load a database driver before the command line is read. */
const EXPLAINED = new Set(["InputError", "FifoError", "StorageError", "MigrateError"]);

/** Describes a failure. `out` names the options that choose where a run writes. */
export function describeFailure(error: unknown, out = "--out"): Failure {
  if (error instanceof UsageError) return told("usage", `${error.message}\nSee --help for all options.`, 2);
  if (error instanceof Stopped) return told("stopped", "stopped; run the same command to go on", error.exitCode);
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    if (EXPLAINED.has(error.name)) return told(error.code, error.message, 1);
    const advice = ERRNO[error.code];
    if (advice !== undefined) return told(error.code, `${pathOf(error)}${advice(out)}`, 1);
  }
  return { code: "unexpected", message: `This should not have happened: ${String(error)}`, exitCode: 1, isUnexpected: true };
}

function told(code: string, message: string, exitCode: number): Failure {
  return { code, message, exitCode, isUnexpected: false };
}

function pathOf(error: Error): string {
  return "path" in error && typeof error.path === "string" ? `${error.path}: ` : "";
}
