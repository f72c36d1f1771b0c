// A CSV file with a header.
import type { Cursor } from "../core/account.ts";
import { type Cell, readCells } from "../core/csv-record.ts";
import { expectOption } from "../core/expect-option.ts";
import type { RawObject } from "../core/json-record.ts";
import { hasMark, helpFor, isBlank, looksLike } from "../core/looks-like.ts";
import { reject, Rejection } from "../core/reasons.ts";
import { findCsvRecord } from "../core/records.ts";
import type { KnownFields } from "../core/validate.ts";
import { MigrateError } from "../errors.ts";
import { checkColumns } from "./columns.ts";
import type { OpenSource, Source } from "./contract.ts";
import { emptySource, openFile, type SourceFile } from "./file.ts";
import { readingOf, recordLimit } from "./file-records.ts";

/** How a CSV file is read. */
export interface CsvOptions {
  /** The columns that the header must have, and no others. Default: the fields of the job's schema. */
  readonly columns?: readonly string[];
  /** What separates cells: one ASCII character, not a quote; `"\t"` for tabs. Default `,`. */
  readonly delimiter?: string;
  /** Lines before the header that are no part of the table, such as a title. From 0; default 0. */
  readonly skipLines?: number;
  /** What a cell with nothing in it becomes, not even quotes; a quoted empty cell is always `""`. Default `null`. */
  readonly emptyCell?: "null" | "text";
  /** Longest record in bytes, from 1; bounds the memory. Default 16 MiB. A longer one ends the import with `record-too-long`. */
  readonly maxRecordBytes?: number;
}

interface Header {
  readonly names: readonly string[];
  readonly start: Cursor;
}

/** Bytes in which the header must end. */
const HEAD = 1 << 20;

/**
 * A CSV file in UTF-8 by RFC 4180: quoted cells may hold delimiters, doubled quotes and line endings; records end with LF or CR LF,
 * the last one may have no ending. The first record names the columns. A byte order mark is skipped, blank lines are no records. Every cell reaches the schema as text, or `null` when there is nothing in it.
 */
export function csvFile(path: string, options: CsvOptions = {}): Source {
  const { delimiter = ",", skipLines = 0 } = options;
  recordLimit(options.maxRecordBytes);
  if (!Number.isSafeInteger(skipLines) || skipLines < 0)
    throw new MigrateError("invalid-option", `csvFile: skipLines must be a whole number from 0, not ${skipLines}.`, {
      facts: { skipLines },
    });
  const { emptyCell = "null" } = options;
  expectOption(emptyCell === "null" || emptyCell === "text", "csvFile", "emptyCell is null or text");
  if (typeof delimiter !== "string" || !/^[\t -!#-~]$/.test(delimiter)) {
    throw new MigrateError("invalid-option", "csvFile: delimiter must be one ASCII character, not a quote.", {
      facts: { delimiter },
    });
  }
  return {
    async open(fields) {
      const file = await openFile(path);
      try {
        return await openCsv(file, fields, { ...options, delimiter });
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
}

async function openCsv(file: SourceFile, fields: KnownFields, options: CsvOptions & { readonly delimiter: string }): Promise<OpenSource> {
  const { names, start } = headerOf(file, await file.read(0, HEAD), options.delimiter, options.skipLines ?? 0);
  checkColumns(
    file.path,
    "The header is",
    names,
    options.columns === undefined ? fields : { names: options.columns, required: options.columns, open: false },
  );
  const fingerprint = await file.fingerprint();
  const empty = options.emptyCell === "text" ? "" : null;
  return {
    kind: "csv",
    name: file.path,
    bytes: file.size,
    fingerprint,
    start,
    ...readingOf(file, fingerprint, findCsvRecord(options.delimiter), recordLimit(options.maxRecordBytes)),
    parse: (text) => recordOf(readCells(text, options.delimiter), names, empty),
    close: () => file.close(),
  };
}

function recordOf(cells: readonly Cell[] | Rejection, names: readonly string[], empty: Cell): RawObject | Rejection {
  if (cells instanceof Rejection) return cells;
  if (cells.length !== names.length) return reject("wrong-field-count", `${cells.length} cells under ${names.length} columns`);
  const record: Record<string, Cell> = {};
  for (let at = 0; at < names.length; at++) record[names[at] ?? ""] = cells[at] ?? empty;
  return record;
}

function headerOf(file: SourceFile, bytes: Buffer, delimiter: string, skipLines: number): Header {
  const mark = hasMark(bytes) ? 3 : 0;
  const head = bytes.subarray(mark);
  const guess = looksLike(head);
  if (isBlank(head) && bytes.length === file.size) throw emptySource(file.path);
  if (guess !== "text")
    throw notCsv(file.path, guess === "json" || guess === "json-array" ? "it is JSON; read it with jsonLines" : helpFor(guess), guess);
  const scan = head.toString("latin1");
  const extent = findCsvRecord(delimiter)(scan, headerStart(scan, skipLines), bytes.length === file.size);
  if (extent === null) throw notCsv(file.path, `its first ${HEAD} bytes hold no complete header`, guess);
  const names = readCells(head.toString("utf8", extent.start, extent.end), delimiter);
  if (names instanceof Rejection) throw notCsv(file.path, `its header is malformed: ${names.issues[0].note ?? names.reason}`, guess);
  const line = scan.slice(0, extent.next).split("\n").length;
  return { names: names.map((name) => name ?? ""), start: { byteOffset: mark + extent.next, line } };
}

/** Where the header begins: behind the lines to be skipped, at the first that is not blank. */
function headerStart(scan: string, skipLines: number): number {
  let from = 0;
  for (let line = 0; line < skipLines; line++) from = scan.indexOf("\n", from) + 1 || scan.length;
  return from + Math.max(0, scan.slice(from).search(/[^\r\n]/));
}

function notCsv(path: string, what: string, guess: string): MigrateError {
  return new MigrateError("not-csv", `${path} is not CSV: ${what}.`, { facts: { path, looksLike: guess } });
}
