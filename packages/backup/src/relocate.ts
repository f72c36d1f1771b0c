// Moves a legacy tree into a data directory: plan, stop, safety backup, copy, verify, restore into place, start. The legacy tree is only read.
import { randomBytes } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { withLock, areaOf, type Area } from "./area.ts";
import { planMoves, type MovePlan, type MoveRule } from "./core/move-plan.ts";
import { findCollision } from "./core/names.ts";
import { createArchive, needSpace, refuseInside, type BackupInfo } from "./create.ts";
import { exists, makeDirectory, moveDurably, remove, setMode, syncDirectory, syncFile } from "./disk.ts";
import type { Encryption } from "./encrypt.ts";
import { asBackupError, BackupError } from "./errors.ts";
import { placesOf, readJournal, writeJournal, endJournal, type Journal } from "./journal.ts";
import { onlyKeys } from "./options.ts";
import { forget, startServices, undo } from "./recover.ts";
import { callHook, type Services } from "./services.ts";
import { resolveSetup } from "./setup.ts";
import { withSqlite, type SqliteHelper } from "./sqlite.ts";
import { hashFile } from "./read-file.ts";
import type { UserData } from "./user-data.ts";
import { walkTree } from "./walk.ts";

/** What to relocate. */
export interface RelocateOptions {
  /** The legacy tree. It is read, never changed. */
  readonly from: string;
  /** Where to. It must not exist, or hold nothing but the directories and templates that `init` makes. */
  readonly to: UserData;
  /** Where each file goes; `legacyRules` knows the story's. */
  readonly map: readonly MoveRule[];
  /** Patterns of files that are left behind on purpose, such as the code between the data. */
  readonly ignore?: readonly string[];
  /** The application's processes. They are stopped before anything is copied and started in every outcome. */
  readonly services?: Services;
  /** Where the safety backup of the legacy tree's data goes, and how it is encrypted. */
  readonly safety: { readonly to: string; readonly encrypt: Encryption };
}

/** A relocation that was done. */
export interface RelocateReport {
  /** What went where. */
  readonly moves: MovePlan["moves"];
  /** Number of files. */
  readonly files: number;
  /** Bytes of these files. */
  readonly totalBytes: number;
  /** The safety backup, or nothing when the legacy tree is empty. */
  readonly safety: BackupInfo;
}

const SIDECAR = /-(?:wal|shm|journal)$/;

/** Says where each file of a legacy tree would go. Changes nothing. */
export async function planRelocation({ from, map, ignore = [] }: Pick<RelocateOptions, "from" | "map" | "ignore">): Promise<MovePlan> {
  const tree = await walkTree(resolve(from));
  const plan = planMoves(
    tree.files.map(({ path }) => path),
    map,
    ignore,
  );
  // A link to data is data that would be lost: it is as unplaced as a file that no rule names.
  const { ignored, unplaced } = planMoves(tree.others, [], ignore);
  return { ...plan, unplaced: [...plan.unplaced, ...unplaced], ignored: [...plan.ignored, ...ignored] };
}

/**
 * Moves a legacy tree into a data directory. Either the whole new tree is in place and the services run on it, or nothing has changed and they run as before.
 *
 * Throws `invalid-option` for files without a place, with the same one or with one outside of the new tree, `already-exists` when the target has data, `rolled-back` when a later step failed.
 */
export async function relocate(options: RelocateOptions): Promise<RelocateReport> {
  onlyKeys(options, ["from", "to", "map", "ignore", "services", "safety"], "relocate");
  if (`${options.to.root}/`.startsWith(`${resolve(options.from)}/`))
    throw new BackupError("invalid-option", "The data directory must not lie in the legacy tree: that is what is to end.");
  refusePlan(await planRelocation(options), options.to);
  const area = await areaOf(options.to.root);
  await refuseInside(area.root, options.safety.to, "safety.to");
  await refuseInside((await areaOf(options.from)).root, options.safety.to, "safety.to");
  return withLock(area, () => run(area, options)).catch((error: unknown) => {
    throw asBackupError(error, "a step of the relocation");
  });
}

function refusePlan({ moves, unplaced, conflicts, misplaced }: MovePlan, { layout }: UserData): void {
  const [wrong] = misplaced;
  if (wrong !== undefined)
    throw new BackupError(
      "invalid-option",
      `The new place of ${wrong.from} ${wrong.problem}: ${JSON.stringify(wrong.to)}. Give it a path below the data directory.`,
      { facts: { paths: misplaced.slice(0, 100).map(({ from }) => from) } },
    );
  if (unplaced.length > 0)
    throw new BackupError(
      "invalid-option",
      `${unplaced.length} files have no place: ${unplaced.slice(0, 5).join(", ")}. Give them a rule, or name them in \`ignore\`.`,
      { facts: { paths: unplaced.slice(0, 100) } },
    );
  if (conflicts.length > 0)
    throw new BackupError(
      "invalid-option",
      `More than one file would become ${conflicts[0]?.to}: ${conflicts[0]?.from.join(", ")}. Give them places of their own.`,
      { facts: { paths: conflicts.map(({ to }) => to) } },
    );
  const met = findCollision(
    moves.map(({ to }) => to),
    Object.values(layout.directories),
  );
  if (met !== undefined)
    throw new BackupError(
      "invalid-option",
      `${met.path} meets ${met.with}, which the layout has as a directory. Give the file another place.`,
      {
        facts: { paths: [met.path, met.with] },
      },
    );
  if (moves.length === 0) throw new BackupError("not-found", "There is nothing to move.");
}

