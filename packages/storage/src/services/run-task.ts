// Runs a task between two rows on record: that it began, and how it ended.
import { randomUUID } from "node:crypto";
import { readInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import type { Session } from "../session.ts";
import { serviceTaskExecutions } from "../tables/services.ts";
import { changeStatus, checkedName } from "./status.ts";
import type { TaskContext, TaskOptions, TaskOutcome } from "./types.ts";

/** How `work` ended, before it is on record. */
type Ending<R> =
  | { readonly status: "success"; readonly value: R }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "skipped"; readonly reason: string };

// What skip() throws: a task that catches it and goes on was not skipped.
class Skipped extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`The task was skipped: ${reason}`);
    this.reason = reason;
  }
}

/** Runs a task for the session's user. */
export async function runTask<R>(
  session: Session,
  name: string,
  work: (task: TaskContext) => Promise<R>,
  { service = "main", now = () => new Date() }: TaskOptions,
): Promise<TaskOutcome<R>> {
  if (session.inTransaction) {
    throw new StorageError(
      "not-allowed",
      "A task was to run inside a transaction, whose rollback would take its record back: run it outside.",
    );
  }
  const execution = { id: randomUUID(), service: checkedName("service", service), taskName: checkedName("name", name), executedAt: now() };
  await session.transaction(async (tx) => {
    await tx.repository(serviceTaskExecutions).insert({ ...execution, status: "running" });
    await changeStatus(tx, service, execution.executedAt, () => ({ lastTaskAt: execution.executedAt }));
  });
  let details: unknown = null;
  const begun = performance.now();
  const ending = await endingOf(work, {
    userId: session.userId,
    executionId: execution.id,
    skip: (reason) => {
      throw new Skipped(reason);
    },
    details: (given) => {
      details = given ?? null;
    },
  });
  const durationMs = Math.max(0, Math.round(performance.now() - begun));
  const ran = { executionId: execution.id, durationMs };
  try {
    await recordEnding(session, execution.id, service, ending, durationMs, details, laterOf(execution.executedAt, now()));
    return { ...ran, ...ending, recorded: true, recordError: undefined };
  } catch (recordError) {
    return { ...ran, ...ending, recorded: false, recordError };
  }
}

async function endingOf<R>(work: (task: TaskContext) => Promise<R>, task: TaskContext): Promise<Ending<R>> {
  try {
    return { status: "success", value: await work(task) };
  } catch (error) {
    return error instanceof Skipped ? { status: "skipped", reason: error.reason } : { status: "failed", error };
  }
}

async function recordEnding(
  session: Session,
  id: string,
  service: string,
  ending: Ending<unknown>,
  durationMs: number,
  details: unknown,
  at: string | Date,
): Promise<void> {
  const message = ending.status === "success" ? null : ending.status === "skipped" ? ending.reason : textOf(ending.error);
  await session.transaction(async (tx) => {
    await tx.repository(serviceTaskExecutions).update({ id }, { status: ending.status, durationMs, message, details });
    if (ending.status !== "failed") return;
    await changeStatus(tx, service, at, (status) => ({ errorCount: (status?.errorCount ?? 0) + 1, lastError: message, lastErrorAt: at }));
  });
}

// A clock that was set back in between must not break the order of a row's own times.
function laterOf(a: string | Date, b: string | Date): string | Date {
  return Number(readInstant(b)) < Number(readInstant(a)) ? a : b;
}

/** Characters of a failure that are kept. */
const MAX_TEXT = 2000;

function textOf(error: unknown): string {
  return spelled(error).replaceAll("\0", "").slice(0, MAX_TEXT).toWellFormed();
}

// Anything can be thrown, and not everything can be made a text: the end of the task goes on record all the same.
function spelled(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return "something was thrown that has no text";
  }
}
