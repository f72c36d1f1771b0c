// A document after a change: the whole result is checked, by the schema and by the rules, before anything is stored.
import type { z } from "zod";
import { PrefsError } from "../errors.ts";
import type { Issue } from "../wire.ts";
import { acceptanceIssues } from "./acceptance.ts";
import { jsonProblem } from "./check-json.ts";
import type { PreferencesDefinition } from "./define-preferences.ts";
import { isJsonObject, own, type Json, type JsonObject } from "./json.ts";
import { mergePatch, overDefaults } from "./merge-patch.ts";
import { pointerOf } from "./pointer.ts";
import { readValue } from "./read-value.ts";
import type { OpenDocument } from "./open-document.ts";

/** The document after a merge patch. Throws `value-rejected`. */
export function patched(definition: PreferencesDefinition, open: OpenDocument, patch: unknown): OpenDocument {
  const given = checked(patch);
  const document = asObject(mergePatch(open.document, given));
  const named = Object.entries(given);
  const removed = named.flatMap(([field, value]) => (value === null ? [field] : []));
  const kept = open.explicit.filter((field) => !removed.includes(field));
  const chosen = named.flatMap(([field, value]) => (value === null ? [] : [field]));
  return accepted(definition, open, { ...open, document, explicit: fieldsOf(kept, chosen) }, Object.keys(given));
}

/** The document that holds a value and what the schema does not know of the one before. Null counts as absent. Throws `value-rejected`. */
export function replaced(definition: PreferencesDefinition, open: OpenDocument, value: unknown): OpenDocument {
  const given = asObject(mergePatch({}, checked(value)));
  const document = keepUnknown(definition.schema, open.document, given);
  const explicit = fieldsOf(
    Object.keys(given),
    Object.keys(document).filter((field) => !Object.hasOwn(given, field)),
  );
  return accepted(definition, open, { ...open, document, explicit }, undefined);
}

function checked(value: unknown): JsonObject {
  const problem = isJsonObject(value) ? jsonProblem(value) : { pointer: "", message: "must be an object" };
  if (problem === undefined) return value as JsonObject;
  throw rejected([problem]);
}

function asObject(value: Json): JsonObject {
  return isJsonObject(value) ? value : {};
}

function fieldsOf(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].sort();
}

/** What another version put into objects stays when this version writes them without it. */
function keepUnknown(schema: z.core.$ZodType, before: JsonObject, after: JsonObject): JsonObject {
  const shape = shapeOf(schema);
  if (shape === undefined) return after;
  const unknown = Object.entries(before).filter(([key]) => !Object.hasOwn(shape, key) && !Object.hasOwn(after, key));
  const known = Object.entries(after).map(
    ([key, value]) => [key, keptInside(Object.hasOwn(shape, key) ? shape[key] : undefined, own(before, key), value)] as const,
  );
  return Object.fromEntries([...known, ...unknown]);
}

function keptInside(schema: z.core.$ZodType | undefined, before: Json | undefined, after: Json): Json {
  return schema !== undefined && isJsonObject(before) && isJsonObject(after) ? keepUnknown(schema, before, after) : after;
}

/** The fields of an object schema, also inside `optional()` and the like. */
function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const { def } = schema._zod as unknown as {
    readonly def: { readonly shape?: Record<string, z.core.$ZodType>; readonly innerType?: z.core.$ZodType };
  };
  return def.shape ?? (def.innerType === undefined ? undefined : shapeOf(def.innerType));
}

function accepted(
  definition: PreferencesDefinition,
  before: OpenDocument,
  after: OpenDocument,
  touched: readonly string[] | undefined,
): OpenDocument {
  const issues = [...schemaIssues(definition, before, after, touched), ...acceptanceIssues(definition, before.document, after.document)];
  if (issues.length > 0) throw rejected(issues);
  return after;
}

/** What the schema says of the result. What it refused before, and the change does not touch, is no reason to refuse the change. */
function schemaIssues(
  { schema, defaults, ...definition }: PreferencesDefinition,
  before: OpenDocument,
  after: OpenDocument,
  touched: readonly string[] | undefined,
): readonly Issue[] {
  const { error } = schema.safeParse(overDefaults(defaults, after.document));
  if (error === undefined) return [];
  const { unreadable } = readValue({ schema, defaults, ...definition }, before.document);
  const old = (field: string): boolean => touched !== undefined && !touched.includes(field) && unreadable.includes(field);
  return error.issues
    .filter(({ path }) => path.length === 0 || !old(String(path[0])))
    .map(({ path, message }) => ({ pointer: pointerOf(path.map(String)), message }));
}

function rejected(issues: readonly Issue[]): PrefsError {
  const places = issues.map(({ pointer, message }) => `${pointer === "" ? "the value" : pointer}: ${message}`);
  return new PrefsError(
    "value-rejected",
    `The preferences were not changed: ${places.join("; ")}.`,
    { pointers: issues.map(({ pointer }) => pointer) },
    { issues },
  );
}
