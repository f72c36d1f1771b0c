// Makes a backup: survey, stage, manifest, archive, publish. The live tree is only read.
import { randomBytes } from "node:crypto";
import { readFile, realpath, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { withLock, type Area } from "./area.ts";
import type { DatabaseRecord, Manifest } from "./core/manifest.ts";
import { exists, makeDirectory, remove, replaceFile } from "./disk.ts";
import { envelopeOf, type Encryption, type Envelope } from "./encrypt.ts";
import { BackupError } from "./errors.ts";
import { onlyKeys, outcomeOf, throwIfAborted } from "./options.ts";
import { dumpPostgres } from "./postgres.ts";
import type { Setup } from "./setup.ts";
import { surveyTree, type TreeContents } from "./sources.ts";
import { withSqlite, type SqliteHelper } from "./sqlite.ts";
import { checkCopies, copyFile, stageDatabase, stageFile, type DatabaseCopy, type StagedFile } from "./stage-sources.ts";
import { ChangedFile, writeArchive } from "./write-archive.ts";
import type { TreeFile } from "./walk.ts";

/** How far a backup, a verification or a restore is. */
export interface BackupProgress {
  /** What is being done. */
  readonly phase: "staging" | "writing" | "reading" | "checking";
  /** The file at hand. */
  readonly path: string;
  /** Bytes of the phase that are done. */
  readonly doneBytes: number;
  /** Bytes of the phase. */
  readonly totalBytes: number;
}

/** How to make a backup. */
export interface CreateOptions {
  /** Directory for the archive; made when missing. Not in the tree itself: each backup would hold those before it, and a restore would move them away. */
  readonly to: string;
  /** How to encrypt; there is no default. */
  readonly encrypt: Encryption;
  /** First part of the archive's name. Default: the name of the root. The time (UTC) and the kind follow. */
  readonly name?: string;
  /** zstd level, 1 to 19. Default 3. */
  readonly level?: number;
  /** What is recorded about tables: their rows, or a hash of their content, too, which reads every row. Default `counts`. */
  readonly fingerprint?: "counts" | "content";
  /** What SQLite checks in each copy: `quick` (default), `full` with indexes, or `none`. */
  readonly check?: "quick" | "full" | "none";
  /** Ends the backup; nothing of it is left. */
  readonly signal?: AbortSignal;
  /** Called often; keep it short. */
  readonly onProgress?: (progress: BackupProgress) => void;
}

/** A backup that was made. */
export interface BackupInfo {
  /** Path of the archive. */
  readonly file: string;
  /** Random id, also in the manifest. */
  readonly id: string;
  /** When it began, UTC. */
  readonly createdAt: string;
  /** Size of the archive. */
  readonly bytes: number;
  /** SHA-256 of the archive. */
  readonly sha256: string;
  /** Number of files in it. */
  readonly files: number;
  /** Bytes of these files. */
  readonly totalBytes: number;
  /** What is known about its databases. */
  readonly databases: readonly DatabaseRecord[];
  /** How it is encrypted. */
  readonly envelope: Envelope;
}

const ROUNDS = 3;
const SUFFIX: Readonly<Record<Envelope, string>> = { none: ".tar.zst", age: ".tar.zst.age", gpg: ".tar.zst.gpg" };

/** Makes a backup of the tree. */
export async function createArchive(setup: Setup, options: CreateOptions): Promise<BackupInfo> {
  checkOptions(options);
  throwIfAborted(options.signal, "The backup");
  const area = await setup.area();
  await refuseInside(area.root, options.to, "to");
  return withLock(area, async () => {
    if (await exists(area.journal))
      throw new BackupError("restore-pending", `A restore of ${area.root} was interrupted: call recover() first.`);
    await clearScratch(area);
    try {
      await makeDirectory(area.scratch);
      return await withSqlite(options.signal, (sqlite) => create(setup, area, options, sqlite));
    } catch (error) {
      throw outcomeOf(error, options.signal, "The backup");
    } finally {
      await clearScratch(area).catch(() => undefined);
    }
  });
}

function checkOptions(options: CreateOptions): void {
  onlyKeys(options, ["to", "encrypt", "name", "level", "fingerprint", "check", "signal", "onProgress"], "create");
  envelopeOf(options.encrypt);
  const { to, level = 3, name = "x", fingerprint = "counts", check = "quick" } = options;
  const wrong = [
    typeof to !== "string" || to === "" ? "to must be a directory" : "",
    Number.isInteger(level) && level >= 1 && level <= 19 ? "" : "level must be a whole number from 1 to 19",
    /^[\w.-]{1,100}$/.test(name) && !name.startsWith(".") ? "" : "name may have letters, digits, dot, dash and underscore",
    ["counts", "content"].includes(fingerprint) ? "" : "fingerprint must be counts or content",
    ["quick", "full", "none"].includes(check) ? "" : "check must be quick, full or none",
  ].filter((text) => text !== "");
  if (wrong.length > 0) throw new BackupError("invalid-option", `create: ${wrong.join("; ")}.`);
}

async function create(setup: Setup, area: Area, options: CreateOptions, sqlite: SqliteHelper): Promise<BackupInfo> {
  const begun = new Date();
  const contents = await surveyTree(area.root, setup.exclude, setup.databases, sqlite);
  await preflight(area, resolve(options.to), contents);
  const { staged, verdict, databases } = await stageAll(setup, area, contents, options, sqlite);
  const head = { format: "td-backup", version: 1, id: randomBytes(8).toString("hex"), createdAt: begun.toISOString() } as const;
  const target = await freeName(area, options, begun);
  await replaceFile(join(area.scratch, "partial"), `${target}.partial`);
  const manifest = (files: readonly StagedFile[]): Manifest => ({
    ...head,
    files: files.map(({ path, bytes, sha256, modified }) => ({ path, bytes, sha256, modified })),
    directories: contents.emptyDirectories.map((path) => `data/${path}`),
    databases,
  });
  const written = await writeSettled(area, target, staged, manifest, options, verdict);
  const totalBytes = sumBytes(written.files);
  return {
    file: target,
    id: head.id,
    createdAt: head.createdAt,
    bytes: written.bytes,
    sha256: written.sha256,
    files: written.files.length,
    totalBytes,
    databases,
    envelope: envelopeOf(options.encrypt),
  };
}

/** What SQLite says about the copies, asked as soon as the last one is made, and while the archive is written. */
interface Verdict {
  /** Throws when a copy is already known to be bad. */
  readonly refuse: () => void;
  /** Resolves when all are good; throws otherwise. An archive gets its name only after this. */
  readonly passed: () => Promise<void>;
}

function judge(copies: readonly DatabaseCopy[], { check = "quick" }: CreateOptions, sqlite: SqliteHelper): Verdict {
  let failure: Error | undefined;
  const checked = check === "none" ? Promise.resolve() : checkCopies(copies, sqlite, check === "full");
  checked.catch((error: Error) => (failure = error));
  return {
    refuse: () => {
      if (failure !== undefined) throw failure;
    },
    passed: () => checked,
  };
}

interface Staging {
  readonly staged: readonly StagedFile[];
  readonly verdict: Verdict;
  readonly databases: readonly DatabaseRecord[];
}

// The helper copies databases while this process reads the files.
async function stageAll(
  setup: Setup,
  area: Area,
  { plain, databases }: TreeContents,
  options: CreateOptions,
  sqlite: SqliteHelper,
): Promise<Staging> {
  const totalBytes = sumBytes([...plain, ...databases]);
  const failed = new AbortController();
  let doneBytes = 0;
  const report = (path: string, bytes: number): void => {
    throwIfAborted(options.signal, "The backup");
    failed.signal.throwIfAborted();
    options.onProgress?.({ phase: "staging", path, doneBytes: (doneBytes += bytes), totalBytes });
  };
  const stop = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  const [copied, files] = await bothSettled(
    stageDatabases(area, databases, options, sqlite, report).catch(stop),
    stageFiles(area, plain, report).catch(stop),
  );
  const dumped = await stagePostgres(setup, area, options, report);
  const staged = [...copied.staged, ...files, ...dumped.staged];
  return {
    staged: staged.sort((a, b) => (a.path < b.path ? -1 : 1)),
    verdict: copied.verdict,
    databases: [...copied.records, ...dumped.records],
  };
}

type Report = (path: string, bytes: number) => void;

async function stageDatabases(
  { root, scratch }: Area,
  databases: readonly TreeFile[],
  options: CreateOptions,
  sqlite: SqliteHelper,
  report: Report,
): Promise<{ readonly staged: readonly StagedFile[]; readonly records: readonly DatabaseRecord[]; readonly verdict: Verdict }> {
  const staged: StagedFile[] = [];
  const copies: DatabaseCopy[] = [];
  const records: DatabaseRecord[] = [];
  // One copy is hashed while the next is made.
  let hashing: Promise<unknown> = Promise.resolve();
  try {
    for (const [index, file] of databases.entries()) {
      const copy = join(scratch, `database-${index}`);
      const { hashed, record } = await stageDatabase(root, file, copy, sqlite, options.fingerprint === "content");
      copies.push({ path: file.path, source: copy });
      await hashing;
      hashing = hashed.then((entry) => staged.push(entry));
      hashing.catch(() => undefined); // awaited below, after the next copy
      records.push(record);
      report(record.path, file.bytes);
    }
    return { staged, records, verdict: judge(copies, options, sqlite) };
  } finally {
    await hashing;
  }
}

async function stageFiles({ root, scratch }: Area, plain: readonly TreeFile[], report: Report): Promise<readonly StagedFile[]> {
  const staged: StagedFile[] = [];
  for (const [index, file] of plain.entries()) {
    const copy = await stageFile(root, file, join(scratch, `file-${index}`));
    if (copy !== undefined) staged.push(copy);
    report(`data/${file.path}`, file.bytes);
  }
  return staged;
}

async function stagePostgres(
  { databases }: Setup,
  { scratch }: Area,
  { signal }: CreateOptions,
  report: Report,
): Promise<{ readonly staged: readonly StagedFile[]; readonly records: readonly DatabaseRecord[] }> {
  const staged: StagedFile[] = [];
  const records: DatabaseRecord[] = [];
  for (const source of databases) {
    if (source.engine !== "postgres") continue;
    const dump = await dumpPostgres(source, scratch, signal);
    staged.push(...dump.files);
    records.push(dump.record);
    report(`postgres/${source.name}`, 0);
  }
  return { staged, records };
}

// Nobody works in the scratch directory any more when this throws.
async function bothSettled<A, B>(a: Promise<A>, b: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

// A large file that changed since it was hashed is copied, and the archive begun again; a copy cannot change, so this ends.
async function writeSettled(
  area: Area,
  target: string,
  staged: readonly StagedFile[],
  manifest: (files: readonly StagedFile[]) => Manifest,
  options: CreateOptions,
  verdict: Verdict,
): Promise<{ bytes: number; sha256: string; files: readonly StagedFile[] }> {
  const progress = (files: readonly StagedFile[]) => (doneBytes: number, path: string) => {
    verdict.refuse();
    options.onProgress?.({ phase: "writing", path, doneBytes, totalBytes: sumBytes(files) });
  };
  let files = staged;
  for (let round = 1; ; round++) {
    try {
      const write = {
        encrypt: options.encrypt,
        level: options.level ?? 3,
        ...(options.signal && { signal: options.signal }),
        progress: progress(files),
        approve: verdict.passed,
      };
      return { ...(await writeArchive(`${target}.partial`, target, manifest(files), files, write)), files };
    } catch (error) {
      if (!(error instanceof ChangedFile)) throw error;
      files = await copyChanged(area, files, error.path, round);
    }
  }
}

async function copyChanged(area: Area, files: readonly StagedFile[], path: string, round: number): Promise<readonly StagedFile[]> {
  const copy = async (file: StagedFile, index: number): Promise<StagedFile> =>
    copyFile(
      area.root,
      { path: file.path.slice("data/".length), bytes: file.bytes, modified: file.modified },
      join(area.scratch, `again-${round}-${index}`),
    );
  const again: StagedFile[] = [];
  // After a few rounds everything that is still read in place is copied at once.
  for (const [index, file] of files.entries())
    again.push(!file.own && (file.path === path || round >= ROUNDS) ? await copy(file, index) : file);
  return again;
}

async function preflight(area: Area, to: string, { plain, databases }: TreeContents): Promise<void> {
  await makeDirectory(to);
  await needSpace(area.path, sumBytes(databases), "copies of the databases");
  // Text and databases shrink to a third and less; a write that fails later leaves nothing either.
  await needSpace(to, sumBytes([...plain, ...databases]) / 4, "the archive");
}

/** Throws `invalid-option` when `path`, which need not exist, lies in the tree. Links are followed. */
export async function refuseInside(root: string, path: string, option: string): Promise<void> {
  if (`${await realPlace(resolve(path))}/`.startsWith(`${root}/`))
    throw new BackupError(
      "invalid-option",
      `${option} must not lie in the tree that is backed up: ${path} is in ${root}. Name a directory beside it.`,
      {
        facts: { path, root },
      },
    );
}

function realPlace(path: string): Promise<string> {
  return realpath(path).catch(async () => (dirname(path) === path ? path : join(await realPlace(dirname(path)), basename(path))));
}

/** Throws `no-space` when the file system of `path` has less than this many bytes free. */
export async function needSpace(path: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  if (bavail * bsize < bytes)
    throw new BackupError(
      "no-space",
      `${path} has ${bavail * bsize} bytes free, ${what} may need ${Math.ceil(bytes)}. Nothing was written.`,
      {
        facts: { path, free: bavail * bsize, needed: Math.ceil(bytes) },
        retryable: true,
      },
    );
}

async function freeName(area: Area, options: CreateOptions, begun: Date): Promise<string> {
  const time = begun.toISOString().replace(/[-:]/g, "").replace("T", "_").slice(0, 15);
  const stem = join(resolve(options.to), `${options.name ?? basename(area.root).replace(/[^\w.-]/g, "_")}_${time}`);
  for (let count = 1; ; count++) {
    const path = `${stem}${count === 1 ? "" : `_${count}`}${SUFFIX[envelopeOf(options.encrypt)]}`;
    if (!(await exists(path)) && !(await exists(`${path}.partial`))) return path;
  }
}

/** Removes what an earlier backup of this tree left when it was killed: its scratch, and its partial archive. */
export async function clearScratch(area: Area): Promise<void> {
  const partial = await readFile(join(area.scratch, "partial"), "utf8").catch(() => "");
  if (partial.endsWith(".partial") && dirname(partial) !== "") await remove(partial);
  await remove(area.scratch);
}

function sumBytes(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
