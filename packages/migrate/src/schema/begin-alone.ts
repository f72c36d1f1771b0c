// Waits for the transaction that only one migrator can have.
import { setTimeout as sleep } from "node:timers/promises";
import { MigrateError } from "../errors.ts";
import type { Session } from "./session.ts";

/** Longest pause, in milliseconds, between two tries. */
const MAX_PAUSE = 200;

/** Begins the transaction that no other migrator is in. Polls, so that nobody who waits holds anything. Throws `locked` with the holder. */
export async function beginAlone(session: Session, doing: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 5; !(await session.tryBegin(doing)); pause = Math.min(pause * 2, MAX_PAUSE)) {
    signal?.throwIfAborted();
    if (performance.now() >= deadline) throw locked(session.path, await session.holder());
    await sleep(pause);
  }
}

function locked(path: string, holder: string): MigrateError {
  return new MigrateError(
    "locked",
    `${path} is being migrated or written by ${holder}: wait until it has finished, or end it, and try again.`,
    {
      facts: { path, holder },
      retryable: true,
    },
  );
}
