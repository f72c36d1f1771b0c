// A buffered file writer that knows how many lines it has written and their digest.
import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";

/** What a finished file holds. */
export interface FileTruth {
  /** Lines written; a last line without a newline counts. */
  readonly lines: number;
  /** SHA-256 of the file's bytes, lower-case hexadecimal. */
  readonly sha256: string;
}

/** Writes a file line by line. */
export interface LineWriter {
  /** Appends a line; `end` replaces the newline after it. */
  line(text: string, end?: string): void;
  /** Appends bytes, newline included, that count as one line. */
  bytes(bytes: Uint8Array): void;
  /** The number of the line written last, from 1. */
  lines(): number;
  close(): FileTruth;
}

const BUFFER = 1 << 20;

/** Creates or empties the file at `path`. */
export function lineWriter(path: string): LineWriter {
  const file = openSync(path, "w"),
    hash = createHash("sha256");
  let lines = 0,
    text = "";
  const raw = (bytes: Uint8Array) => {
    hash.update(bytes);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  };
  const flush = () => {
    raw(Buffer.from(text));
    text = "";
  };
  return {
    line(next, end = "\n") {
      lines++;
      text += next + end;
      if (text.length > BUFFER) flush();
    },
    bytes(next) {
      lines++;
      flush();
      raw(next);
    },
    lines: () => lines,
    close() {
      flush();
      closeSync(file);
      return { lines, sha256: hash.digest("hex") };
    },
  };
}
