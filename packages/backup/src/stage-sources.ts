// Brings everything that can change while it is read into a state that cannot: databases and small files are copied, large files are hashed.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ManifestFile, SqliteRecord } from "./core/manifest.ts";
import { createFile } from "./disk.ts";
import { BackupError } from "./errors.ts";
import { hashFile, passingChunks } from "./read-file.ts";
import type { SqliteHelper } from "./sqlite.ts";
import type { TreeFile } from "./walk.ts";

/** Files up to this size are copied before they are archived; larger ones are read in place and must not have changed. */
const COPY_BYTES = 256 * 1024;
const ATTEMPTS = 5;
const BUSY_MS = 30_000;

/** A file ready to be archived. */
export interface StagedFile extends ManifestFile {
  /** Where its bytes are. */
  readonly source: string;
  /** Whether the bytes are a private copy that nobody changes. */
  readonly own: boolean;
}

/** Copies one moment of a database and counts its rows. `hashed` is the copy with its hash, which is being taken when this resolves. */
export async function stageDatabase(
  root: string,
  file: TreeFile,
  copy: string,
  sqlite: SqliteHelper,
  content: boolean,
): Promise<{ readonly hashed: Promise<StagedFile>; readonly record: SqliteRecord }> {
  await sqlite.copy(join(root, file.path), copy, BUSY_MS);
  const path = `data/${file.path}`;
  const hashed = hashFile(copy).then((facts) => ({ path, ...facts, modified: file.modified, source: copy, own: true }));
  hashed.catch(() => undefined);
  return { hashed, record: { engine: "sqlite", path, tables: await sqlite.tables(copy, content) } };
}

/** A copy of a database that nobody changes. */
export interface DatabaseCopy {
  /** Path of the original below the root. */
  readonly path: string;
  /** Where the copy is. */
  readonly source: string;
}

/** Asks SQLite about copies. Throws `database-corrupt` for the first that is not whole. */
export async function checkCopies(copies: readonly DatabaseCopy[], sqlite: SqliteHelper, full: boolean): Promise<void> {
  for (const { path, source } of copies) {
    const problems = await sqlite.check(source, full);
    if (problems.length > 0)
      throw new BackupError(
        "database-corrupt",
        `${path} is corrupt, says SQLite: ${problems[0]}. A backup of it would be worthless: restore or repair it first.`,
        { facts: { path, problems } },
      );
  }
}

/** Stages a plain file: a private copy of a small one, the hash of a large one. Nothing when it is gone by now. */
export async function stageFile(root: string, file: TreeFile, copy: string): Promise<StagedFile | undefined> {
  try {
    if (file.bytes <= COPY_BYTES) return await copyFile(root, file, copy);
    const sha256 = await hashPrefix(join(root, file.path), file.bytes);
    return sha256 === undefined ? await copyFile(root, file, copy) : entry(root, file, sha256);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Makes a private copy of a file that changed after it was staged. */
export async function copyFile(root: string, file: TreeFile, copy: string): Promise<StagedFile> {
  const source = join(root, file.path);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const target = `${copy}.${attempt}`;
    const copied = await copyAndHash(source, target);
    // The same bytes twice in a row: what was copied is one state, or a file that only grows.
    if ((await hashPrefix(source, copied.bytes)) === copied.sha256)
      return { ...entry(root, { ...file, bytes: copied.bytes }, copied.sha256), source: target, own: true };
  }
  throw new BackupError(
    "source-changing",
    `${file.path} changed each of the ${ATTEMPTS} times it was read. Exclude it, or stop what writes it.`,
    {
      facts: { path: file.path },
      retryable: true,
    },
  );
}

function entry(root: string, file: TreeFile, sha256: string): StagedFile {
  return { path: `data/${file.path}`, bytes: file.bytes, sha256, modified: file.modified, source: join(root, file.path), own: false };
}

async function copyAndHash(source: string, target: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  const file = await createFile(target);
  let bytes = 0;
  try {
    for await (const chunk of passingChunks(source)) {
      hash.update(chunk);
      await file.write(chunk);
      bytes += chunk.length;
    }
  } finally {
    await file.discard();
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** SHA-256 of the first bytes of a file, or nothing when it is shorter. */
async function hashPrefix(path: string, bytes: number): Promise<string | undefined> {
  const hash = createHash("sha256");
  for await (const chunk of prefixChunks(path, bytes)) {
    if (chunk === undefined) return undefined;
    hash.update(chunk);
  }
  return hash.digest("hex");
}

/** The first bytes of a file, each chunk valid until the next is asked for; `undefined` as the last chunk when it is shorter. */
export async function* prefixChunks(path: string, bytes: number, signal?: AbortSignal): AsyncGenerator<Uint8Array | undefined> {
  let left = bytes;
  if (left === 0) return;
  for await (const chunk of passingChunks(path, signal)) {
    const part = chunk.subarray(0, left);
    yield part;
    left -= part.length;
    if (left === 0) return;
  }
  yield undefined;
}
