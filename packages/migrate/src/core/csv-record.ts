// One CSV record -> its cells, by RFC 4180.
import { reject, type Rejection } from "./reasons.ts";

/** A cell; `null` is a cell with nothing in it, not even quotes (what databases write for NULL). */
export type Cell = string | null;

/** Splits a record into cells. Malformed: a quote inside an unquoted cell, text after a closing quote, a quote that stays open. */
export function readCells(text: string, delimiter: string): readonly Cell[] | Rejection {
  return text.includes('"') ? readQuoted(text, delimiter) : text.split(delimiter).map(bare);
}

function bare(text: string): Cell {
  return text === "" ? null : text;
}

function readQuoted(text: string, delimiter: string): readonly Cell[] | Rejection {
  const cells: Cell[] = [];
  for (let at = 0; ;) {
    const end = text.charCodeAt(at) === 34 ? closing(text, at + 1) : indexOrEnd(text, delimiter, at);
    if (end < 0) return reject("malformed-csv", "a quote is never closed");
    const cell = text.charCodeAt(at) === 34 ? text.slice(at + 1, end - 1).replaceAll('""', '"') : bare(text.slice(at, end));
    if (text.charCodeAt(at) !== 34 && cell?.includes('"') === true) return reject("malformed-csv", "a quote inside an unquoted cell");
    cells.push(cell);
    if (end === text.length) return cells;
    if (!text.startsWith(delimiter, end)) return reject("malformed-csv", "text after a closing quote");
    at = end + delimiter.length;
  }
}

/** The index after the closing quote, or -1. */
function closing(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text.charCodeAt(at + 1) === 34) at = text.indexOf('"', at + 2);
  return at < 0 ? -1 : at + 1;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from);
  return at < 0 ? text.length : at;
}
