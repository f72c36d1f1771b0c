// A file with one JSON object per line.
import type { Cursor } from "../core/account.ts";
import { readJsonRecord } from "../core/json-record.ts";
import { hasMark, helpFor, isBlank, looksLike, type LooksLike } from "../core/looks-like.ts";
import { findLine } from "../core/records.ts";
import { MigrateError } from "../errors.ts";
import type { OpenSource, Source } from "./contract.ts";
import { emptySource, openFile, type SourceFile } from "./file.ts";
import { readingOf, recordLimit } from "./file-records.ts";

/** How a JSON Lines file is read. */
export interface JsonLinesOptions {
  /** Longest record in bytes, from 1; bounds the memory. Default 16 MiB. A longer one ends the import with `record-too-long`. */
  readonly maxRecordBytes?: number;
}

/** Bytes looked at before the first record is read. */
const HEAD = 1 << 16;

/**
 * A file of JSON Lines in UTF-8: one object per line, ended by LF or CR LF, the last line with or without. A byte order mark is skipped, blank lines are
 * no records. Numbers reach the schema as their exact source text.
 */
export function jsonLines(path: string, options: JsonLinesOptions = {}): Source {
  return {
    async open() {
      const file = await openFile(path);
      try {
        return await openLines(file, recordLimit(options.maxRecordBytes));
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
}

async function openLines(file: SourceFile, maxRecordBytes: number): Promise<OpenSource> {
  const start = startOf(file, await file.read(0, HEAD));
  const fingerprint = await file.fingerprint();
  return {
    kind: "json-lines",
    name: file.path,
    bytes: file.size,
    fingerprint,
    start,
    ...readingOf(file, fingerprint, findLine, maxRecordBytes),
    parse: readJsonRecord,
    close: () => file.close(),
  };
}

function startOf(file: SourceFile, bytes: Buffer): Cursor {
  const mark = hasMark(bytes) ? 3 : 0;
  const head = bytes.subarray(mark);
  if (isBlank(head) && mark + head.length === file.size) throw emptySource(file.path);
  const guess = looksLike(head);
  if (isBlank(head) || isLines(guess, head.toString("latin1"))) return { byteOffset: mark, line: 1 };
  throw new MigrateError("not-json-lines", `${file.path} is not JSON Lines: ${helpFor(guess)}.`, {
    facts: { path: file.path, looksLike: guess },
  });
}

/** One good beginning of a line among bad ones is enough: what is wrong with the others is for the report. */
function isLines(guess: LooksLike, head: string): boolean {
  return (guess === "json" || guess === "text" || (guess === "binary" && head.startsWith('{"'))) && /^[ \t]*\{[ \t]*["}]/m.test(head);
}
