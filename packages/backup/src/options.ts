// Options are checked where they are given: an unknown one is an error, because a misspelt `recipients` must not make a plain archive.
import { asBackupError, BackupError } from "./errors.ts";

/** Throws `invalid-option` when the object has a key that is not among these. */
export function onlyKeys(value: object, allowed: readonly string[], what: string): void {
  const unknown = Object.keys(value).filter((key) => !allowed.includes(key));
  if (unknown.length > 0)
    throw new BackupError("invalid-option", `${what} has no option ${unknown.join(", ")}; it knows ${allowed.join(", ")}.`);
}

/** Throws `aborted` when the signal is. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw new BackupError("aborted", `${what} was aborted; nothing of it is left.`, { cause: signal.reason });
}

/** What a failed piece of work throws: `aborted` when the signal is, else the error as one of td's. */
export function outcomeOf(error: unknown, signal: AbortSignal | undefined, what: string): BackupError {
  if (signal?.aborted !== true) return asBackupError(error, `a step of ${what.toLowerCase()}`);
  return new BackupError("aborted", `${what} was aborted; nothing of it is left.`, { cause: signal.reason });
}
