// Runs a job for many users: each in a scope of its own, so that what fails for one has no effect on another.
import { StorageError } from "../errors.ts";
import type { Scope } from "../scope.ts";

/** How a job for many users runs. */
export interface EachUserOptions {
  /** The users; default all that have rows. */
  readonly users?: Iterable<string>;
  /** Users served at once, 1 to 100; default 1. */
  readonly concurrency?: number;
  /** Stops before the next user; those under way finish, the rest is counted as skipped. */
  readonly signal?: AbortSignal;
}

/** A user whose job failed. */
export interface UserFailure {
  /** The user. */
  readonly userId: string;
  /** What the job threw. */
  readonly error: unknown;
}

/** What became of a job for many users: done + failed + skipped = users. */
export interface EachUserReport {
  /** Users it was to run for. */
  readonly users: number;
  /** Users for whom it ran to its end. */
  readonly done: number;
  /** Users for whom it failed, in the order of failing. */
  readonly failed: readonly UserFailure[];
  /** Users whose turn did not come before the signal. */
  readonly skipped: number;
}

/** Runs a job for each of the users. Throws `bad-request`; what the job throws is in the report. */
export async function forEachUser(
  users: readonly string[],
  scopeOf: (userId: string) => Scope,
  job: (me: Scope) => Promise<unknown>,
  { concurrency = 1, signal }: EachUserOptions,
): Promise<EachUserReport> {
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100) {
    throw new StorageError("bad-request", "concurrency is an integer from 1 to 100.");
  }
  const failed: UserFailure[] = [];
  let [next, done] = [0, 0];
  const work = async (): Promise<void> => {
    for (;;) {
      const userId = signal?.aborted === true ? undefined : users[next++];
      if (userId === undefined) return;
      try {
        await job(scopeOf(userId));
        done++;
      } catch (error) {
        failed.push({ userId, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, users.length) }, work));
  return { users: users.length, done, failed, skipped: users.length - done - failed.length };
}
