// Moves what has been migrated out of the way, never deletes it, and can put it back.
import { mkdir, readFile, readdir, rename, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ARCHIVE_FORMAT, readManifest, samePaths, writeManifest } from "../core/archive-plan.ts";
import type { ArchiveManifest } from "../core/archive-plan.ts";
import { MigrateError } from "../errors.ts";
import { errnoOf, sha256Of, statOf, syncFolder, writeDurably } from "./durable.ts";
import { moveFile } from "./move-file.ts";
import { MANIFEST_NAME, survey } from "./survey.ts";

/** How an archive is made or undone. */
export interface ArchiveOptions {
  /** Stops between two files with the signal's reason; the same call goes on from there. */
  readonly signal?: AbortSignal;
  /** Told after each file how many are where they belong. */
  readonly onProgress?: (progress: { readonly files: number; readonly of: number }) => void;
  /** The clock, for the manifest. Default the system's. */
  readonly now?: () => Date;
}

/** What became of an archive. */
export interface ArchiveReport {
  /** The folder, absolute. */
  readonly folder: string;
  /** The manifest's path; after an undo, the path under which it was kept. */
  readonly manifest: string;
  /** How many files it lists. */
  readonly files: number;
  /** Their size in bytes. */
  readonly bytes: number;
  /** Whether an earlier call had begun. */
  readonly resumed: boolean;
  /** Folders among the sources that still hold something which the manifest does not list, and therefore stay. */
  readonly left: readonly string[];
}

/**
 * Moves files and folders into the folder `to`, which is made, and lists each with its SHA-256 in `to/manifest.json`. On one device a file
 * keeps its inode; across devices it is copied, flushed, read back and only then taken away. A SQLite database takes its `-wal` with it. Stop
 * what writes to the files first: a file that changes on the way stays, with `source-changed`. Killed at any moment, the same call goes on;
 * when everything is done already it changes nothing.
 *
 * Throws `source-missing`, `source-not-a-file`, `source-changed`, `archive-conflict` instead of overwriting anything, `archive-mismatch`,
 * `invalid-option`.
 */
export async function archiveSource(paths: string | readonly string[], to: string, options: ArchiveOptions = {}): Promise<ArchiveReport> {
  const folder = resolve(to);
  const sources = [...new Set([paths].flat().map((path) => resolve(path)))].toSorted();
  if (sources.length === 0) throw new MigrateError("invalid-option", "archiveSource: give at least one path.");
  const begun = await manifestIn(folder);
  if (begun !== undefined) await refuseOther(folder, begun, sources);
  const manifest = begun ?? (await begin(folder, sources, options.now ?? (() => new Date())));
  if (manifest.state === "moving") await moveAll(folder, manifest, "in", options);
  const left = await removeEmpty(manifest.folders);
  if (manifest.state === "moving") await keep(folder, { ...manifest, state: "complete" });
  return reportOf(folder, manifest, { resumed: begun !== undefined, left });
}

/**
 * Puts every file of an archive back where it was, after a check of its SHA-256; nothing that has appeared there since is overwritten. The
 * manifest stays in the archive under another name. Killed at any moment, the same call goes on. It also takes back an archive that was
 * begun and not finished.
 *
 * Throws `not-an-archive`, `archive-conflict`, `archive-mismatch`.
 */
export async function undoArchive(folder: string, options: ArchiveOptions = {}): Promise<ArchiveReport> {
  const place = resolve(folder);
  const manifest = await requireManifest(place);
  if (manifest.state !== "undoing") await keep(place, { ...manifest, state: "undoing" });
  for (const path of manifest.folders.toReversed()) await mkdir(path, { recursive: true });
  await moveAll(place, manifest, "out", options);
  const kept = await freeName(place);
  await rename(join(place, MANIFEST_NAME), kept);
  await syncFolder(place);
  return { ...reportOf(place, manifest, { resumed: manifest.state === "undoing", left: [] }), manifest: kept };
}

