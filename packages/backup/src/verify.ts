// Tells whether an archive is good, at three levels, and writes the answer beside it.
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Keys } from "./age.ts";
import type { DatabaseRecord, Manifest, ManifestFile, SqliteRecord } from "./core/manifest.ts";
import type { BackupProgress } from "./create.ts";
import { createFile, makeDirectory, replaceFile } from "./disk.ts";
import { drillDirectory, removeDeadDrills } from "./drill-directory.ts";
import type { Envelope } from "./encrypt.ts";
import { BackupError, type BackupErrorCode } from "./errors.ts";
import { resolveLimits, type Limits } from "./limits.ts";
import { onlyKeys, outcomeOf, throwIfAborted } from "./options.ts";
import { readArchive, type ArchiveRead } from "./read-archive.ts";
import { withSqlite, type SqliteHelper } from "./sqlite.ts";

/** How deep to look: form and hashes; databases opened and checked, too; or everything unpacked, counted and shown to the host. */
export type VerifyLevel = "hashes" | "databases" | "drill";

/** How to verify. */
export interface VerifyOptions extends Keys {
  /** How deep. Default `databases`. */
  readonly level?: VerifyLevel;
  /** Bounds on what the archive may unpack to. */
  readonly limits?: Limits;
  /**
   * Directory for unpacked files; they are removed at the end. Default: the system's temporary directory. What a killed verification left in it is
   * removed by the next one there, and in the default directory by `recover()`, too.
   */
  readonly scratch?: string;
  /** For a drill: looks at the unpacked tree (and the dumps beside it in `postgres/`) and throws when something is wrong, such as another dataset digest. */
  readonly check?: (directory: string) => Promise<void>;
  /** Whether the result is written beside the archive, as `ARCHIVE.verified.json`. Default true. */
  readonly record?: boolean;
  /** Ends the verification; throws `aborted`. */
  readonly signal?: AbortSignal;
  /** Called often; keep it short. */
  readonly onProgress?: (progress: BackupProgress) => void;
}

/** Something wrong with an archive. */
export interface VerifyProblem {
  /** The kind of problem. */
  readonly code: BackupErrorCode;
  /** What happened, to what, what to do next. */
  readonly message: string;
  /** The entry it is about, when it is about one. */
  readonly path: string | null;
}

/** What a verification found. */
export interface VerifyReport {
  /** Whether the archive is good at this level. */
  readonly ok: boolean;
  /** How deep it looked. */
  readonly level: VerifyLevel;
  /** When it was verified, UTC. */
  readonly verifiedAt: string;
  /** Why it is not good; empty when it is. */
  readonly problems: readonly VerifyProblem[];
  /** Id of the backup, when the manifest could be read. */
  readonly id: string | null;
  /** When the backup was made. */
  readonly createdAt: string | null;
  /** SHA-256 of the archive, when it could be read to its end. */
  readonly sha256: string | null;
  /** Number of files. */
  readonly files: number;
  /** Bytes of these files. */
  readonly totalBytes: number;
  /** How it is encrypted. */
  readonly envelope: Envelope | null;
  /** What the manifest says about databases. */
  readonly databases: readonly DatabaseRecord[];
}

/**
 * Verifies an archive. A bad archive is a report with `ok: false`, not an exception.
 *
 * Throws `not-found`, `invalid-option` and `aborted`, and what the disk for unpacked files refuses.
 */
