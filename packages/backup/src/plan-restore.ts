// What a restore would do, without doing it: read the manifest, compare it with the tree, look at the space.
import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Area } from "./area.ts";
import { anyMatcher } from "./core/glob.ts";
import type { Manifest, ManifestFile } from "./core/manifest.ts";
import { exists } from "./disk.ts";
import type { Envelope } from "./encrypt.ts";
import { BackupError } from "./errors.ts";
import { resolveLimits } from "./limits.ts";
import { outcomeOf } from "./options.ts";
import { peekManifest, type ReadOptions } from "./read-archive.ts";
import { hashFile } from "./read-file.ts";
import { withSqlite } from "./sqlite.ts";
import { walkTree } from "./walk.ts";

/** How to plan a restore. */
export interface PlanOptions extends ReadOptions {
  /** Patterns over paths below the root: only these are restored, everything else stays. */
  readonly only?: readonly string[];
}

/** What a restore would do. */
export interface RestorePlan {
  /** Id of the backup. */
  readonly id: string;
  /** When the backup was made, UTC. */
  readonly createdAt: string;
  /** How the archive is encrypted. */
  readonly envelope: Envelope;
  /** Files that are in the archive and not in the tree. */
  readonly added: readonly string[];
  /** Files that differ. Databases are always here: a live one is not opened for a plan. */
  readonly replaced: readonly string[];
  /** Files that are the same. */
  readonly unchanged: readonly string[];
  /** Files of the tree that are not in the archive; afterwards they are only in the previous tree. */
  readonly removed: readonly string[];
  /** Names of PostgreSQL databases in the archive; `restorePostgres` restores those. */
  readonly postgres: readonly string[];
  /** Bytes that the restore needs beside the tree. */
  readonly neededBytes: number;
  /** Bytes that are free there. */
  readonly freeBytes: number;
  /** Why the restore would be refused now; empty when it would not. */
  readonly obstacles: readonly string[];
}

/** The files of the archive that belong into the tree, with their paths below the root. */
export function selectFiles(
  manifest: Manifest,
  only: readonly string[] | undefined,
): readonly (ManifestFile & { readonly below: string })[] {
  const wanted = only === undefined ? () => true : anyMatcher(only);
  return manifest.files.flatMap((file) =>
    file.path.startsWith("data/") && wanted(file.path.slice(5)) ? [{ ...file, below: file.path.slice(5) }] : [],
  );
}

/** Plans a restore. Throws what reading the manifest refuses; what would stop the restore itself is in `obstacles`. */
export async function planRestoreOf(area: Area, file: string, options: PlanOptions): Promise<RestorePlan> {
  try {
    const { manifest, envelope } = await peekManifest(file, options, resolveLimits(options.limits));
    const selected = selectFiles(manifest, options.only);
    const changes = await compare(area.root, selected, options);
    const { neededBytes, freeBytes } = await space(area, selected, options.only);
    return {
      id: manifest.id,
      createdAt: manifest.createdAt,
      envelope,
      ...changes,
      postgres: manifest.databases.flatMap((record) => (record.engine === "postgres" ? [record.name] : [])),
      neededBytes,
      freeBytes,
      obstacles: [
        ...(await replaceObstacles(area)),
        ...(freeBytes < neededBytes ? [`${neededBytes} bytes are needed, ${freeBytes} are free`] : []),
        ...(selected.length === 0 ? ["nothing is selected"] : []),
      ],
    };
  } catch (error) {
    throw outcomeOf(error, options.signal, "The plan");
  }
}

/** What the restore needs beside the tree: the selected files, and with `only` a copy of all others. */
async function space(
  area: Area,
  selected: readonly ManifestFile[],
  only: readonly string[] | undefined,
): Promise<{ readonly neededBytes: number; readonly freeBytes: number }> {
  const kept = only === undefined || !(await exists(area.root)) ? [] : (await walkTree(area.root, anyMatcher(only))).files;
  const neededBytes = [...selected, ...kept].reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(dirname(area.root));
  return { neededBytes, freeBytes: bavail * bsize };
}

/** Why the tree cannot be swapped by renaming. */
async function replaceObstacles({ root }: Area): Promise<readonly string[]> {
  const parent = dirname(root);
  const writable = await access(parent, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const [tree, above] = await Promise.all([stat(root).catch(() => undefined), stat(parent).catch(() => undefined)]);
  return [
    ...(writable ? [] : [`${parent} cannot be written`]),
    ...(tree !== undefined && tree.dev !== above?.dev ? [`${root} is a mount point: put the tree into a directory of it`] : []),
    ...(tree !== undefined && !tree.isDirectory() ? [`${root} is not a directory`] : []),
  ];
}

/** Throws `not-replaceable` or `no-space`. */
export async function refuseObstacles(area: Area, selected: readonly ManifestFile[], only: readonly string[] | undefined): Promise<void> {
  const [obstacle] = await replaceObstacles(area);
  if (obstacle !== undefined)
    throw new BackupError("not-replaceable", `The tree cannot be restored in place: ${obstacle}.`, { facts: { root: area.root } });
  const { neededBytes, freeBytes } = await space(area, selected, only);
  if (freeBytes < neededBytes)
    throw new BackupError(
      "no-space",
      `The restore needs ${neededBytes} bytes beside ${area.root}, ${freeBytes} are free. Nothing was written.`,
      { facts: { needed: neededBytes, free: freeBytes }, retryable: true },
    );
}

async function compare(
  root: string,
  selected: readonly (ManifestFile & { readonly below: string })[],
  options: PlanOptions,
): Promise<Pick<RestorePlan, "added" | "replaced" | "unchanged" | "removed">> {
  const live = (await exists(root)) ? (await walkTree(root)).files : [];
  const databases = new Set(await withSqlite(options.signal, (sqlite) => sqlite.sniff(live.map(({ path }) => join(root, path)))));
  const sizes = new Map(live.map(({ path, bytes }) => [path, bytes]));
  const result = { added: [] as string[], replaced: [] as string[], unchanged: [] as string[], removed: [] as string[] };
  for (const file of selected) {
    const bytes = sizes.get(file.below);
    const path = join(root, file.below);
    if (bytes === undefined) result.added.push(file.below);
    else if (bytes !== file.bytes || databases.has(path) || (await hashFile(path, options.signal)).sha256 !== file.sha256)
      result.replaced.push(file.below);
    else result.unchanged.push(file.below);
  }
  const kept = new Set(selected.map(({ below }) => below));
  const inScope = options.only === undefined ? () => true : anyMatcher(options.only);
  result.removed.push(...live.map(({ path }) => path).filter((path) => !kept.has(path) && inScope(path)));
  return result;
}
