// The records of a JSON text as a store, whatever holds the text.
import { compareKeys, keyInRange } from "../core/compare-keys.ts";
import { readJsonRecord, type RawObject } from "../core/json-record.ts";
import { stepsOf } from "../core/json-path.ts";
import { editJsonRecords, readJsonRecords, recordAt, type JsonLayout, type JsonProblem, type JsonRecords } from "../core/json-records.ts";
import type { Part } from "../core/json-spans.ts";
import { writeJsonValue } from "../core/json-write.ts";
import { Rejection } from "../core/reasons.ts";
import { MigrateError } from "../errors.ts";
import type { RecordStore, ScanRange, StoredRecord } from "./record-store.ts";
import type { TextDocument, VersionedText } from "./text-document.ts";

/** Where in a JSON text the records lie, and how they are read and written. */
export interface JsonRecordsOptions<T> {
  /**
   * The way to the list or object that holds the records: names between dots, `[0]` for an element by place, `[id=bot_a]` for the one with
   * that field, such as `bots[id=bot_a].orders`. Default: the root.
   */
  readonly at?: string;
  /**
   * The field that holds a record's key, or what makes the key of a record; a put whose record has another is refused. Not needed when the records are
   * the entries of an object: their names are the keys, whatever the records hold.
   */
  readonly key?: string | ((record: RawObject) => string);
  /** What the place is when it is not there yet in the object that `at` leads to, or the text is empty: a list (default) or an object. */
  readonly empty?: "list" | "object";
  /** Where new records go: behind those that stand (`last`, default), or in front of them (`first`), the last of a put first: for lists whose newest is first. */
  readonly insert?: "first" | "last";
  /** Which record counts when a list has a key twice: `refuse` (default) throws `duplicate-key`. A put replaces that one, a delete removes all. */
  readonly duplicates?: "refuse" | "first" | "last";
  /** Fields, names between dots, whose text is written as a JSON number with just these digits. Default none. Values of type number and bigint, and those of `JSON.rawJSON`, are always written as numbers. */
  readonly numbers?: readonly string[];
  /** Makes a value of a record as it stands; its numbers are exact text. Default: the record itself. */
  readonly read?: (record: RawObject) => T;
  /** Makes the record to write of a value. Default: the value itself. */
  readonly write?: (value: T) => object;
}

/** The store over the records of a text. Every put and delete is all or none. */
export function jsonDocumentStore<T>(document: TextDocument, options: JsonRecordsOptions<T>): RecordStore<T> {
  const layout = layoutOf(document.name, options);
  const read = options.read ?? ((record) => record as T);
  const numbers = new Set(options.numbers);
  const json = (key: string, value: T) => (indent: string | undefined) =>
    written(document.name, key, options.write?.(value) ?? value, numbers, indent);
  // Kept as long as the document keeps that text, and no longer: many stores over one document hold one text among them.
  const parsed = new WeakMap<VersionedText, JsonRecords>();
  const recordsOf = (current: VersionedText | undefined): JsonRecords => {
    const known = current === undefined ? undefined : parsed.get(current);
    if (known !== undefined) return known;
    const records = checked(document.name, recordsIn(current?.text ?? "", layout, options));
    if (current !== undefined) parsed.set(current, records);
    return records;
  };
  const valueAt = (records: JsonRecords, part: Part): T => {
    const record = recordAt(records.text, part);
    if (record instanceof Rejection) throw malformed(document.name, { problem: "not-an-object", where: `character ${part.start + 1}` });
    return read(record);
  };
  const change = async (puts: readonly StoredRecord<T>[], deletes: readonly string[]): Promise<void> => {
    const writers = new Map(puts.map(({ key, value }) => [key, json(key, value)]));
    await document.edit((current) => {
      const records = recordsOf(current);
      if (puts.length === 0 && !deletes.some((key) => records.byKey.has(key))) return undefined;
      if (records.container.kind === "list")
        for (const [key, write] of writers) refuseOtherKey(document.name, key, write(undefined), layout);
      return editJsonRecords(records, writers, new Set(deletes), options.insert);
    });
  };
  return {
    name: document.name,
    get: async (key) => {
      const records = recordsOf(await document.read());
      const part = records.byKey.get(key);
      return part === undefined ? undefined : valueAt(records, part);
    },
    put: async (records) => (records.length === 0 ? undefined : change(records, [])),
    delete: async (keys) => (keys.length === 0 ? undefined : change([], keys)),
    async *scan(range: ScanRange = {}) {
      const records = recordsOf(await document.read());
      const found = [...records.byKey].filter(([key]) => keyInRange(key, range)).sort(([a], [b]) => compareKeys(a, b));
      for (let at = 0; at < found.length; at += CHUNK)
        yield found.slice(at, at + CHUNK).map(([key, part]) => ({ key, value: valueAt(records, part) }));
    },
  };
}

