// The journal of a restore: one small file, replaced atomically before each step that changes what a crash would leave.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Area } from "./area.ts";
import type { RestoreStep } from "./core/recovery.ts";
import { remove, replaceFile, syncDirectory } from "./disk.ts";
import { asBackupError, BackupError, errnoOf } from "./errors.ts";

/** What the journal says. */
export interface Journal {
  readonly version: 1;
  /** Id of the restore; part of the names of its trees. */
  readonly id: string;
  /** How far it is. */
  readonly step: RestoreStep;
  /** Whether there was a tree before. */
  readonly hadLive: boolean;
  /** Whether services were stopped before the first step: a relocation copies what must not change. */
  readonly stopped: boolean;
  /** When the restore began, UTC. */
  readonly startedAt: string;
  /** Of a relocation: the legacy tree, beside which its safety backup works. */
  readonly from?: string;
}

/** Where the trees of a restore are. */
export interface Places {
  /** The tree under its own name. */
  readonly live: string;
  /** The new tree before it is in place. */
  readonly staged: string;
  /** The old tree afterwards. */
  readonly previous: string;
  /** A new tree that was taken out of place again. */
  readonly failed: string;
}

/** The places of a restore with this id. */
export function placesOf(area: Area, id: string): Places {
  return {
    live: area.root,
    staged: join(area.path, `staged-${id}`),
    previous: join(area.path, `previous-${id}`),
    failed: join(area.path, `failed-${id}`),
  };
}

/** The journal of the restore that is not done, or nothing. Throws `version-mismatch` for one of another version. */
export async function readJournal(area: Area): Promise<Journal | undefined> {
  const text = await readFile(area.journal, "utf8").catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw asBackupError(error, "to read the journal of a restore");
  });
  if (text === undefined) return undefined;
  const journal = JSON.parse(text) as Journal;
  if (journal.version !== 1)
    throw new BackupError("version-mismatch", `${area.journal} was written by another version of td: recover with that one.`);
  return journal;
}

/** Makes the step durable. */
export async function writeJournal(area: Area, journal: Journal): Promise<Journal> {
  await replaceFile(area.journal, JSON.stringify(journal));
  return journal;
}

/** Says that the restore is done, one way or the other. */
export async function endJournal(area: Area): Promise<void> {
  await remove(area.journal);
  await syncDirectory(area.path);
}
