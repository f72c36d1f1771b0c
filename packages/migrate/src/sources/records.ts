// Records that the host already has in memory, or makes one at a time.
import { createHash } from "node:crypto";
import { expectOption } from "../core/expect-option.ts";
import { readWholeNumbers, writeJsonRecord } from "../core/json-record.ts";
import type { OpenSource, RawRecord, Source } from "./contract.ts";
import { changed } from "./file.ts";

/** Records per array handed on. */
const GROUP = 1000;

/**
 * Records out of an array, a generator or a query. `name` identifies them: an interrupted import goes on only if the records before the stop are the same again.
 *
 * Give amounts as text, `bigint` or `Decimal`: a JavaScript number that is not a whole number below 2^53 is rejected as `number-not-exact`.
 */
export function records(name: string, items: Iterable<unknown> | AsyncIterable<unknown>): Source {
  const iterable = typeof items === "object" && items !== null && (Symbol.iterator in items || Symbol.asyncIterator in items);
  expectOption(typeof name === "string", "records", "name is a text");
  expectOption(iterable, "records", "items is an array, a generator or anything else that can be iterated");
  return { open: async () => openRecords(name, items) };
}

function openRecords(name: string, items: Iterable<unknown> | AsyncIterable<unknown>): OpenSource {
  const digest = textDigest();
  return {
    kind: "records",
    name,
    bytes: null,
    fingerprint: createHash("sha256").update(name).digest("hex"),
    start: { byteOffset: 0, line: 1 },
    async *read(from, prefix) {
      let at = 0;
      let group: RawRecord[] = [];
      const check = (): void => {
        if (prefix !== null && digest.upTo(from.byteOffset) !== prefix) throw changed(name, "its first records are not what they were");
      };
      for await (const item of items) {
        if (at === from.byteOffset) check();
        const text = writeJsonRecord(item);
        digest.queue(text);
        if (at >= from.byteOffset) group.push(rawRecord(text, at));
        at++;
        if (group.length < GROUP) continue;
        yield group;
        group = [];
      }
      if (at <= from.byteOffset) check();
      if (group.length > 0) yield group;
    },
    prefix: (cursor) => digest.upTo(cursor.byteOffset),
    finish: async () => digest.upTo(Number.MAX_SAFE_INTEGER),
    parse: readWholeNumbers,
    close: async () => {},
  };
}

function rawRecord(text: string, at: number): RawRecord {
  return { line: at + 1, byteOffset: at, next: { byteOffset: at + 1, line: at + 2 }, text, raw: () => Buffer.from(text) };
}

/** The digest of records that have no bytes of their own: over their texts. */
export function textDigest(): { queue(text: string): void; upTo(position: number): string } {
  const hash = createHash("sha256");
  const waiting: string[] = [];
  let done = 0;
  return {
    queue: (text) => waiting.push(text),
    upTo(position) {
      const taken = waiting.splice(0, Math.max(0, position - done));
      for (const text of taken) hash.update(text).update("\n");
      done += taken.length;
      return hash.copy().digest("hex");
    },
  };
}
