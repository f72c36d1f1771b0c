// Makes folders, and takes back what a failed run made.
import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";

/** Makes a folder and its parents; returns the first one that had to be made, `null` when all were there. */
export function makeFolder(path: string): string | null {
  return mkdirSync(path, { recursive: true }) ?? null;
}

/** Removes an SQLite database that holds nothing yet, with its side files, and the folders that were made for it if they are empty. */
export function takeBack(database: string, firstMade: string | null): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(database + suffix, { force: true });
  removeEmpty(dirname(database), firstMade);
}

/** Removes the folders from `folder` up to the first one that was made, as far as they are empty. */
export function removeEmpty(folder: string, firstMade: string | null): void {
  if (firstMade === null || folder.length < firstMade.length) return;
  try {
    rmdirSync(folder);
  } catch {
    return; // not empty: somebody else uses it
  }
  removeEmpty(dirname(folder), firstMade);
}
