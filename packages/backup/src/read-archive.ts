// The strict reader. It knows from the manifest each byte of each header before it comes, and refuses the archive at the first that differs.
import { createHash, type Hash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import type { Keys } from "./age.ts";
import { ByteReader } from "./byte-reader.ts";
import { diagnose, octalAt } from "./core/diagnose.ts";
import { MANIFEST_NAME, parseManifest, type Manifest, type ManifestFile } from "./core/manifest.ts";
import { BLOCK, END, padding, tarHeader, type TarEntry } from "./core/tar.ts";
import { decrypted, detectEnvelope, type Envelope } from "./encrypt.ts";
import { BackupError } from "./errors.ts";
import { checkLimits, refuse, type Limits } from "./limits.ts";
import { fileChunks } from "./read-file.ts";
import { unsealText } from "./seal.ts";
import { unzstd } from "./zstd.ts";

/** What takes the contents of an archive. Everything it has got is worthless until `readArchive` resolves. */
export interface ArchiveVisitor {
  /** Called once, before any content; throwing ends the reading. */
  readonly begin?: (manifest: Manifest) => Promise<void>;
  /** Opens a place for a file, or nothing to have it only checked. */
  readonly file?: (file: ManifestFile) => Promise<FilePlace | undefined>;
  /** Bytes of files read so far. */
  readonly progress?: (bytes: number, path: string) => void;
}

/** Where a file goes. */
export interface FilePlace {
  /** Takes bytes; called again when it has resolved. The bytes do not change meanwhile. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Called when size and hash were right. */
  readonly close: () => Promise<void>;
  /** Called instead of `close` after a failure. Never throws. */
  readonly discard: () => Promise<void>;
}

/** How an archive is read. */
export interface ReadOptions extends Keys {
  /** Bounds; each has a default. */
  readonly limits?: Limits;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

/** What was read. */
export interface ArchiveRead {
  readonly manifest: Manifest;
  /** What is at the outside of the archive. */
  readonly envelope: Envelope;
  /** Size of the archive in bytes. */
  readonly archiveBytes: number;
  /** SHA-256 of the archive file. */
  readonly sha256: string;
}

/** Reads a whole archive and resolves only if all of it is right: form, order, sizes, hashes, end. Throws a refusal otherwise. */
export async function readArchive(
  path: string,
  options: ReadOptions,
  limits: Required<Limits>,
  visitor: ArchiveVisitor,
): Promise<ArchiveRead> {
  const { size } = await archiveStat(path);
  const hash = createHash("sha256");
  const file = new ByteReader(hashed(fileChunks(await realpath(path), options.signal), hash));
  try {
    const envelope = await detectEnvelope(file);
    const tar = new ByteReader(unzstd(decrypted(file, envelope, options)));
    try {
      const manifest = await readManifest(tar, limits);
      checkLimits(manifest, size, limits);
      await visitor.begin?.(manifest);
      await readFiles(tar, manifest, visitor);
      await readEnd(tar, manifest);
      return { manifest, envelope, archiveBytes: size, sha256: hash.digest("hex") };
    } finally {
      await tar.close();
    }
  } finally {
    await file.close();
  }
}

/** Reads the manifest of an archive and nothing else: enough for a plan, not for trust. */
export async function peekManifest(
  path: string,
  options: ReadOptions,
  limits: Required<Limits>,
): Promise<{ readonly manifest: Manifest; readonly envelope: Envelope; readonly archiveBytes: number }> {
  const { size } = await archiveStat(path);
  const file = new ByteReader(fileChunks(await realpath(path), options.signal));
  try {
    const envelope = await detectEnvelope(file);
    const tar = new ByteReader(unzstd(decrypted(file, envelope, options)));
    try {
      const manifest = await readManifest(tar, limits);
      checkLimits(manifest, size, limits);
      return { manifest, envelope, archiveBytes: size };
    } finally {
      await tar.close();
    }
  } finally {
    await file.close();
  }
}

async function archiveStat(path: string): Promise<{ readonly size: number }> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new BackupError("not-found", `There is no archive at ${path}.`, { facts: { path }, cause });
  });
  if (!facts.isFile()) throw new BackupError("not-an-archive", `${path} is not a file.`, { facts: { path } });
  return facts;
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

