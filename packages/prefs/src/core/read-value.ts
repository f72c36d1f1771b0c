// The effective value of a document: what was chosen over the defaults, as the schema types it.
import type { z } from "zod";
import type { PreferencesDefinition, PreferencesSchema } from "./define-preferences.ts";
import { own, type Json, type JsonObject } from "./json.ts";
import { overDefaults } from "./merge-patch.ts";

/** An effective value. */
export interface ReadValue<Value> {
  /** What the user's code sees. */
  readonly value: Value;
  /** Top-level fields whose content the schema refuses, sorted: the default is shown, the content kept. */
  readonly unreadable: readonly string[];
}

/** Reads a document. Never throws: a field that the schema refuses shows its default. */
export function readValue<Schema extends PreferencesSchema>(
  { schema, defaults }: PreferencesDefinition<Schema>,
  document: JsonObject,
): ReadValue<z.output<Schema>> {
  const given = overDefaults(defaults, document);
  const { success, data, error } = schema.safeParse(given);
  if (success) return { value: data, unreadable: [] };
  const refused = refusedFields(error.issues);
  const mended = schema.safeParse(withDefaults(given, defaults, refused));
  if (mended.success && refused.length > 0) return { value: mended.data, unreadable: refused };
  // Refused as a whole, by a condition over several fields: no field can be trusted.
  return { value: schema.parse(defaults), unreadable: Object.keys(document).sort() };
}

/** The top-level fields that issues are about, sorted. */
function refusedFields(issues: readonly { readonly path: readonly PropertyKey[] }[]): readonly string[] {
  return [...new Set(issues.flatMap(({ path }) => (path.length > 0 ? [String(path[0])] : [])))].sort();
}

function withDefaults(given: JsonObject, defaults: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(given).flatMap(([field, value]): (readonly [string, Json])[] => {
      const shown = fields.includes(field) ? own(defaults, field) : value;
      return shown === undefined ? [] : [[field, shown]];
    }),
  );
}