/** Reads every file of an archive again. Throws `archive-mismatch` for one that is missing or altered, `not-an-archive`. */
export async function verifyArchive(folder: string): Promise<ArchiveReport> {
  const place = resolve(folder);
  const manifest = await requireManifest(place);
  for (const { to, sha256 } of manifest.files) {
    const path = join(place, to);
    if ((await statOf(path)) !== undefined && (await sha256Of(path)) === sha256) continue;
    throw new MigrateError("archive-mismatch", `${path} is missing or not what the manifest lists: restore it from a backup.`, {
      facts: { path },
    });
  }
  return reportOf(place, manifest, { resumed: false, left: [] });
}

async function manifestIn(folder: string): Promise<ArchiveManifest | undefined> {
  const path = join(folder, MANIFEST_NAME);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const manifest = readManifest(text);
  if (manifest !== undefined) return manifest;
  throw new MigrateError(
    "not-an-archive",
    `${path} is not a manifest that this version of td can read: take another folder, or the version that wrote it.`,
    {
      facts: { path },
    },
  );
}

async function requireManifest(folder: string): Promise<ArchiveManifest> {
  const manifest = await manifestIn(folder);
  if (manifest !== undefined) return manifest;
  throw new MigrateError("not-an-archive", `There is no ${MANIFEST_NAME} in ${folder}: give the folder that archiveSource was given.`, {
    facts: { path: folder },
  });
}

async function begin(folder: string, sources: readonly string[], now: () => Date): Promise<ArchiveManifest> {
  const { files, folders } = await survey(sources, folder);
  for (const { to } of files) {
    if ((await statOf(join(folder, to))) === undefined) continue;
    throw new MigrateError("archive-conflict", `${join(folder, to)} is there already: nothing was moved. Take another folder.`, {
      facts: { path: join(folder, to) },
    });
  }
  const manifest = { format: ARCHIVE_FORMAT, state: "moving", begun: now().toISOString(), sources, folders, files } as const;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
  await keep(folder, manifest);
  return manifest;
}

// An archive is one set of sources: another set, or sources that are there again, would mix with what it lists.
async function refuseOther(folder: string, { sources, state }: ArchiveManifest, asked: readonly string[]): Promise<void> {
  const facts = { path: folder, state };
  if (state === "undoing")
    throw new MigrateError("archive-conflict", `${folder} is being undone: call undoArchive to finish that first.`, { facts });
  const back = state === "complete" ? await firstThere(sources) : undefined;
  if (samePaths(sources, asked) && back === undefined) return;
  const why = back === undefined ? "holds other sources" : `is complete, and ${back} is there again`;
  throw new MigrateError("archive-conflict", `${folder} ${why}: nothing was moved. Take another folder.`, { facts });
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if ((await statOf(path))?.isFile() === true) return path;
  return undefined;
}

async function moveAll(
  folder: string,
  { files }: ArchiveManifest,
  way: "in" | "out",
  { signal, onProgress }: ArchiveOptions,
): Promise<void> {
  let done = 0;
  for (const { from, to, sha256 } of files) {
    signal?.throwIfAborted();
    const inside = join(folder, to);
    await moveFile(way === "in" ? { from, to: inside, sha256, way } : { from: inside, to: from, sha256, way });
    onProgress?.({ files: ++done, of: files.length });
  }
}

/** Takes emptied folders away; gives those that are not empty. */
async function removeEmpty(folders: readonly string[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const path of folders) {
    if ((await statOf(path)) === undefined) continue;
    if ((await readdir(path)).length > 0) left.push(path);
    else await rmdir(path);
  }
  return left;
}

function keep(folder: string, manifest: ArchiveManifest): Promise<void> {
  return writeDurably(join(folder, MANIFEST_NAME), writeManifest(manifest));
}

async function freeName(folder: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = join(folder, `manifest-undone-${number}.json`);
    if ((await statOf(path)) === undefined) return path;
  }
}

function reportOf(folder: string, { files }: ArchiveManifest, call: Pick<ArchiveReport, "resumed" | "left">): ArchiveReport {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { folder, manifest: join(folder, MANIFEST_NAME), files: files.length, bytes, ...call };
}
