// The trees that restores have put aside. They stay until the host says otherwise.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { withLock, type Area } from "./area.ts";
import { exists, remove } from "./disk.ts";
import { BackupError } from "./errors.ts";
import { readJournal } from "./journal.ts";

/** A tree that was put aside. */
export interface PreviousTree {
  /** Its id, for `discardPrevious`. */
  readonly id: string;
  /** `previous`: it was replaced by a restore. `failed`: it was taken out of place again when a restore was rolled back. */
  readonly kind: "previous" | "failed";
  /** Where it is. */
  readonly path: string;
  /** When it was put aside, UTC. */
  readonly since: string;
}

/** All trees that were put aside, oldest first. */
export async function listPrevious(area: Area): Promise<readonly PreviousTree[]> {
  const names = await readdir(area.path).catch(() => []);
  const trees = names.flatMap((name) => {
    const found = /^(previous|failed)-(.+)$/.exec(name);
    return found === null
      ? []
      : [{ id: name, kind: found[1] === "previous" ? ("previous" as const) : ("failed" as const), path: join(area.path, name) }];
  });
  const dated = await Promise.all(trees.map(async (tree) => ({ ...tree, since: (await stat(tree.path)).ctime.toISOString() })));
  return dated.sort((a, b) => (a.since < b.since ? -1 : 1));
}

/** Removes a tree that was put aside. Throws `not-found`, and `restore-pending` while it may still be needed. */
export async function removePrevious(area: Area, id: string): Promise<void> {
  await withLock(area, async () => {
    if ((await readJournal(area)) !== undefined)
      throw new BackupError("restore-pending", `A restore of ${area.root} was interrupted: call recover() first.`);
    const path = join(area.path, id);
    if (!/^(previous|failed)-[0-9a-f-]+$/.test(id) || !(await exists(path)))
      throw new BackupError("not-found", `No tree was put aside under the id ${JSON.stringify(id)}.`);
    await remove(path);
  });
}