async function run(area: Area, options: RelocateOptions): Promise<RelocateReport> {
  if ((await readJournal(area)) !== undefined)
    throw new BackupError("restore-pending", `Something was interrupted at ${area.root}: call recover() first.`);
  await refuseData(options.to);
  const hadLive = await exists(area.root);
  const id = randomBytes(8).toString("hex");
  const journal = await writeJournal(area, {
    version: 1,
    id,
    step: "stage",
    hadLive,
    stopped: true,
    startedAt: new Date().toISOString(),
    from: resolve(options.from),
  });
  try {
    await callHook(options.services, "stop");
    // Again: what ran until now may have made files, and taken away the logs of its databases.
    const plan = await planRelocation(options);
    refusePlan(plan, options.to);
    const safety = await createArchive(resolveSetup({ root: options.from, exclude: options.ignore ?? [] }), { ...options.safety });
    const { files, totalBytes } = await stage(area, journal, plan, options);
    await swap(area, journal, options.services);
    return { moves: plan.moves, files, totalBytes, safety };
  } catch (error) {
    throw await backOut(area, journal, options.services, error);
  }
}

// Before the swap there is only the staged tree to forget; the services were stopped, so they are started again in every case.
async function backOut(area: Area, journal: Journal, services: Services | undefined, error: unknown): Promise<BackupError> {
  if (
    error instanceof BackupError &&
    ["rolled-back", "services-failed"].includes(error.code) &&
    (await readJournal(area))?.step !== "stage"
  )
    return error;
  await forget(area, journal, services);
  return asBackupError(error, "a step of the relocation");
}

async function refuseData({ root, layout }: UserData): Promise<void> {
  if (!(await exists(root))) return;
  const made = new Set(Object.keys(layout.templates ?? {}));
  const { files } = await walkTree(root);
  const data = files.filter(({ path }) => !made.has(path));
  if (data.length > 0)
    throw new BackupError("already-exists", `${root} holds data already: ${data[0]?.path}. Relocate into a new directory.`, {
      facts: { paths: data.slice(0, 100).map(({ path }) => path) },
    });
}

async function stage(
  area: Area,
  journal: Journal,
  { moves }: MovePlan,
  { from, to }: RelocateOptions,
): Promise<{ files: number; totalBytes: number }> {
  const place = placesOf(area, journal.id).staged;
  const source = resolve(from);
  await makeDirectory(place);
  for (const path of Object.values(to.layout.directories)) await makeDirectory(join(place, path));
  return withSqlite(undefined, async (sqlite) => {
    const databases = new Set(await sqlite.sniff(moves.map((move) => join(source, move.from))));
    const isSidecar = (path: string): boolean => SIDECAR.test(path) && databases.has(join(source, path.replace(SIDECAR, "")));
    const wanted = moves.filter((move) => !isSidecar(move.from));
    const sizes = new Map((await walkTree(source)).files.map(({ path, bytes }) => [path, bytes]));
    const totalBytes = wanted.reduce((sum, move) => sum + (sizes.get(move.from) ?? 0), 0);
    await needSpace(area.path, totalBytes, "the new tree");
    for (const move of wanted) await stageOne(join(source, move.from), join(place, move.to), databases, sqlite);
    await finishStaged(place);
    return { files: wanted.length, totalBytes };
  });
}

async function stageOne(from: string, to: string, databases: ReadonlySet<string>, sqlite: SqliteHelper): Promise<void> {
  await makeDirectory(dirname(to));
  if (databases.has(from)) {
    // Through SQLite, with what a killed writer left in the log; then looked at before anything is swapped.
    await sqlite.copy(from, to, 30_000);
    const problems = await sqlite.check(to, true);
    if (problems.length > 0)
      throw new BackupError("database-corrupt", `${from} is corrupt, says SQLite: ${problems[0]}. Repair it before it is moved.`, {
        facts: { path: from },
      });
  } else {
    await copyFile(from, to);
    const [old, copied] = await Promise.all([hashFile(from), hashFile(to)]);
    if (old.sha256 !== copied.sha256)
      throw new BackupError("source-changing", `${from} changed while it was copied: stop what writes it.`, {
        facts: { path: from },
        retryable: true,
      });
  }
  await syncFile(to);
}

async function finishStaged(place: string): Promise<void> {
  const tree = await walkTree(place);
  for (const { path } of tree.files) await setMode(join(place, path), 0o600);
  for (const path of [...tree.directories.toReversed(), ""]) {
    await setMode(join(place, path), 0o700);
    await syncDirectory(join(place, path));
  }
}

async function swap(area: Area, journal: Journal, services: Services | undefined): Promise<void> {
  const places = placesOf(area, journal.id);
  let step = journal;
  try {
    step = await writeJournal(area, { ...journal, step: "swap" });
    if (journal.hadLive) await moveDurably(places.live, places.previous);
    await moveDurably(places.staged, places.live);
    step = await writeJournal(area, { ...journal, step: "start" });
    await startServices(services);
  } catch (cause) {
    await undo(area, step, services);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError("rolled-back", `The relocation failed and was rolled back; the services run as before. ${why}`, {
      cause,
      retryable: true,
    });
  }
  await endJournal(area);
  // What stood there were empty directories and templates.
  if (journal.hadLive) await remove(places.previous);
}