export async function verifyBackup(file: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  onlyKeys(options, ["identities", "passphrase", "level", "limits", "scratch", "check", "record", "signal", "onProgress"], "verifyBackup");
  const level = options.level ?? "databases";
  if (!["hashes", "databases", "drill"].includes(level))
    throw new BackupError("invalid-option", "level must be hashes, databases or drill.");
  throwIfAborted(options.signal, "The verification");
  const result = await verified(file, level, options);
  if (options.record ?? true) await replaceFile(`${file}.verified.json`, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

async function verified(file: string, level: VerifyLevel, options: VerifyOptions): Promise<VerifyReport> {
  const place = options.scratch ?? tmpdir();
  if (level !== "hashes") await removeDeadDrills(place);
  const directory = level === "hashes" ? undefined : await drillDirectory(place);
  const scratch = directory?.path;
  const seen: { manifest?: Manifest; read?: ArchiveRead } = {};
  try {
    seen.read = await unpack(file, level, options, scratch, (manifest) => (seen.manifest = manifest));
    const problems = scratch === undefined ? [] : await look(scratch, level, options, seen.read.manifest);
    return report(level, problems, seen);
  } catch (error) {
    const known = outcomeOf(error, options.signal, "The verification");
    if (["aborted", "not-found", "invalid-option", "io-failed", "no-space", "tool-failed"].includes(known.code)) throw known;
    return report(level, [problemOf(known)], seen);
  } finally {
    await directory?.done();
  }
}

function unpack(
  file: string,
  level: VerifyLevel,
  options: VerifyOptions,
  scratch: string | undefined,
  begin: (manifest: Manifest) => void,
): Promise<ArchiveRead> {
  let totalBytes = 0;
  let wanted: (path: string) => boolean = () => false;
  return readArchive(file, options, resolveLimits(options.limits), {
    begin: async (manifest) => {
      begin(manifest);
      totalBytes = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
      const databases = new Set(manifest.databases.flatMap((record) => (record.engine === "sqlite" ? [record.path] : [])));
      wanted = level === "drill" ? () => true : (path) => databases.has(path);
      if (scratch !== undefined && level === "drill")
        for (const path of ["data", ...manifest.directories]) await makeDirectory(join(scratch, path));
    },
    file: async (entry) => (scratch !== undefined && wanted(entry.path) ? placeFile(scratch, entry) : undefined),
    progress: (doneBytes, path) => options.onProgress?.({ phase: "reading", path, doneBytes, totalBytes }),
  });
}

async function placeFile(scratch: string, { path }: ManifestFile): ReturnType<typeof createFile> {
  await makeDirectory(dirname(join(scratch, path)));
  return createFile(join(scratch, path));
}

async function look(scratch: string, level: VerifyLevel, options: VerifyOptions, manifest: Manifest): Promise<VerifyProblem[]> {
  const records = manifest.databases.filter((record) => record.engine === "sqlite");
  const found =
    records.length === 0
      ? []
      : await withSqlite(options.signal, async (sqlite) => {
          const problems: VerifyProblem[] = [];
          for (const record of records) problems.push(...(await lookAtDatabase(scratch, record, level, sqlite)));
          return problems;
        });
  if (level !== "drill" || options.check === undefined) return found;
  try {
    await options.check(join(scratch, "data"));
    return found;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [...found, { code: "check-failed", message: `The host's check of the unpacked tree failed: ${why}`, path: null }];
  }
}

async function lookAtDatabase(scratch: string, record: SqliteRecord, level: VerifyLevel, sqlite: SqliteHelper): Promise<VerifyProblem[]> {
  const path = join(scratch, record.path);
  const bad = (message: string): VerifyProblem => ({ code: "database-corrupt", message, path: record.path });
  try {
    const problems = await sqlite.check(path, true);
    if (problems.length > 0) return [bad(`SQLite finds ${record.path} corrupt: ${problems[0]}.`)];
    const counted =
      level === "drill"
        ? await sqlite.tables(
            path,
            record.tables.some((table) => table.sha256 !== undefined),
          )
        : record.tables;
    const wrong = record.tables.filter((table) => !counted.some((other) => same(other, table)));
    return [
      ...(counted.length === record.tables.length
        ? []
        : [bad(`${record.path} has ${counted.length} tables, the manifest lists ${record.tables.length}.`)]),
      ...wrong.map((table) => bad(`Table ${table.name} of ${record.path} does not have the rows that the manifest states.`)),
    ];
  } catch (error) {
    if (error instanceof BackupError && error.code === "database-failed") return [bad(error.message)];
    throw error;
  }
}

function same(a: SqliteRecord["tables"][number], b: SqliteRecord["tables"][number]): boolean {
  return a.name === b.name && a.rows === b.rows && (b.sha256 === undefined || a.sha256 === b.sha256);
}

function report(
  level: VerifyLevel,
  problems: readonly VerifyProblem[],
  { manifest, read }: { manifest?: Manifest; read?: ArchiveRead },
): VerifyReport {
  return {
    ok: problems.length === 0,
    level,
    verifiedAt: new Date().toISOString(),
    problems,
    id: manifest?.id ?? null,
    createdAt: manifest?.createdAt ?? null,
    sha256: read?.sha256 ?? null,
    files: manifest?.files.length ?? 0,
    totalBytes: manifest?.files.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0,
    envelope: read?.envelope ?? null,
    databases: manifest?.databases ?? [],
  };
}

function problemOf({ code, message, facts }: BackupError): VerifyProblem {
  const path = facts["path"];
  return { code, message, path: typeof path === "string" ? path : null };
}
