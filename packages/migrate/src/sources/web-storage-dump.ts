// What a browser kept in localStorage, saved as a JSON file.
import { expectOption } from "../core/expect-option.ts";
import { readJsonValue } from "../core/json-record.ts";
import { reject, Rejection } from "../core/reasons.ts";
import { MigrateError } from "../errors.ts";
import { redactedText } from "../import/redacted.ts";
import type { OpenSource, RawRecord, Source } from "./contract.ts";
import { openFile } from "./file.ts";
import { openDocument } from "./json-document.ts";
import { documentPlan } from "./json-plan.ts";

/** Which keys of a dump are read. */
export interface WebStorageOptions {
  /** The keys to read; others are no records. Default all but those that `never` names. */
  readonly keys?: readonly string[];
  /**
   * Keys that are never read, kept or shown, whatever `keys` says. Default: names that say they are secrets (token, secret, password, credential, API or private
   * key). A record that cannot be taken and has such a name anywhere in it, in capitals or not, is kept as its size and SHA-256 only.
   */
  readonly never?: RegExp;
}

const SECRETS = /token|secret|passw|credential|(?:api|private|access)[_-]?key/i;

/**
 * A dump of localStorage: an object of key and text (`JSON.stringify(localStorage)`), a list of pairs (`Object.entries(localStorage)`), or a list of
 * `{ name, value }` as test tools save it. One record per key: `key`, the `text` as it was stored, and `value`: what the text says when it is JSON, numbers
 * by their digits, and else the text itself, so that `NIFTY50` and `"NIFTY50"` in quotes are the same.
 */
export function webStorageDump(path: string, options: WebStorageOptions = {}): Source {
  const plan = documentPlan("webStorageDump", ["*", "[*]"], { carry: { key: "*~" }, value: "text" });
  const { keys, never = SECRETS } = options;
  expectOption(never instanceof RegExp, "webStorageDump", "never is a regular expression");
  expectOption(keys === undefined || Array.isArray(keys), "webStorageDump", "keys is a list of keys");
  const wanted = keys === undefined ? undefined : new Set(keys);
  if (never.global || never.sticky) throw new MigrateError("invalid-option", "webStorageDump: never must have no flag g or y.");
  const anyCase = new RegExp(never.source, never.flags.replace("i", "") + "i");
  const isRead = (key: unknown): boolean => typeof key !== "string" || (!never.test(key) && (wanted?.has(key) ?? true));
  const chosen = (record: RawRecord): readonly RawRecord[] => {
    const value = record.text === null ? undefined : readJsonValue(record.text);
    const [key, other] = namesOf(record, value);
    if (!isRead(key) || (typeof other === "string" && never.test(other))) return [];
    return [isNamed(anyCase, record.text, value) ? withoutText(record) : record];
  };
  return {
    async open() {
      const file = await openFile(path);
      try {
        const opened = await openDocument("web-storage", file, plan);
        return { ...opened, parse: readEntry, read: (from, prefix) => chosenOf(opened.read(from, prefix), chosen) };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
}

async function* chosenOf(
  all: ReturnType<OpenSource["read"]>,
  chosen: (record: RawRecord) => readonly RawRecord[],
): AsyncGenerator<readonly RawRecord[]> {
  for await (const records of all) yield records.flatMap(chosen);
}

/** The key of a record, and the other name that one with both has: no secret comes in under it. */
function namesOf({ carried }: RawRecord, value: unknown): readonly [unknown, unknown] {
  if (carried?.["key"] !== undefined) return [carried["key"], undefined];
  const [key] = entryOf(value) ?? [];
  return [key, typeof value === "object" && value !== null ? (value as { readonly name?: unknown }).name : undefined];
}

/** Whether a name occurs anywhere in a record. Of one that cannot be read nobody knows. */
function isNamed(name: RegExp, text: string | null, value: unknown): boolean {
  return text === null || value instanceof Rejection || name.test(text) || occursIn(name, value);
}

/** Whether a name is, or is part of, a text or a property anywhere in a value; texts that are JSON are looked into. */
function occursIn(name: RegExp, value: unknown): boolean {
  if (typeof value === "string") {
    const inner = /^\s*["[{]/.test(value) ? readJsonValue(value) : undefined;
    return name.test(value) || inner instanceof Rejection || (inner !== undefined && occursIn(name, inner));
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([property, item]) => name.test(property) || occursIn(name, item));
}

/** A record that is kept, if it must be, as what tells it from others. */
function withoutText(record: RawRecord): RawRecord {
  const { line, byteOffset, next, path, carried, refused, text } = record;
  const more = {
    ...(path !== undefined && { path }),
    ...(carried !== undefined && { carried }),
    ...(refused !== undefined && { refused }),
  };
  return { line, byteOffset, next, ...more, text, raw: () => record.raw(), redacted: redactedText(record.raw()) };
}

/** The key and the value of an element of a list. */
function entryOf(element: unknown): readonly [unknown, unknown] | undefined {
  if (Array.isArray(element)) return element.length === 2 ? [element[0], element[1]] : undefined;
  if (typeof element !== "object" || element === null || element instanceof Rejection) return undefined;
  const { name, key = name, value } = element as Readonly<Record<string, unknown>>;
  return [key, value];
}

/** The fields of a record; the key of a member of an object is carried. */
function readEntry(text: string): Readonly<Record<string, unknown>> | Rejection {
  const found = readJsonValue(text);
  if (found instanceof Rejection) return found;
  if (typeof found === "string" && text.trimStart().startsWith('"')) return { text: found, value: meaningOf(found) };
  const [key, value] = entryOf(found) ?? [];
  if (typeof key !== "string" || typeof value !== "string") return reject("not-text", "localStorage holds text under each key");
  return { key, text: value, value: meaningOf(value) };
}

function meaningOf(text: string): unknown {
  const value = readJsonValue(text);
  return value instanceof Rejection ? text : value;
}
