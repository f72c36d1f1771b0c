// Records that have no bytes in a file but a number: rows of a query.
import type { OpenSource, RawRecord } from "./contract.ts";
import { changed } from "./file.ts";
import { textDigest } from "./records.ts";

/** A record before it has its number. */
export type Unnumbered = Omit<RawRecord, "line" | "byteOffset" | "next">;

/** The part of {@link OpenSource} that counts and digests records. `all` gives them from the first on, in the same order each time. */
export function numberedReading(
  name: string,
  all: () => AsyncIterable<readonly Unnumbered[]>,
): Pick<OpenSource, "read" | "prefix" | "finish"> {
  const digest = textDigest();
  return {
    async *read(from, prefix) {
      let at = 0;
      let checked = prefix === null;
      const check = (): void => {
        if (!checked && digest.upTo(from.byteOffset) !== prefix) throw changed(name, "its first records are not what they were");
        checked = true;
      };
      for await (const group of all()) {
        const first = at;
        for (const { text } of group) {
          if (at++ === from.byteOffset) check();
          digest.queue(text ?? "");
        }
        const skipped = Math.min(Math.max(0, from.byteOffset - first), group.length);
        if (at <= from.byteOffset) digest.upTo(at);
        if (skipped < group.length) yield group.slice(skipped).map((record, i) => numbered(record, first + skipped + i));
      }
      check();
    },
    prefix: (cursor) => digest.upTo(cursor.byteOffset),
    finish: async () => digest.upTo(Number.MAX_SAFE_INTEGER),
  };
}

function numbered(record: Unnumbered, at: number): RawRecord {
  return { ...record, line: at + 1, byteOffset: at, next: { byteOffset: at + 1, line: at + 2 } };
}
