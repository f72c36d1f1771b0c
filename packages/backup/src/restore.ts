// Puts an archive in place of the tree: stage and check beside it, stop, two renames under a journal, start, and back again when anything fails.
import { randomBytes } from "node:crypto";
import { copyFile, lstat, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock, type Area } from "./area.ts";
import { anyMatcher } from "./core/glob.ts";
import type { Manifest } from "./core/manifest.ts";
import { parents } from "./core/names.ts";
import type { BackupProgress } from "./create.ts";
import { createFile, exists, makeDirectory, moveDurably, setMode, setOwner, syncDirectory, syncFile } from "./disk.ts";
import { asBackupError, BackupError } from "./errors.ts";
import { endJournal, placesOf, readJournal, writeJournal, type Journal, type Places } from "./journal.ts";
import { resolveLimits } from "./limits.ts";
import { onlyKeys, outcomeOf, throwIfAborted } from "./options.ts";
import { refuseObstacles, selectFiles, type PlanOptions } from "./plan-restore.ts";
import { databaseChecks } from "./database-checks.ts";
import { pending } from "./pending.ts";
import { readArchive, type ArchiveRead } from "./read-archive.ts";
import { forget, startServices, undo } from "./recover.ts";
import { callHook, type Services } from "./services.ts";
import type { VerifyReport } from "./verify.ts";
import { walkTree } from "./walk.ts";

/** How to restore. */
export interface RestoreOptions extends PlanOptions {
  /** Must be `separately` when the archive holds PostgreSQL databases: `restorePostgres` restores those, this call does not. */
  readonly postgres?: "separately";
  /**
   * What `verifyBackup` said about this archive, at level `databases` or `drill`. When it was good and the archive still has the SHA-256 that was
   * verified, its databases are not checked a second time. Anything else changes nothing: they are checked.
   */
  readonly verified?: Pick<VerifyReport, "ok" | "level" | "sha256">;
  /** Looks at the staged tree before anything is stopped; what it throws ends the restore. */
  readonly check?: (directory: string) => Promise<void>;
  /** Called often; keep it short. */
  readonly onProgress?: (progress: BackupProgress) => void;
}

/** A restore that was done. */
export interface RestoreReport {
  /** Id of the backup that is in place now. */
  readonly id: string;
  /** Number of files restored. */
  readonly files: number;
  /** Bytes of these files. */
  readonly totalBytes: number;
  /** Where the tree from before is, or nothing when there was none. `discardPrevious` removes it. */
  readonly previous: string | null;
}

/** Files that are flushed to the disk while others are unpacked: a disk flushes many as fast as one. */
const CLOSING = 16;

/** Restores an archive, wholly or not at all. Throws a refusal or failure before anything was touched, or `rolled-back`. */
export async function restoreArchive(
  area: Area,
  services: Services | undefined,
  file: string,
  options: RestoreOptions,
): Promise<RestoreReport> {
  onlyKeys(options, ["identities", "passphrase", "limits", "only", "postgres", "verified", "check", "signal", "onProgress"], "restore");
  throwIfAborted(options.signal, "The restore");
  return withLock(area, () => restore(area, services, file, options)).catch((error: unknown) => {
    throw asBackupError(error, "a step of the restore");
  });
}

async function restore(area: Area, services: Services | undefined, file: string, options: RestoreOptions): Promise<RestoreReport> {
  if ((await readJournal(area)) !== undefined)
    throw new BackupError("restore-pending", `A restore of ${area.root} was interrupted: call recover() first.`);
  const id = randomBytes(8).toString("hex");
  const hadLive = await exists(area.root);
  const staging = await writeJournal(area, { version: 1, id, step: "stage", hadLive, stopped: false, startedAt: new Date().toISOString() });
  const { manifest, files, totalBytes } = await staged(area, staging, file, options);
  await swapped(area, staging, services, options, manifest);
  return { id: manifest.id, files, totalBytes, previous: hadLive ? placesOf(area, id).previous : null };
}

/** Everything up to the moment when services must stop. Leaves nothing when it throws. */
async function staged(area: Area, journal: Journal, file: string, options: RestoreOptions): Promise<Unpacked> {
  const { staged: place } = placesOf(area, journal.id);
  try {
    const unpacked = await unpackChecked(area, place, file, options);
    await options.check?.(place);
    if (!merges(journal, options)) await finishTree(area, place);
    throwIfAborted(options.signal, "The restore");
    return unpacked;
  } catch (error) {
    await forget(area, journal, undefined).catch(() => undefined); // what is left is found by recover()
    throw outcomeOf(error, options.signal, "The restore");
  }
}

interface Unpacked {
  readonly manifest: Manifest;
  readonly files: number;
  readonly totalBytes: number;
}

// A database is checked as soon as its bytes are right, while others are unpacked; if it is to be checked at all, which the end of the archive tells.
async function unpackChecked(area: Area, place: string, file: string, options: RestoreOptions): Promise<Unpacked> {
  const { verified } = options;
  const vouched = verified?.ok === true && verified.level !== "hashes" ? verified.sha256 : null;
  const checks = databaseChecks(place, options);
  try {
    const found = vouched === null ? checks.add : (): void => undefined;
    const { read, wanted, totalBytes } = await unpack(area, place, file, options, found);
    if (vouched !== null && vouched !== read.sha256) checks.addAll(read.manifest, wanted);
    await checks.passed();
    return { manifest: read.manifest, files: wanted.size, totalBytes };
  } finally {
    await checks.close();
  }
}

