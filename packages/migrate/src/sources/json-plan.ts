// The options of a JSON document, checked once and before anything is opened.
import { expectOption } from "../core/expect-option.ts";
import { isWithin, type JsonPath, readJsonPath } from "../core/record-path.ts";
import { MigrateError } from "../errors.ts";
import { recordLimit } from "./file-records.ts";
import type { DocumentPlan } from "./json-document.ts";

/** How the records of a JSON document are read. */
export interface JsonOptions {
  /**
   * Fields that each record takes over from what stands around it, by name: the path of the value (`bots[*].id`), or with a `~` at its end the key or index
   * under which it stands (`holdings.*~`). A record that has such a field itself is rejected as `carried-twice`. Default none.
   */
  readonly carry?: Readonly<Record<string, string>>;
  /** Only records whose carried fields are one of these values, `null` for one that is not there; the others are no records of this source. Default all. */
  readonly only?: Readonly<Record<string, readonly (string | null)[]>>;
  /** The field that a record which is no object becomes, such as a number in a list. Default none: such a record is rejected as `not-an-object`. */
  readonly value?: string;
  /** Longest record in bytes, from 1; bounds the memory. Default 16 MiB. A longer one ends the import with `record-too-long`. */
  readonly maxRecordBytes?: number;
}

/** The plan of a document. Throws `invalid-option`. */
export function documentPlan(source: string, at: string | readonly string[], options: JsonOptions): DocumentPlan {
  const texts = [...[at].flat(), ...Object.values(options.carry ?? {})];
  expectOption(
    texts.every((text) => typeof text === "string"),
    source,
    "give the path of the records, and of each field to carry, as text",
  );
  const records = (typeof at === "string" ? [at] : at).map((text) => readPath(source, text));
  if (records.length === 0) throw invalid(source, "give at least one path", "");
  for (const path of records) checkRecords(source, path, records);
  const carried = Object.fromEntries(
    Object.entries(options.carry ?? {}).map(([field, text]) => [field, carriedPath(source, text, records)]),
  );
  const value = options.value ?? null;
  const only = options.only ?? {};
  const unknown = Object.keys(only).find((field) => !(field in carried));
  if (unknown !== undefined) throw invalid(source, "only names a field that carry does not", unknown);
  const text = JSON.stringify([records.map((path) => path.text), options.carry ?? {}, value, only]);
  return { records, carried, only, value, text, maxRecordBytes: recordLimit(options.maxRecordBytes) };
}

function readPath(source: string, text: string): JsonPath {
  const path = readJsonPath(text);
  if (typeof path === "string") throw invalid(source, path, text);
  return path;
}

function checkRecords(source: string, path: JsonPath, all: readonly JsonPath[]): void {
  if (path.ofKey) throw invalid(source, "only carry can name a key; take the value and carry its key", path.text);
  const other = all.find((one) => one !== path && isWithin(path, one));
  if (other !== undefined) throw invalid(source, `its records would lie within those of ${other.text}, or be the same`, path.text);
}

/** What is carried stands beside the way to the records: below something that encloses them, and not on the way itself. */
function carriedPath(source: string, text: string, records: readonly JsonPath[]): JsonPath {
  const path = readPath(source, text);
  const around = path.ofKey ? path : { ...path, steps: path.steps.slice(0, -1) };
  if (path.steps.length === 0 || !records.some((record) => isWithin(record, around))) throw invalid(source, "it encloses no records", text);
  if (!path.ofKey && records.some((record) => isWithin(record, path) || isWithin(path, record)))
    throw invalid(source, "it holds the records itself, or lies within one", text);
  if (!path.ofKey && ["elements", "members"].includes(path.steps.at(-1)?.kind ?? ""))
    throw invalid(source, "name one value, not each", text);
  return path;
}

function invalid(source: string, why: string, path: string): MigrateError {
  const message = `${source}: the path ${JSON.stringify(path)} cannot be used: ${why}. Examples: "[*]", "trades[*]", "bots[*].orders[*]", "holdings.*".`;
  return new MigrateError("invalid-option", message, { facts: { path } });
}
