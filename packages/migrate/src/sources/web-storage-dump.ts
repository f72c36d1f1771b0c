// What a browser kept in localStorage, saved as a JSON file.
import { readJsonValue } from "../core/json-record.ts";
import { reject, Rejection } from "../core/reasons.ts";
import { MigrateError } from "../errors.ts";
import type { OpenSource, RawRecord, Source } from "./contract.ts";
import { openFile } from "./file.ts";
import { openDocument } from "./json-document.ts";
import { documentPlan } from "./json-plan.ts";

/** Which keys of a dump are read. */
export interface WebStorageOptions {
  /** The keys to read; others are no records. Default all but those that `never` names. */
  readonly keys?: readonly string[];
  /** Keys that are never read, kept or shown, whatever `keys` says. Default: names that say they are secrets (token, secret, password, credential, API or private key). */
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
  const wanted = keys === undefined ? undefined : new Set(keys);
  if (never.global || never.sticky) throw new MigrateError("invalid-option", "webStorageDump: never must have no flag g or y.");
  const isRead = (key: string | undefined): boolean => key === undefined || (!never.test(key) && (wanted?.has(key) ?? true));
  return {
    async open() {
      const file = await openFile(path);
      try {
        const opened = await openDocument("web-storage", file, plan);
        return { ...opened, parse: readEntry, read: (from, prefix) => chosen(opened.read(from, prefix), isRead) };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
}

async function* chosen(
  all: ReturnType<OpenSource["read"]>,
  isRead: (key: string | undefined) => boolean,
): AsyncGenerator<readonly RawRecord[]> {
  for await (const records of all) yield records.filter((record) => isRead(keyOf(record)));
}

function keyOf({ carried, text }: RawRecord): string | undefined {
  const key = carried?.["key"] ?? (text === null ? undefined : entryOf(readJsonValue(text))?.[0]);
  return typeof key === "string" ? key : undefined;
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
