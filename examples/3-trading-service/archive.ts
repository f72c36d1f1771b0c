// The old files go to data/archive/: moved, with a manifest, never deleted; and come back.
import { archiveSource, undoArchive, verifyArchive } from "@td/migrate";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { filesOf, type Survey } from "./survey.ts";
import type { Places } from "./places.ts";
import type { Work } from "./steps.ts";

/** What is in an archive. */
export interface ArchiveSummary {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

/** Moves what was imported and what nobody writes any more; the folder of the paper accounts as a whole. The pending orders stay as long as they are fed. */
export async function archiveFiles({ archive }: Places, survey: Survey, { signal, clock }: Work): Promise<void> {
  const own = filesOf(survey).filter(({ path, name }) => name.startsWith("data/") && path !== survey.pending?.path);
  const paths = [...own.map(({ path }) => path), ...(survey.paper.length === 0 ? [] : [join(survey.tree, "paper_trading")])];
  if (paths.length > 0) await archiveSource(paths, archive, { signal, now: () => clock.now() });
}

/** Moves the last file, once it is no longer fed. */
export async function archivePending({ lastArchive }: Places, path: string, { clock }: Work): Promise<void> {
  await archiveSource([path], lastArchive, { now: () => clock.now() });
}

/** Reads every archived file again. */
export async function archivesOf({ archive, lastArchive }: Places): Promise<readonly ArchiveSummary[]> {
  const there = [archive, lastArchive].filter(isArchived);
  return Promise.all(there.map(verifyArchive));
}

/** Whether a folder holds an archive, a finished or a begun one. */
export function isArchived(folder: string): boolean {
  return existsSync(join(folder, "manifest.json"));
}

/** Puts the files back where they were. The archive keeps its manifest, as a record. */
export async function bringBack({ archive }: Places, { clock }: Work): Promise<number> {
  return isArchived(archive) ? (await undoArchive(archive, { now: () => clock.now() })).files : 0;
}
