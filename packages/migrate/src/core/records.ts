// Where records begin and end. Works on a "scan": bytes decoded as latin1, so that an index in the text is an index in the bytes.
// Line ends, quotes and delimiters are ASCII and never part of a longer UTF-8 character, so the cuts are right for UTF-8 too.

/** Where one record lies in a scan. */
export interface Extent {
  /** First character. */
  readonly start: number;
  /** After the last character, line ending excluded. */
  readonly end: number;
  /** Where the next record starts. */
  readonly next: number;
  /** Line endings between `start` and `next`. */
  readonly lines: number;
}

/**
 * Finds the record that starts at `from`; `null` means that more bytes are needed to tell.
 * With `final` there are no more bytes, and the answer is never `null`.
 */
export type FindRecord = (scan: string, from: number, final: boolean) => Extent | null;

/** A record per line, ended by LF or CR LF; the last one may have no ending. */
export function findLine(scan: string, from: number, final: boolean): Extent | null {
  const newline = scan.indexOf("\n", from);
  if (newline >= 0) return { start: from, end: beforeReturn(scan, from, newline), next: newline + 1, lines: 1 };
  return final ? { start: from, end: beforeReturn(scan, from, scan.length), next: scan.length, lines: 0 } : null;
}

/** A record of RFC 4180: a line, unless a quoted field goes on over line endings. */
export function findCsvRecord(delimiter: string): FindRecord {
  return (scan, from, final) => {
    const line = findLine(scan, from, final);
    if (line === null || !scan.slice(line.start, line.end).includes('"')) return line;
    const end = endOfQuoted(scan, from, delimiter);
    if (end !== null && (final || end < scan.length)) return spanOf(scan, from, end);
    // A quote that is never closed spoils its own line only: the lines after it are records again.
    return final ? line : null;
  };
}

function beforeReturn(scan: string, from: number, end: number): number {
  return end > from && scan.charCodeAt(end - 1) === 13 ? end - 1 : end;
}

function spanOf(scan: string, from: number, end: number): Extent {
  let lines = 0;
  for (let at = scan.indexOf("\n", from); at >= 0 && at <= end; at = scan.indexOf("\n", at + 1)) lines++;
  return { start: from, end: beforeReturn(scan, from, end), next: Math.min(end + 1, scan.length), lines };
}

/** The index of the line ending after the record, or the length of the scan; `null` when a quote stays open. */
function endOfQuoted(scan: string, from: number, delimiter: string): number | null {
  let newline = -1;
  for (let at = from; ;) {
    if (scan.charCodeAt(at) === 34) {
      const close = closingQuote(scan, at + 1);
      if (close < 0) return null;
      at = close + 1;
    }
    if (newline < at) newline = indexOrEnd(scan, "\n", at);
    const comma = scan.slice(at, newline).indexOf(delimiter);
    if (comma < 0) return newline;
    at += comma + delimiter.length;
  }
}

function closingQuote(scan: string, from: number): number {
  let at = scan.indexOf('"', from);
  while (at >= 0 && scan.charCodeAt(at + 1) === 34) at = scan.indexOf('"', at + 2);
  return at;
}

function indexOrEnd(scan: string, text: string, from: number): number {
  const at = scan.indexOf(text, from);
  return at < 0 ? scan.length : at;
}
