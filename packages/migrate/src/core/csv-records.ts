// Keyed records in a CSV text with a header. Reading and changing them are pure; untouched records keep their bytes.
import { readCells } from "./csv-record.ts";
import { Rejection } from "./reasons.ts";

/** One record of a CSV file, by the names of its columns; `null` is a cell with nothing in it. */
export type CsvRecord = Readonly<Record<string, string | null>>;

/** Where a record lies, its line ending included. */
interface Line {
  readonly start: number;
  readonly end: number;
}

/** The records of a text. */
export interface CsvRecords {
  readonly text: string;
  readonly header: readonly string[];
  readonly byKey: ReadonlyMap<string, Line>;
  readonly eol: string;
}

/** What is wrong with a text. */
export interface CsvProblem {
  readonly problem: "malformed" | "no-key" | "duplicate-key" | "last-line";
  readonly where: string;
}

/** What a last line without an ending is. */
export type LastLine = "refuse" | "whole" | "torn";

/**
 * Finds the records of a text. A last line without an ending and with too few cells is one that was never written to its end, so never
 * acknowledged: it does not count, unless all lines are said to be whole. With all its cells it may still be cut in the last of them, which nobody can see.
 */
export function readCsvRecords(text: string, keyColumn: string, delimiter: string, lastLine: LastLine = "refuse"): CsvRecords | CsvProblem {
  const lines = linesOf(text);
  const [first] = lines;
  if (first === undefined) return { text, header: [], byKey: new Map(), eol: "\n" };
  const header = cellsOf(text, first, delimiter);
  if (header === undefined || header.includes(null)) return { problem: "malformed", where: "the header" };
  const column = header.indexOf(keyColumn);
  if (column < 0) return { problem: "no-key", where: `the header has no column ${keyColumn}` };
  const byKey = new Map<string, Line>();
  for (const [at, line] of lines.slice(1).entries()) {
    if (line.end - line.start === 0 || text.slice(line.start, line.end).trim() === "") continue;
    const cells = cellsOf(text, line, delimiter);
    const fits = cells?.length === header.length;
    if (lastLine !== "whole" && line.end === text.length && !text.endsWith("\n")) {
      if (fits && lastLine === "refuse") return { problem: "last-line", where: `record ${at + 1}` };
      return { text: text.slice(0, line.start), header: header as string[], byKey, eol: eolOf(text, first) };
    }
    if (cells === undefined || !fits) return { problem: "malformed", where: `record ${at + 1}` };
    const key = cells[column];
    if (key === null || key === undefined || key === "") return { problem: "no-key", where: `record ${at + 1}` };
    if (byKey.has(key)) return { problem: "duplicate-key", where: `"${key}", record ${at + 1}` };
    byKey.set(key, line);
  }
  return { text, header: header as string[], byKey, eol: eolOf(text, first) };
}

function eolOf(text: string, first: Line): string {
  return text.slice(first.start, first.end).endsWith("\r\n") ? "\r\n" : "\n";
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 34) quoted = !quoted;
    else if (unit === 10 && !quoted) {
      lines.push({ start, end: at + 1 });
      start = at + 1;
    }
  }
  if (start < text.length) lines.push({ start, end: text.length });
  return lines;
}

function cellsOf(text: string, { start, end }: Line, delimiter: string): readonly (string | null)[] | undefined {
  const cells = readCells(text.slice(start, end).replace(/\r?\n$/, ""), delimiter);
  return cells instanceof Rejection ? undefined : cells;
}

/** The record of a line. */
export function csvRecordAt({ text, header }: CsvRecords, line: Line, delimiter: string): CsvRecord {
  const cells = cellsOf(text, line, delimiter) ?? [];
  return Object.fromEntries(header.map((name, at) => [name, cells[at] ?? null]));
}

/** The line of a record, without its ending; the columns that it has and the header lacks, when it has such. */
export function csvLine(header: readonly string[], record: CsvRecord, delimiter: string): string | { readonly unknown: readonly string[] } {
  const unknown = Object.keys(record).filter((name) => !header.includes(name));
  if (unknown.length > 0) return { unknown };
  return header.map((name) => cell(record[name] ?? null, delimiter)).join(delimiter);
}

function cell(text: string | null, delimiter: string): string {
  if (text === null) return "";
  // White space alone is quoted: a line of nothing else would be a blank one.
  const plain = text.trim() !== "" && !/["\r\n]/.test(text) && !text.includes(delimiter);
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}

/** The text with lines replaced, added at the end and removed. */
export function editCsvRecords(records: CsvRecords, puts: ReadonlyMap<string, string>, deletes: ReadonlySet<string>): string {
  const { text, byKey, eol } = records;
  const pieces: string[] = [];
  let at = 0;
  for (const [key, { start, end }] of byKey) {
    const put = puts.get(key);
    if (put === undefined && !deletes.has(key)) continue;
    pieces.push(text.slice(at, start), put === undefined ? "" : put + eol);
    at = end;
  }
  const kept = pieces.join("") + text.slice(at);
  const added = [...puts].filter(([key]) => !byKey.has(key)).map(([, line]) => line + eol);
  return (kept === "" || kept.endsWith("\n") ? kept : kept + eol) + added.join("");
}
