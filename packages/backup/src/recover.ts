// Finishes or undoes a restore that was interrupted, and undoes one that failed.
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { areaOf, withLock, type Area } from "./area.ts";
import { recoveryOf, undoMoves, type TreesOnDisk } from "./core/recovery.ts";
import { clearScratch } from "./create.ts";
import { exists, remove, moveDurably } from "./disk.ts";
import { removeDeadDrills } from "./drill-directory.ts";
import { asBackupError, BackupError } from "./errors.ts";
import { endJournal, placesOf, readJournal, writeJournal, type Journal, type Places } from "./journal.ts";
import { callHook, type Services } from "./services.ts";

/** What a recovery did. */
export interface RecoveryReport {
  /** `nothing`: no restore was interrupted. `forgotten`: it had touched nothing. `finished`: the new tree is in place. `rolled-back`: the old one is. */
  readonly outcome: "nothing" | "forgotten" | "finished" | "rolled-back";
  /** Where the old tree is, when the new one is in place. */
  readonly previous: string | null;
  /** Where a tree is that was taken out of place again, when there is one. */
  readonly failed: string | null;
}

/** Brings an interrupted restore to an end. Idempotent; services run afterwards. Throws `services-failed` when they do not. */
export async function recoverTree(area: Area, services: Services | undefined): Promise<RecoveryReport> {
  await removeDeadDrills(tmpdir());
  return withLock(area, () => recover(area, services)).catch((error: unknown) => {
    throw asBackupError(error, "a step of the recovery");
  });
}

async function recover(area: Area, services: Services | undefined): Promise<RecoveryReport> {
  const journal = await readJournal(area);
  await removeLeftovers(area, journal);
  if (journal === undefined) return { outcome: "nothing", previous: null, failed: null };
  switch (recoveryOf(journal.step, journal.hadLive, await treesOnDisk(placesOf(area, journal.id)))) {
    case "forget":
      await forget(area, journal, services);
      return { outcome: "forgotten", previous: null, failed: null };
    case "undo":
      await undo(area, journal, services);
      return rolledBack(area, journal);
    case "finish":
      return finish(area, journal, services);
  }
}

async function finish(area: Area, journal: Journal, services: Services | undefined): Promise<RecoveryReport> {
  const { previous } = placesOf(area, journal.id);
  try {
    await startServices(services);
  } catch {
    await undo(area, journal, services);
    return rolledBack(area, journal);
  }
  await endJournal(area);
  return { outcome: "finished", previous: journal.hadLive ? previous : null, failed: null };
}

async function rolledBack(area: Area, { id }: Journal): Promise<RecoveryReport> {
  const { failed } = placesOf(area, id);
  return { outcome: "rolled-back", previous: null, failed: (await exists(failed)) ? failed : null };
}

/** Ends a restore that has touched nothing. */
export async function forget(area: Area, journal: Journal, services: Services | undefined): Promise<void> {
  await remove(placesOf(area, journal.id).staged);
  if (journal.stopped) await startServices(services);
  await endJournal(area);
}

/** Puts the old tree back, starts the services, ends the journal. When it throws, the journal stands and the same call can be made again. */
export async function undo(area: Area, journal: Journal, services: Services | undefined): Promise<void> {
  const places = placesOf(area, journal.id);
  // Not needed for a safe way back, so a full disk does not stop it.
  await writeJournal(area, { ...journal, step: "undo" }).catch(() => undefined);
  if (undoMoves(journal.hadLive, await treesOnDisk(places)).length > 0) await callHook(services, "stop");
  for (;;) {
    const [move] = undoMoves(journal.hadLive, await treesOnDisk(places));
    if (move === undefined) break;
    if (move === "live-to-failed") await moveDurably(places.live, await freeFailed(places));
    else await moveDurably(places.previous, places.live);
  }
  if (journal.hadLive && !(await exists(places.live)))
    throw new BackupError("io-failed", `Neither ${places.live} nor ${places.previous} is there: something else moved them.`);
  await startServices(services);
  await remove(places.staged);
  await endJournal(area);
}

// More than one tree can fail in one restore: the new one, and one that the application made in the gap.
async function freeFailed({ failed }: Places): Promise<string> {
  for (let count = 1; ; count++) {
    const path = count === 1 ? failed : `${failed}-${count}`;
    if (!(await exists(path))) return path;
  }
}

/** Starts the services and asks for their health. */
export async function startServices(services: Services | undefined): Promise<void> {
  await callHook(services, "start");
  await callHook(services, "health");
}

async function treesOnDisk({ live, previous, staged }: Places): Promise<TreesOnDisk> {
  return { live: await exists(live), previous: await exists(previous), staged: await exists(staged) };
}

// Staged trees of restores that ended without a journal, and what a killed backup left; of a relocation also what its safety backup left beside the source.
async function removeLeftovers(area: Area, journal: Journal | undefined): Promise<void> {
  await clearScratch(area);
  if (journal?.from !== undefined) await clearSource(await areaOf(journal.from));
  await remove(`${area.journal}.new`);
  for (const name of await readdir(area.path))
    if (name.startsWith("staged-") && name !== `staged-${journal?.id}`) await remove(join(area.path, name));
}

// Needed for nothing, and cleared by the next relocation, too: a source that is gone or cannot be written stops no recovery.
async function clearSource(source: Area): Promise<void> {
  if (await exists(source.scratch)) await withLock(source, () => clearScratch(source)).catch(() => undefined);
}
