// One process runs an import at a time. A lock dies with its holder: at once on the same machine, else when it has given no sign of life for a while.
import { type Scope, StorageError } from "@td/storage";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { MigrateError } from "../errors.ts";
import { importLocks, importRuns, type ImportLockRow } from "./tables.ts";

/** How a lock is asked for. */
export interface LockRequest {
  /** The job's name. */
  readonly name: string;
  /** Milliseconds to wait for another holder. */
  readonly wait: number;
  /** Take it from a holder that is alive: it stops with `superseded`. */
  readonly takeOver: boolean;
  /** The clock. */
  readonly now: () => Date;
}

/** Milliseconds without a sign of life (a committed batch) after which a holder on another machine counts as gone. */
const LEASE = 60_000;
/** Milliseconds between two looks. */
const PAUSE = 100;

/** The locks of this process. */
const held = new Set<string>();

/** Runs `claim` in the transaction that takes the lock, and `work` with what it gave, while nobody else does. Throws `import-running`. */
export async function withLock<C, R>(
  scope: Scope,
  request: LockRequest,
  claim: (tx: Scope) => Promise<C & { readonly runId: string }>,
  work: (claimed: C) => Promise<R>,
): Promise<R> {
  const token = randomUUID();
  held.add(token);
  try {
    const claimed = await taken(scope, request, token, claim);
    return await work(claimed);
  } finally {
    held.delete(token);
    await release(scope, request.name, token);
  }
}

async function taken<C>(
  scope: Scope,
  request: LockRequest,
  token: string,
  claim: (tx: Scope) => Promise<C & { readonly runId: string }>,
): Promise<C> {
  for (let waited = 0; ; waited += PAUSE) {
    const outcome = await attempt(scope, request, token, claim);
    if ("claimed" in outcome) return outcome.claimed;
    if (waited >= request.wait) throw outcome.refused;
    await sleep(PAUSE);
  }
}

type Outcome<C> = { readonly claimed: C } | { readonly refused: MigrateError };

async function attempt<C>(
  scope: Scope,
  request: LockRequest,
  token: string,
  claim: (tx: Scope) => Promise<C & { readonly runId: string }>,
): Promise<Outcome<C>> {
  try {
    return await scope.transaction(async (tx) => {
      const lock = await tx.table(importLocks).get({ name: request.name });
      const alive = request.takeOver || lock === null ? null : await signOfLife(tx, lock, request.now());
      if (lock !== null && alive !== null) return { refused: running(lock, alive) };
      const mine = { token, host: hostname(), process: process.pid, since: request.now(), runId: null };
      if (lock === null) await tx.table(importLocks).insert({ name: request.name, ...mine });
      else await tx.table(importLocks).update({ name: request.name }, mine, { ifRevision: lock.revision });
      const claimed = await claim(tx);
      await tx.table(importLocks).update({ name: request.name }, { runId: claimed.runId });
      return { claimed };
    });
  } catch (error) {
    // Somebody else came at the same moment and was first.
    if (error instanceof StorageError && (error.code === "already-exists" || error.code === "revision-conflict"))
      return { refused: overtaken(request.name, error) };
    throw error;
  }
}

/** When the holder last gave a sign of life; `null` when nobody holds the lock, or nobody who still runs. */
async function signOfLife(tx: Scope, lock: ImportLockRow, now: Date): Promise<string | null> {
  if (lock.token === null) return null;
  const run = lock.runId === null ? null : await tx.table(importRuns).get({ runId: lock.runId });
  const last = run !== null && run.updatedAt > lock.since ? run.updatedAt : lock.since;
  if (lock.host === hostname()) return runsHere(lock) ? last : null;
  return now.getTime() - Date.parse(last) < LEASE ? last : null;
}

function runsHere({ token, process: id }: ImportLockRow): boolean {
  if (id === process.pid) return held.has(token ?? "");
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // The process is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function running({ name, host, process: id, since }: ImportLockRow, last: string): MigrateError {
  const message =
    `The import "${name}" is being run by process ${id} on ${host} since ${since} (last sign of life ${last}): ` +
    "wait for it ({ wait: milliseconds }), or take it over with { takeOver: true }; the other one then stops and loses nothing.";
  return new MigrateError("import-running", message, { facts: { name, host, process: id, since, last }, retryable: true });
}

function overtaken(name: string, cause: StorageError): MigrateError {
  const message = `Another process began the import "${name}" at the same moment: wait for it ({ wait: milliseconds }).`;
  return new MigrateError("import-running", message, { facts: { name }, retryable: true, cause });
}

/** Lets go of the lock, if it is still ours. A failure is left alone: the lock dies with the process. */
async function release(scope: Scope, name: string, token: string): Promise<void> {
  try {
    await scope.transaction(async (tx) => {
      const locks = tx.table(importLocks);
      if ((await locks.get({ name }))?.token === token) await locks.update({ name }, { token: null });
    });
  } catch {
    // What the import itself says matters more.
  }
}
