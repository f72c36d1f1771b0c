// The work area of a tree: a private directory beside it, on the same file system, for the lock, the journal, staged and previous trees.
import { DatabaseSync } from "node:sqlite";
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { BackupError, asBackupError, errnoOf } from "./errors.ts";
import { makeDirectory, setMode } from "./disk.ts";

/** Places in the work area of one tree. */
export interface Area {
  /** The tree itself, links resolved. */
  readonly root: string;
  /** The work area: `.NAME.td` beside the tree. */
  readonly path: string;
  /** Held while something works on the tree. */
  readonly lock: string;
  /** Says how far a restore is. */
  readonly journal: string;
  /** Copies of databases while a backup is made; emptied by the next one. */
  readonly scratch: string;
}

/** The area of a tree, which need not exist yet. */
export async function areaOf(root: string): Promise<Area> {
  const real = await realpath(resolve(root)).catch(async (error: unknown) => {
    if (errnoOf(error) !== "ENOENT") throw asBackupError(error, `to look at ${root}`);
    return join(await realpath(dirname(resolve(root))).catch(() => dirname(resolve(root))), basename(resolve(root)));
  });
  if (dirname(real) === real) throw new BackupError("invalid-option", "The root of the file system cannot be backed up as a tree.");
  const path = join(dirname(real), `.${basename(real)}.td`);
  return { root: real, path, lock: join(path, "lock"), journal: join(path, "journal.json"), scratch: join(path, "scratch") };
}

/**
 * Runs `work` while this process alone works on the tree. Throws `busy` when another one does.
 *
 * The lock is that of a SQLite file of our own: the system releases it when the process dies, however it dies.
 */
export async function withLock<T>(area: Area, work: () => Promise<T>): Promise<T> {
  await makeDirectory(area.path);
  await setMode(area.path, 0o700);
  const lock = takeLock(area);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

function takeLock(area: Area): DatabaseSync {
  const database = new DatabaseSync(area.lock, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (cause) {
    database.close();
    throw new BackupError("busy", `Another backup, restore or recovery works on ${area.root}: wait for it.`, {
      facts: { root: area.root },
      retryable: true,
      cause,
    });
  }
}
