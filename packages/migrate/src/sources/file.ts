// A regular file, opened for one reading from front to back, whose content must not change meanwhile.
import { createHash } from "node:crypto";
import { constants, type BigIntStats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { MigrateError } from "../errors.ts";

/** Bytes at either end of a file that go into its fingerprint. */
const SAMPLE = 1 << 20;

/** An open file. */
export interface SourceFile {
  /** The path as the caller gave it. */
  readonly path: string;
  /** Size in bytes when it was opened. */
  readonly size: number;
  /**
   * A buffer with what was left `before`, and behind it `length` bytes from a position; shorter only at the end of the file. Throws `source-changed` when the
   * file has become shorter.
   */
  read(position: number, length: number, before?: Uint8Array): Promise<Buffer>;
  /** SHA-256 of the size and of both ends. */
  fingerprint(): Promise<string>;
  /** Throws `source-changed` when the size or either end differs from a fingerprint. */
  expect(fingerprint: string): Promise<void>;
  /** When it was last written, before it was opened: nanoseconds; empty when nobody can write to it. Another time need not mean other content. */
  readonly modified: string;
  /** Throws `source-changed` when its SHA-256 is another one by now. Reads it again only when it was touched since it was opened. */
  expectWhole(sha256: string): Promise<void>;
  /** Closes it. */
  close(): Promise<void>;
}

/** Opens a regular file. Throws `source-missing`, `source-not-a-file` or `source-unreadable`. */
export async function openFile(path: string): Promise<SourceFile> {
  const handle = await openHandle(path);
  try {
    return sourceFile(path, await handle.stat({ bigint: true }), handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The error for a source without records. */
export function emptySource(path: string): MigrateError {
  return new MigrateError("source-empty", `${path} is empty: check that the export that wrote it succeeded, or leave the source out.`, {
    facts: { path },
  });
}

async function openHandle(path: string): Promise<FileHandle> {
  try {
    // Asked before opening: opening a pipe would wait for a writer.
    if (!(await stat(path)).isFile()) throw notAFile(path);
    return await open(path, constants.O_RDONLY);
  } catch (error) {
    throw error instanceof MigrateError ? error : unreadable(path, error);
  }
}

function notAFile(path: string): MigrateError {
  return new MigrateError("source-not-a-file", `${path} is a directory, a pipe or a device: give the path of a regular file.`, {
    facts: { path },
  });
}

function unreadable(path: string, cause: unknown): MigrateError {
  const errno = (cause as NodeJS.ErrnoException).code ?? "UNKNOWN";
  const facts = { path, errno };
  if (errno === "ENOENT" || errno === "ENOTDIR") {
    return new MigrateError("source-missing", `${path} does not exist: check the path (it is read from the folder ${process.cwd()}).`, {
      facts,
      cause,
    });
  }
  const message = `${path} cannot be read (${errno}): give this user read permission for the file and for the folders above it, then run the import again.`;
  return new MigrateError("source-unreadable", message, { facts, cause });
}

/** Bytes at once when a file is read again. */
const AGAIN = 1 << 20;

function sourceFile(path: string, opened: BigIntStats, handle: FileHandle): SourceFile {
  const size = Number(opened.size);
  const read = async (position: number, length: number, before?: Uint8Array): Promise<Buffer> => {
    const from = before?.length ?? 0;
    const buffer = Buffer.allocUnsafe(from + Math.min(length, size - position));
    if (before !== undefined) buffer.set(before);
    for (let filled = from; filled < buffer.length;) {
      const at = position + filled - from;
      const { bytesRead } = await readSome(path, handle, buffer, filled, at);
      if (bytesRead === 0) throw changed(path, `it had ${size} bytes and now ends at ${at}`);
      filled += bytesRead;
    }
    return buffer;
  };
  const fingerprint = async (): Promise<string> => {
    const head = await read(0, SAMPLE);
    const tail = await read(Math.max(0, size - SAMPLE), SAMPLE);
    return createHash("sha256").update(`${size}\n`).update(head).update(tail).digest("hex");
  };
  const expect = async (before: string): Promise<void> => {
    const now = (await handle.stat()).size;
    if (now !== size) throw changed(path, `it had ${size} bytes and now has ${now}`);
    if ((await fingerprint()) !== before) throw changed(path, "its content is not what it was");
  };
  const expectWhole = async (before: string): Promise<void> => {
    const { mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
    // The time of the last write can be set back, that of the last change of any kind cannot.
    if (mtimeNs === opened.mtimeNs && ctimeNs === opened.ctimeNs) return;
    const hash = createHash("sha256");
    for (let at = 0; at < size; at += AGAIN) hash.update(await read(at, AGAIN));
    if (hash.digest("hex") !== before) throw changed(path, "it was written to while it was read");
  };
  return { path, size, read, fingerprint, expect, modified: String(opened.mtimeNs), expectWhole, close: () => handle.close() };
}

async function readSome(path: string, handle: FileHandle, buffer: Buffer, at: number, position: number): Promise<{ bytesRead: number }> {
  try {
    return await handle.read(buffer, at, buffer.length - at, position);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The error for a source that changed while it was read, or since the unfinished run began. */
export function changed(path: string, how: string): MigrateError {
  const message = `${path} changed: ${how}. Nothing that was imported is lost. Copy the file while nobody writes to it and run the import with { restart: true }: what is there already counts as identical.`;
  return new MigrateError("source-changed", message, { facts: { path } });
}
