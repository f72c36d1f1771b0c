// JSON merge patch (RFC 7396): null removes, objects merge key by key, anything else replaces.
import { isJsonObject, own, type Json, type JsonObject } from "./json.ts";

/** The target after the patch. Neither is changed; keys such as `__proto__` are keys like any other. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map<string, Json>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** The document over the defaults: objects key by key; null in the document counts as absent. Called at every read. */
export function overDefaults(defaults: JsonObject, document: JsonObject): JsonObject {
  // Spreading makes own properties of all keys; assigning to those that are there then touches no prototype.
  const merged: Record<string, Json> = { ...defaults, ...document };
  for (const key of Object.keys(document)) {
    const value = own(document, key) ?? null;
    const fallback = own(defaults, key);
    if (value === null && fallback === undefined) delete merged[key];
    else if (value === null) merged[key] = fallback ?? null;
    else if (isJsonObject(value) && isJsonObject(fallback)) merged[key] = overDefaults(fallback, value);
  }
  return merged;
}
