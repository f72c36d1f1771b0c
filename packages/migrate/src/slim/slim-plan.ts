// What slimming a document would take out of it.
import { createHash } from "node:crypto";
import { expectOption } from "../core/expect-option.ts";
import { cutJson } from "../core/json-cut.ts";
import type { CutText } from "../core/json-cut.ts";
import { readJsonPath } from "../core/record-path.ts";
import type { JsonPath } from "../core/record-path.ts";
import { MigrateError } from "../errors.ts";
import { notOneDocument } from "./blob-place.ts";
import type { BlobPlace } from "./blob-place.ts";

/** What slimming would take out of a document. */
export interface SlimPlan {
  /** SHA-256 of the document as it is, UTF-8. An import that read it says the same. */
  readonly sha256: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Its size without what goes. */
  readonly bytesAfter: number;
  /** What goes, by path. */
  readonly removed: readonly RemovedPart[];
  /** To be given to `slimBlob`: it holds for these paths and for the document as it is now. */
  readonly confirm: string;
}

/** What one path takes out. */
export interface RemovedPart {
  /** The path expression. */
  readonly path: string;
  /** How often it matches. */
  readonly matches: number;
  /** Elements of the lists (members of the objects) that it matches: what an import of that path reads. */
  readonly parts: number;
}

/** A plan together with what it would leave. */
export interface PreparedSlim {
  /** The plan. */
  readonly plan: SlimPlan;
  /** The paths, read. */
  readonly paths: readonly JsonPath[];
  /** What is left, and what goes. */
  readonly cut: CutText;
}

/** The paths of their expressions. Throws `invalid-option`. */
export function readPaths(remove: readonly string[]): readonly JsonPath[] {
  const texts = Array.isArray(remove) && remove.every((text: unknown) => typeof text === "string");
  expectOption(texts, "slimBlob", "remove is a list of paths");
  if (remove.length === 0) throw new MigrateError("invalid-option", "slimBlob: name at least one path to remove.");
  return remove.map((text) => {
    const path = readJsonPath(text);
    const problem =
      typeof path === "string"
        ? path
        : path.ofKey
          ? "it names keys, not values"
          : path.steps.length === 0
            ? "it is the document itself"
            : "";
    if (typeof path !== "string" && problem === "") return path;
    throw new MigrateError("invalid-option", `slimBlob: the path ${text} cannot be removed: ${problem}.`, { facts: { path: text } });
  });
}

/** Plans the slimming of a text. Throws `blob-refused` when it is not JSON. */
export function prepareSlim(place: BlobPlace, paths: readonly JsonPath[], text: string): PreparedSlim {
  requireJson(place, text);
  const cut = cutJson(text, paths);
  const removed = paths.map((path, of) => {
    const own = cut.cuts.filter((one) => one.of === of);
    return { path: path.text, matches: own.length, parts: own.reduce((sum, { parts }) => sum + parts, 0) };
  });
  const found = { sha256: sha256OfText(text), bytes: Buffer.byteLength(text), bytesAfter: Buffer.byteLength(cut.text), removed };
  return { plan: { ...found, confirm: tokenOf(place, found) }, paths, cut };
}

/** SHA-256 of a text in UTF-8. */
export function sha256OfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function requireJson(place: BlobPlace, text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw notOneDocument(place, "it is not JSON");
  }
}

function tokenOf({ table, column, where }: BlobPlace, found: Omit<SlimPlan, "confirm">): string {
  return sha256OfText(JSON.stringify(["slim", table, column, Object.entries(where), found])).slice(0, 32);
}
