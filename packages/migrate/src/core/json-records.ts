// Keyed records inside a JSON text: a list of objects, or an object of objects, anywhere in it. Reading and changing them are pure.
import { readJsonRecord, type RawObject } from "./json-record.ts";
import { containerOn, type stepsOf } from "./json-path.ts";
import { NotJson, skipSpace, type Container, type Part } from "./json-spans.ts";
import { Rejection } from "./reasons.ts";

/** How the records of a text are found. */
export interface JsonLayout {
  /** The way to the list or object. */
  readonly steps: NonNullable<ReturnType<typeof stepsOf>>;
  /** The key of a record in a list. For an object the name of the entry is the key. */
  readonly keyOf: (record: RawObject) => unknown;
  /** Which of two records with one key counts; `refuse` takes it for a broken text. */
  readonly duplicates: "refuse" | "first" | "last";
}

/** What is wrong with a text. */
export interface JsonProblem {
  readonly problem: "malformed" | "no-such-place" | "not-an-object" | "no-key" | "duplicate-key";
  /** The record or character meant, in words. */
  readonly where: string;
}

/** The records of a text. */
export interface JsonRecords {
  readonly text: string;
  readonly container: Container;
  /** The part that counts for each key, in the order of the text. */
  readonly byKey: ReadonlyMap<string, Part>;
  /** The key of every part. */
  readonly keys: readonly string[];
}

/** Finds the records. */
export function readJsonRecords(text: string, layout: JsonLayout): JsonRecords | JsonProblem {
  try {
    const container = containerOn(text, layout.steps);
    if (typeof container === "number") return { problem: "no-such-place", where: `step ${container + 1}` };
    if (layout.steps.length === 0 && skipSpace(text, container.end) !== text.length) throw new NotJson(container.end);
    return indexed(text, container, layout);
  } catch (error) {
    if (error instanceof NotJson) return { problem: "malformed", where: `character ${error.at + 1}` };
    if (error instanceof SyntaxError) return { problem: "malformed", where: "a record" };
    throw error;
  }
}

function indexed(text: string, container: Container, layout: JsonLayout): JsonRecords | JsonProblem {
  const byKey = new Map<string, Part>();
  const keys: string[] = [];
  for (const [at, part] of container.parts.entries()) {
    const key = part.name ?? keyIn(text, part, layout);
    if (key === undefined) return { problem: "no-key", where: `record ${at + 1}` };
    if (typeof key !== "string")
      return { problem: key.reason === "not-an-object" ? "not-an-object" : "malformed", where: `record ${at + 1}` };
    keys.push(key);
    if (byKey.has(key) && layout.duplicates === "refuse") return { problem: "duplicate-key", where: `"${key}", record ${at + 1}` };
    if (!byKey.has(key) || layout.duplicates === "last") byKey.set(key, part);
  }
  return { text, container, byKey, keys };
}

function keyIn(text: string, part: Part, { keyOf }: JsonLayout): string | Rejection | undefined {
  const record = recordAt(text, part);
  if (record instanceof Rejection) return record;
  const key = keyOf(record);
  return typeof key === "string" && key !== "" ? key : undefined;
}

/** The record of a part, numbers as text. */
export function recordAt(text: string, { value, end }: Part): RawObject | Rejection {
  return readJsonRecord(text.slice(value, end));
}

/** The text with records written and removed; everything else keeps its bytes. `write` gives the JSON of a value for an indentation. New ones go behind the others, or in front of them, the last given first. */
export function editJsonRecords(
  records: JsonRecords,
  puts: ReadonlyMap<string, (indent: string | undefined) => string>,
  deletes: ReadonlySet<string>,
  insert: "first" | "last" = "last",
): string {
  const { text, container, byKey, keys } = records;
  const style = styleOf(text, container);
  const pieces: string[] = [];
  for (const [at, part] of container.parts.entries()) {
    const key = keys[at] ?? "";
    if (deletes.has(key)) continue;
    const put = byKey.get(key) === part ? puts.get(key) : undefined;
    const value = put === undefined ? text.slice(part.value, part.end) : indented(put(style.indent), style);
    pieces.push(text.slice(part.lead, part.value) + value);
  }
  for (const [key, put] of puts) {
    if (byKey.has(key)) continue;
    const name = container.kind === "object" ? `${JSON.stringify(key)}:${style.indent === undefined ? "" : " "}` : "";
    pieces[insert === "last" ? "push" : "unshift"](style.lead + name + indented(put(style.indent), style));
  }
  const [open, close] = container.kind === "list" ? "[]" : "{}";
  return `${text.slice(0, container.start)}${open}${pieces.join(",")}${pieces.length === 0 ? "" : style.tail}${close}${text.slice(container.end)}`;
}

interface Style {
  /** White space before a record. */
  readonly lead: string;
  /** White space behind the last one. */
  readonly tail: string;
  /** The indentation of one level; `undefined` for records on one line. */
  readonly indent: string | undefined;
}

/** How the text is laid out, by its last record; an empty container is laid out as its text is. */
function styleOf(text: string, { start, end, parts }: Container): Style {
  const last = parts.at(-1);
  const base = /(?:^|\n)([ \t]*)[^\n]*$/.exec(text.slice(0, start))?.[1] ?? "";
  if (last === undefined) {
    const unit = /\n([ \t]+)\S/.exec(text)?.[1];
    return unit === undefined ? { lead: "", tail: "", indent: undefined } : { lead: `\n${base}${unit}`, tail: `\n${base}`, indent: unit };
  }
  const lead = text.slice(last.lead, last.start);
  const tail = text.slice(skipBack(text, end - 1), end - 1);
  const unit = lead.includes("\n") ? lead.slice(lead.lastIndexOf("\n") + 1).slice(base.length) : "";
  const onOneLine = !text.slice(last.value, last.end).includes("\n");
  return { lead, tail, indent: onOneLine ? undefined : unit === "" ? "  " : unit };
}

function skipBack(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at - 1] ?? "")) at--;
  return at;
}

function indented(json: string, { lead, indent }: Style): string {
  return indent === undefined ? json : json.replaceAll("\n", `\n${lead.slice(lead.lastIndexOf("\n") + 1)}`);
}
