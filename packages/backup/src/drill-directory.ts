// Where a verification unpacks: a private directory that the next one can tell to be left over, when its process was killed.
import { randomBytes } from "node:crypto";
import { lstat, readdir, rename, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { exists, makeDirectory, remove } from "./disk.ts";

/** A directory for unpacked files. */
export interface DrillDirectory {
  /** Where it is. */
  readonly path: string;
  /** Removes it. Never throws. */
  readonly done: () => Promise<void>;
}

const NAME = /^td-drill-[0-9a-f]{16}$/;

/** Makes a directory in `place`, mode 700. It is locked until `done`, or until this process ends, however it ends. */
export async function drillDirectory(place: string): Promise<DrillDirectory> {
  const id = randomBytes(8).toString("hex");
  const path = join(place, `td-drill-${id}`);
  // It has its name only once it is locked: under that name, one without a lock is always left over.
  const fresh = join(place, `td-drill-new-${id}`);
  await makeDirectory(fresh);
  try {
    const lock = takeLock(fresh);
    await rename(fresh, path);
    return {
      path,
      done: async () => {
        await empty(path).catch(() => undefined);
        lock.close();
      },
    };
  } catch (error) {
    await remove(fresh).catch(() => undefined);
    throw error;
  }
}

/** Removes the directories of verifications whose process is dead: they may hold decrypted credentials. Never throws. */
export async function removeDeadDrills(place: string): Promise<void> {
  const names = (await readdir(place).catch(() => [])).filter((name) => NAME.test(name));
  for (const name of names) await removeIfDead(join(place, name)).catch(() => undefined);
}

async function removeIfDead(path: string): Promise<void> {
  // In a directory that all may write, another account's directory under such a name is no business of ours.
  const { uid, mode } = await lstat(path);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) return;
  // The lock goes last, with everything else gone.
  if (!(await exists(join(path, "lock")))) return rmdir(path);
  const lock = takeLock(path);
  await empty(path).finally(() => lock.close());
}

async function empty(path: string): Promise<void> {
  for (const name of await readdir(path)) if (name !== "lock") await remove(join(path, name));
  await remove(path);
}

// Throws while another process, or another call of this one, has it. The system lets go of it with the process.
function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, "lock"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