async function unpack(
  area: Area,
  place: string,
  file: string,
  options: RestoreOptions,
  found: (database: string) => void,
): Promise<{ read: ArchiveRead; wanted: ReadonlyMap<string, string>; totalBytes: number }> {
  let wanted = new Map<string, string>();
  let databases = new Set<string>();
  let totalBytes = 0;
  const closing = pending(CLOSING);
  try {
    const read = await readArchive(file, options, resolveLimits(options.limits), {
      begin: async (manifest) => {
        const selected = selectFiles(manifest, options.only);
        refuseSelection(manifest, selected.length, options);
        await refuseObstacles(area, selected, options.only);
        wanted = new Map(selected.map(({ path, below }) => [path, below]));
        databases = new Set(manifest.databases.flatMap((record) => (record.engine === "sqlite" ? [record.path] : [])));
        totalBytes = selected.reduce((sum, { bytes }) => sum + bytes, 0);
        await makeDirectories(place, manifest, [...wanted.values()], options.only);
      },
      file: async (entry) => {
        const below = wanted.get(entry.path);
        if (below === undefined) return undefined;
        const out = await createFile(join(place, below), entry.modified);
        const close = (): Promise<void> => {
          if (databases.has(entry.path)) found(below); // its bytes are right, and need not be on the disk to be looked at
          return closing.add(out.close());
        };
        return { ...out, close };
      },
      progress: (doneBytes, path) => options.onProgress?.({ phase: "reading", path, doneBytes, totalBytes }),
    });
    await closing.all();
    return { read, wanted, totalBytes };
  } finally {
    await closing.settled();
  }
}

function refuseSelection({ databases }: Manifest, count: number, { only, postgres }: RestoreOptions): void {
  if (only !== undefined && count === 0) throw new BackupError("invalid-option", "Nothing in the archive matches `only`.");
  if (postgres !== "separately" && only === undefined && databases.some(({ engine }) => engine === "postgres"))
    throw new BackupError(
      "invalid-option",
      'The archive holds PostgreSQL databases, which are restored by restorePostgres: say postgres: "separately".',
    );
}

async function makeDirectories(
  place: string,
  { directories }: Manifest,
  files: readonly string[],
  only: readonly string[] | undefined,
): Promise<void> {
  await makeDirectory(place);
  const inScope = only === undefined ? () => true : anyMatcher(only);
  const empty = directories.flatMap((path) => (path.startsWith("data/") && inScope(path.slice(5)) ? [path.slice(5)] : []));
  for (const path of new Set([...empty, ...files.map((file) => dirname(file))])) await makeDirectory(join(place, path));
}

async function swapped(
  area: Area,
  journal: Journal,
  services: Services | undefined,
  options: RestoreOptions,
  manifest: Manifest,
): Promise<void> {
  const places = placesOf(area, journal.id);
  let step = journal;
  try {
    step = await writeJournal(area, { ...journal, step: "swap" });
    await callHook(services, "stop");
    if (merges(journal, options)) {
      await fillFromLive(places, options.only ?? [], manifest);
      await finishTree(area, places.staged);
    }
    if (journal.hadLive) await moveDurably(places.live, places.previous);
    await moveDurably(places.staged, places.live);
    step = await writeJournal(area, { ...journal, step: "start" });
    await startServices(services);
  } catch (cause) {
    await undo(area, step, services);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError(
      "rolled-back",
      `The restore failed and was rolled back; the tree from before is in place and the services run. ${why}`,
      { cause, retryable: true },
    );
  }
  await endJournal(area);
}

// Whether a part of the live tree is needed for the new one.
function merges({ hadLive }: Journal, { only }: RestoreOptions): boolean {
  return hadLive && only !== undefined;
}

// With `only`, everything else comes from the tree as it is now that the services have stopped. Copies, not links: a database written in place later
// would change the previous tree, too.
async function fillFromLive({ live, staged: place }: Places, only: readonly string[], manifest: Manifest): Promise<void> {
  const chosen = anyMatcher(only);
  const databases = new Set(manifest.databases.flatMap((record) => (record.engine === "sqlite" ? [record.path.slice(5)] : [])));
  const sidecar = (path: string): boolean =>
    /-(?:wal|shm|journal)$/.test(path) && databases.has(path.replace(/-\w+$/, "")) && chosen(path.replace(/-\w+$/, ""));
  const tree = await walkTree(live, (path) => chosen(path) || sidecar(path));
  if (tree.others.length > 0)
    throw new BackupError(
      "unsupported-file",
      `The tree holds what cannot be copied: ${tree.others[0]}. Remove it, or restore everything.`,
      { facts: { paths: tree.others.slice(0, 100) } },
    );
  for (const path of tree.directories) await makeDirectory(join(place, path));
  for (const { path } of tree.files) {
    await copyFile(join(live, path), join(place, path));
    await syncFile(join(place, path));
  }
}

// Bits, owner, and durable directories, deepest first: after this a power cut leaves the staged tree as it is.
async function finishTree(area: Area, place: string): Promise<void> {
  const tree = await walkTree(place);
  const owner = await ownerFor(area);
  for (const { path } of tree.files) {
    await setMode(join(place, path), 0o600);
    if (owner !== undefined) await setOwner(join(place, path), owner.uid, owner.gid);
  }
  const directories = [...tree.directories].sort((a, b) => parents(b).length - parents(a).length);
  for (const path of [...directories, ""]) {
    await setMode(join(place, path), 0o700);
    if (owner !== undefined) await setOwner(join(place, path), owner.uid, owner.gid);
    await syncDirectory(join(place, path));
  }
}

// Root restores for whoever owns the tree, or the directory that it will stand in.
async function ownerFor({ root }: Area): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = await lstat(root).catch(() => stat(dirname(root)));
  return uid === 0 && gid === 0 ? undefined : { uid, gid };
}
