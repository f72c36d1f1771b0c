// One writer at a time for a file: a queue within the process, and between processes a lock of the operating system, which ends with its holder.
import type { Database } from "better-sqlite3";
import { setTimeout as sleep } from "node:timers/promises";
import { MigrateError } from "../errors.ts";
import { openLegacySqlite } from "./open-legacy-sqlite.ts";

/** How writers of a file keep out of each other's way. */
export interface FileLock {
  /** Milliseconds to wait for another process before `store-busy`. Default 5000. */
  readonly timeoutMs: number;
  /** `false`: no other process writes the file, so no lock file is made beside it. Default true. */
  readonly betweenProcesses: boolean;
}

const queues = new Map<string, Promise<unknown>>();
const locks = new Map<string, Promise<Database>>();

/** Runs `work` while nobody else runs it for the same path. Throws `store-busy`. */
export function withFileLock<R>(path: string, lock: FileLock, work: () => Promise<R>): Promise<R> {
  const before = queues.get(path) ?? Promise.resolve();
  const run = before.then(() => (lock.betweenProcesses ? betweenProcesses(path, lock.timeoutMs, work) : work()));
  const settled = run.catch(() => undefined).then(() => void (queues.get(path) === settled && queues.delete(path)));
  queues.set(path, settled);
  return run;
}

// SQLite takes POSIX locks on a file of no bytes: they end when the process ends, however it ends, and nothing stale is ever left behind.
async function betweenProcesses<R>(path: string, timeoutMs: number, work: () => Promise<R>): Promise<R> {
  const opening = locks.get(path) ?? openLegacySqlite(`${path}.td-lock`, { create: true });
  locks.set(path, opening);
  const database = await opening.catch((error: unknown) => {
    locks.delete(path);
    throw error;
  });
  await begin(database, path, timeoutMs);
  try {
    return await work();
  } finally {
    database.exec("rollback");
  }
}

async function begin(database: Database, path: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 1; !tryBegin(database, "exclusive"); pause = Math.min(pause * 2, 20)) {
    if (performance.now() >= deadline) throw busy(path, timeoutMs);
    await sleep(pause);
  }
}

/** Begins a transaction unless another process holds the file. */
export function tryBegin(database: Database, mode: "exclusive" | "immediate"): boolean {
  try {
    database.exec(`begin ${mode}`);
    return true;
  } catch (error) {
    if (String((error as { readonly code?: unknown }).code).startsWith("SQLITE_BUSY")) return false;
    throw error;
  }
}

/** Another process held something for longer than was waited. */
export function busy(name: string, timeoutMs: number): MigrateError {
  return new MigrateError(
    "store-busy",
    `${name} was held by another process for more than ${timeoutMs} ms: nothing was written; try again.`,
    {
      facts: { store: name, timeoutMs },
      retryable: true,
    },
  );
}