async function readManifest(tar: ByteReader, limits: Required<Limits>): Promise<Manifest> {
  const header = await need(tar, BLOCK);
  const bytes = Math.max(0, octalAt(header, 124, 12));
  if (!same(header, tarHeader({ path: MANIFEST_NAME, bytes, modified: 0 })))
    throw new BackupError("not-an-archive", "The first entry is not a manifest as td writes it.");
  refuse("manifestBytes", bytes, limits.manifestBytes);
  const body = await need(tar, bytes);
  await readPadding(tar, bytes);
  const text = unsealText(decode(body));
  if (text === undefined)
    throw new BackupError("manifest-invalid", "The manifest does not have the SHA-256 that its last line states: take another copy.");
  const parsed = parseManifest(text);
  if ("code" in parsed) throw new BackupError(parsed.code, `The manifest ${parsed.what}.`, { facts: { path: parsed.path ?? null } });
  return parsed;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BackupError("manifest-invalid", "The manifest is not UTF-8.", { cause });
  }
}

async function readFiles(tar: ByteReader, manifest: Manifest, visitor: ArchiveVisitor): Promise<void> {
  let done = 0;
  for (const [index, file] of manifest.files.entries()) {
    await readHeader(tar, file, () => manifest.files.slice(0, index).map(({ path }) => path), manifest);
    await readContent(tar, file, await visitor.file?.(file), (bytes) => visitor.progress?.((done += bytes), file.path));
    await readPadding(tar, file.bytes);
  }
}

// Block by block, so that a PAX header that is due but missing is told from the end of the archive.
async function readHeader(tar: ByteReader, file: TarEntry, seen: () => readonly string[], manifest: Manifest): Promise<void> {
  const due = tarHeader(file);
  for (let at = 0; at < due.length; at += BLOCK) {
    const block = await need(tar, BLOCK);
    if (!same(block, due.subarray(at, at + BLOCK))) throw refusal(block, file, seen(), manifest);
  }
}

async function readContent(
  tar: ByteReader,
  file: ManifestFile,
  place: FilePlace | undefined,
  progress: (bytes: number) => void,
): Promise<void> {
  const hash = createHash("sha256");
  // One piece is written while the next is unpacked and hashed.
  let writing: Promise<void> | undefined;
  try {
    for (let left = file.bytes; left > 0;) {
      const bytes = await tar.takeSome(left);
      if (bytes.length === 0) throw truncated();
      hash.update(bytes);
      await writing;
      writing = place?.write(bytes);
      writing?.catch(() => undefined);
      left -= bytes.length;
      progress(bytes.length);
    }
    await writing;
    if (hash.digest("hex") !== file.sha256)
      throw new BackupError("hash-mismatch", `${file.path} is not what the manifest says: take another copy.`, {
        facts: { path: file.path },
      });
  } catch (error) {
    await writing?.catch(() => undefined);
    await place?.discard();
    throw error;
  }
  await place?.close();
}

async function readPadding(tar: ByteReader, bytes: number): Promise<void> {
  const pad = await need(tar, padding(bytes));
  if (pad.some((byte) => byte !== 0))
    throw new BackupError("archive-damaged", "There is something between two entries, which td never writes: take another copy.");
}

async function readEnd(tar: ByteReader, manifest: Manifest): Promise<void> {
  const end = await need(tar, END.length);
  if (!same(end, END))
    throw refusal(
      end.subarray(0, BLOCK),
      undefined,
      manifest.files.map(({ path }) => path),
      manifest,
    );
  if ((await tar.takeSome(1)).length > 0)
    throw new BackupError("trailing-data", "There is something after the end of the archive, which td never writes: take another copy.");
}

function refusal(block: Uint8Array, due: TarEntry | undefined, seen: readonly string[], manifest: Manifest): BackupError {
  if (due === undefined && block.every((byte) => byte === 0))
    return new BackupError("trailing-data", "The archive has no proper end: take another copy.");
  const { code, what, path } = diagnose(
    block,
    due,
    [MANIFEST_NAME, ...seen],
    manifest.files.map((file) => file.path),
  );
  return new BackupError(code, `${what}: ${JSON.stringify(path)}. The archive is refused as a whole.`, { facts: { path } });
}

async function need(tar: ByteReader, count: number): Promise<Uint8Array> {
  const bytes = count === 0 ? new Uint8Array() : await tar.take(count);
  if (bytes === undefined) throw truncated();
  return bytes;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function truncated(): BackupError {
  return new BackupError("archive-truncated", "The archive ends before its end: take another copy.");
}
