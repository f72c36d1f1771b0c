// The records of a file, cut out of blocks of bytes: constant memory whatever the size of the file.
import { isAscii, isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { Cursor } from "../core/account.ts";
import { findLine, type Extent, type FindRecord } from "../core/records.ts";
import { MigrateError } from "../errors.ts";
import type { OpenSource, RawRecord } from "./contract.ts";
import { changed, type SourceFile } from "./file.ts";

/** Bytes per read. */
export const BLOCK = 1 << 19;

/** The longest record in bytes: what the caller says, else 16 MiB. Throws `invalid-option`. */
export function recordLimit(asked = 1 << 24): number {
  if (Number.isSafeInteger(asked) && asked >= 1) return asked;
  throw new MigrateError("invalid-option", `maxRecordBytes must be a whole number from 1, not ${asked}.`, {
    facts: { maxRecordBytes: asked },
  });
}

/** The part of {@link OpenSource} that all files share. */
export type FileReading = Pick<OpenSource, "read" | "prefix" | "finish">;

/** Consecutive bytes of the file from which records were cut. */
interface Block {
  readonly bytes: Buffer;
  /** Position of its first byte in the file. */
  readonly start: number;
  /** Position behind its last record (or blank line); what follows begins the next block. */
  readonly end: number;
}

/** Reads a file record by record. `maxRecordBytes` bounds the memory that one record can take. */
export function readingOf(file: SourceFile, fingerprint: string, find: FindRecord, maxRecordBytes: number): FileReading {
  const digest = runningDigest();
  return {
    async *read(from, prefix) {
      await digestUpTo(file, from.byteOffset, digest);
      if (prefix !== null && digest.upTo(from.byteOffset) !== prefix)
        throw changed(file.path, "what was imported from it reads differently now");
      for await (const { block, records } of blocksOf(file, from, find, maxRecordBytes)) {
        digest.queue(block);
        if (records.length > 0) yield records;
      }
    },
    prefix: (cursor) => digest.upTo(cursor.byteOffset),
    async finish() {
      await file.expect(fingerprint);
      const sha256 = digest.upTo(file.size);
      await file.expectWhole(sha256);
      return sha256;
    },
  };
}

/** Runs over the bytes that come before the first record to be read: the mark, the header, what an earlier call imported. */
async function digestUpTo(file: SourceFile, end: number, digest: RunningDigest): Promise<void> {
  for (let start = 0; start < end; start += BLOCK) {
    const bytes = await file.read(start, Math.min(BLOCK, end - start));
    digest.queue({ bytes, start, end: start + bytes.length });
    digest.upTo(start + bytes.length);
  }
}

/** The digest of a source so far. */
export interface RunningDigest {
  /** Takes the next block. */
  queue(block: Block): void;
  /** SHA-256 of the file up to a position in the blocks queued so far, not before the last one asked for. */
  upTo(position: number): string;
}

/** Starts the digest of a source. */
export function runningDigest(): RunningDigest {
  const hash = createHash("sha256");
  const blocks: Block[] = [];
  let done = 0;
  const take = ({ bytes, start, end }: Block, position: number): boolean => {
    const to = Math.min(end, position);
    hash.update(bytes.subarray(done - start, to - start));
    done = to;
    return to === end;
  };
  return {
    queue: (block) => blocks.push(block),
    upTo(position) {
      while (blocks[0] !== undefined && take(blocks[0], position)) blocks.shift();
      return hash.copy().digest("hex");
    },
  };
}

async function* blocksOf(
  file: SourceFile,
  from: Cursor,
  find: FindRecord,
  limit: number,
): AsyncGenerator<{ block: Block; records: RawRecord[] }> {
  let at = from;
  let rest: Buffer = Buffer.alloc(0);
  for (let position = from.byteOffset; at.byteOffset < file.size;) {
    // A record that does not fit doubles the block, so that a long one is not scanned again for every few bytes.
    const bytes = await file.read(position, Math.max(BLOCK, rest.length), rest);
    position += bytes.length - rest.length;
    const { records, next } = cut(file.path, bytes, at, find, position === file.size, limit);
    rest = bytes.subarray(next.byteOffset - at.byteOffset);
    yield { block: { bytes, start: at.byteOffset, end: next.byteOffset }, records };
    at = next;
  }
}

/** Cuts the records out of a block; `atEnd`: nothing comes after it. */
function cut(
  path: string,
  bytes: Buffer,
  at: Cursor,
  find: FindRecord,
  atEnd: boolean,
  limit: number,
): { records: RawRecord[]; next: Cursor } {
  const scan = bytes.toString("latin1");
  const shared = { bytes, scan, ascii: isAscii(bytes) };
  const records: RawRecord[] = [];
  let next = at;
  for (let from = 0; from < scan.length;) {
    const found = find(scan, from, atEnd);
    const length = found === null ? scan.length - from : found.end - found.start;
    const extent = length > limit ? cutLong(path, scan, from, next, limit) : found;
    if (extent === null) break;
    const { start, end, lines } = extent;
    const { byteOffset, line } = next;
    next = { byteOffset: at.byteOffset + extent.next, line: line + lines };
    from = extent.next;
    if (isBlankLine(scan, start, end)) continue;
    records.push(new FileRecord(shared, start, end, byteOffset, line, next));
  }
  return { records, next };
}

/** The first line of a record that is too long because a quote was left open in a CSV file. When the line itself is too long there is no way on. */
function cutLong(path: string, scan: string, from: number, at: Cursor, limit: number): Extent {
  const line = findLine(scan, from, false);
  if (line !== null && line.end - line.start <= limit) return line;
  throw new MigrateError(
    "record-too-long",
    `${path}: the record in line ${at.line} is longer than ${limit} bytes. If that is right, give the source a larger maxRecordBytes; if not, the file is damaged there.`,
    { facts: { path, line: at.line, byteOffset: at.byteOffset, maxRecordBytes: limit } },
  );
}

function isBlankLine(scan: string, start: number, end: number): boolean {
  return end === start || (scan.charCodeAt(start) <= 32 && !/[^ \t\r]/.test(scan.slice(start, end)));
}

/** What the records of a block share. */
export interface SharedBytes {
  /** Its bytes. */
  readonly bytes: Buffer;
  /** The same as latin1 text, when somebody has made it. */
  readonly scan?: string;
  /** Whether the latin1 text is the text: no byte above 127. */
  readonly ascii: boolean;
}

/** A record inside a block. One is made for every record of a file, so it is one object; its text is cut when it is asked for. */
export class FileRecord implements RawRecord {
  readonly line: number;
  readonly byteOffset: number;
  readonly next: Cursor;
  readonly #shared: SharedBytes;
  readonly #start: number;
  readonly #end: number;

  constructor(shared: SharedBytes, start: number, end: number, byteOffset: number, line: number, next: Cursor) {
    this.line = line;
    this.byteOffset = byteOffset;
    this.next = next;
    this.#shared = shared;
    this.#start = start;
    this.#end = end;
  }

  get text(): string | null {
    const { ascii, scan } = this.#shared;
    if (ascii) return scan?.slice(this.#start, this.#end) ?? this.#shared.bytes.toString("latin1", this.#start, this.#end);
    const bytes = this.#shared.bytes.subarray(this.#start, this.#end);
    return isUtf8(bytes) ? bytes.toString("utf8") : null;
  }

  raw(): Uint8Array {
    return this.#shared.bytes.subarray(this.#start, this.#end);
  }
}