const CHUNK = 1000;

function layoutOf<T>(name: string, { at = "", key, duplicates = "refuse" }: JsonRecordsOptions<T>): JsonLayout {
  const steps = stepsOf(at);
  if (steps === undefined)
    throw new MigrateError("invalid-option", `${name}: "${at}" is no path; write it like bots[0].orders.`, { facts: { at } });
  const keyOf = typeof key === "function" ? key : (record: RawObject): unknown => (key === undefined ? undefined : record[key]);
  return { steps, keyOf, duplicates };
}

/** The records of a text. A place that is not there yet is made when the object that it would be in is there. */
function recordsIn<T>(text: string, layout: JsonLayout, { at = "", empty = "list" }: JsonRecordsOptions<T>): JsonRecords | JsonProblem {
  const isEmpty = /^\uFEFF?\s*$/.test(text);
  const place = empty === "list" ? "[]" : "{}";
  const whole = isEmpty ? (at === "" ? place : "{}") : text;
  const found = readJsonRecords(whole, layout);
  const last = layout.steps.at(-1);
  if (!("problem" in found) || found.problem !== "no-such-place" || last === undefined || !("name" in last)) return found;
  const around = readJsonRecords(whole, { ...layout, steps: layout.steps.slice(0, -1) });
  if ("problem" in around || around.container.kind !== "object" || around.byKey.has(last.name)) return found;
  return readJsonRecords(editJsonRecords(around, new Map([[last.name, () => place]]), new Set()), layout);
}

function checked(name: string, records: JsonRecords | JsonProblem): JsonRecords {
  if ("problem" in records) throw malformed(name, records);
  return records;
}

const PROBLEMS: Readonly<Record<JsonProblem["problem"], string>> = {
  malformed: "is not JSON",
  "no-such-place": "has nothing at the path given as `at`",
  "not-an-object": "has a record that is no object",
  "no-key": "has a record without a key: text that is not empty",
  "duplicate-key": 'has two records with one key; mend it, or say which counts with `duplicates: "first"` or `"last"`',
};

function malformed(name: string, { problem, where }: JsonProblem): MigrateError {
  const code = problem === "duplicate-key" ? "duplicate-key" : "store-malformed";
  return new MigrateError(code, `${name} ${PROBLEMS[problem]} (${where}). Nothing was changed.`, {
    facts: { store: name, problem, where },
  });
}

function written(name: string, key: string, value: unknown, numbers: ReadonlySet<string>, indent: string | undefined): string {
  try {
    const text = writeJsonValue(value, numbers, indent);
    if (text?.startsWith("{") === true) return text;
  } catch (cause) {
    throw refused(name, key, cause);
  }
  throw refused(name, key, undefined);
}

// In a list the record says its key itself: one with another, or with none, would make the whole text unreadable.
function refuseOtherKey(name: string, key: string, text: string, { keyOf }: JsonLayout): void {
  const record = readJsonRecord(text);
  const own = record instanceof Rejection ? undefined : keyOf(record);
  if (own !== key || key === "") throw refused(name, key, undefined, "the key that it holds itself is another or none");
}

function refused(name: string, key: string, cause: unknown, why = "it must be a plain object whose numbers are finite"): MigrateError {
  return new MigrateError("record-refused", `${name} cannot hold the record "${key}": ${why}. Nothing was changed.`, {
    facts: { store: name, key },
    ...(cause === undefined ? {} : { cause }),
  });
}
