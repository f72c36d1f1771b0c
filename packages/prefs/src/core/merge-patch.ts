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

/** The document over the defaults: objects key by key; null in the document counts as absent. */
export function overDefaults(defaults: JsonObject, document: JsonObject): JsonObject {
  const entries = Object.entries(document).filter(([, value]) => value !== null);
  const merged = entries.map(([key, value]) => [key, over(own(defaults, key), value)] as const);
  return Object.fromEntries([...Object.entries(defaults), ...merged]);
}

function over(fallback: Json | undefined, value: Json): Json {
  return isJsonObject(fallback) && isJsonObject(value) ? overDefaults(fallback, value) : value;
}
