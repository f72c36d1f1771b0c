// The OpenAPI 3.1 document of the handlers, made from the schemas that they check bodies by.
import { z } from "zod";
import type { PreferencesDefinition } from "../core/define-preferences.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { MEDIA, PROBLEMS, ROUTES, type ProblemCode, type RouteName } from "../wire.ts";
import { operationsOf, type Operation } from "./operations.ts";
import * as shapes from "./schemas.ts";

/** What the document says of itself. */
export interface OpenApiOptions {
  /** Where the handlers are mounted, as given to `createPreferencesHandler`. */
  readonly basePath: string;
  /** Default `Preferences`. */
  readonly title?: string;
  /** Version of the host's API; default `1`. */
  readonly version?: string;
}

/** The document as plain data: write it to a file, serve it, or generate clients from it. */
export function openApiDocument(
  definition: PreferencesDefinition,
  { basePath, title = "Preferences", version = "1" }: OpenApiOptions,
): JsonObject {
  const names = Object.keys(ROUTES) as RouteName[];
  return {
    openapi: "3.1.0",
    info: { title, version },
    paths: Object.fromEntries(names.map((name) => [basePath + ROUTES[name].path, pathItem(name)])),
    components: { schemas: componentsOf(definition) },
  };
}

function pathItem(name: RouteName): JsonObject {
  const params = [...ROUTES[name].path.matchAll(/\{(\w+)\}/g)].map(([, param = ""]) =>
    parameter("path", param, "Percent-encoded.", { type: "string" }),
  );
  const operations = operationsOf(name).map((operation) => [operation.method.toLowerCase(), operationItem(name, operation)] as const);
  return { ...(params.length > 0 && { parameters: params }), ...Object.fromEntries(operations) };
}

function operationItem(name: RouteName, { method, summary, body, answers, parameters = [], problems = [] }: Operation): JsonObject {
  const common: readonly ProblemCode[] = ["bad-request", "not-authenticated", "rate-limited", "internal", "unavailable"];
  const ofBody: readonly ProblemCode[] =
    body === undefined ? [] : ["body-malformed", "body-too-large", "unsupported-media-type", "value-rejected"];
  const failures = byStatus([...common, ...ofBody, "other-account", ...problems]);
  const success = Object.entries(answers).map(([status, schema]) => [status, answer(schema)] as const);
  return {
    operationId: `${method.toLowerCase()}${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    summary,
    ...(parameters.length > 0 && {
      parameters: parameters.map((one) => parameter(one.in, one.name, one.description, one.schema, one.required)),
    }),
    ...(body !== undefined && { requestBody: { required: body.required, content: { [body.media]: { schema: ref(body.schema) } } } }),
    responses: Object.fromEntries([...success, ...failures]),
  };
}

function parameter(place: string, name: string, description: string, schema: JsonObject, required = place === "path"): JsonObject {
  return { in: place, name, description, required, schema };
}

function answer(schema: string | null): JsonObject {
  return schema === null ? { description: "Done." } : { description: "The answer.", content: { [MEDIA.json]: { schema: ref(schema) } } };
}

function byStatus(codes: readonly ProblemCode[]): readonly (readonly [string, JsonObject])[] {
  const statuses = new Set(codes.map((code) => PROBLEMS[code]));
  return [...statuses].map((status) => {
    const description = codes.filter((code) => PROBLEMS[code] === status).join(", ");
    return [String(status), { description, content: { [MEDIA.problem]: { schema: ref("Problem") } } }] as const;
  });
}

function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

function componentsOf({ schema }: PreferencesDefinition): JsonObject {
  const preferences = shapes.preferencesBody(schema);
  const value = jsonSchema("PreferencesValue", schema);
  return {
    ...value,
    PreferencesPatch: patchOf(value["PreferencesValue"] ?? {}),
    ...jsonSchema("Preferences", preferences),
    ...jsonSchema("History", shapes.historyBody),
    ...jsonSchema("WatchlistInput", shapes.watchlistInput),
    ...jsonSchema("WatchlistReplacement", shapes.watchlistReplacement),
    ...jsonSchema("WatchlistNotes", shapes.watchlistNotes),
    ...jsonSchema("WatchlistItem", shapes.watchlistItem),
    ...jsonSchema("Watchlist", shapes.watchlistBody),
    ...jsonSchema("WatchlistCheck", shapes.watchlistCheck),
    ...jsonSchema("Dismissed", shapes.dismissedBody),
    ...jsonSchema("DismissedInsight", shapes.dismissedInsight),
    ...jsonSchema("DismissInput", shapes.dismissInput),
    ...jsonSchema("ImportRequest", shapes.importRequest),
    ...jsonSchema("ImportReport", shapes.importReport),
    ...jsonSchema("Problem", shapes.problemBody(preferences)),
  };
}

/** A schema and what it refers to, under names of their own. What JSON cannot say of a schema (a transform, a check of the host's) is left out. */
function jsonSchema(name: string, schema: z.ZodType): Readonly<Record<string, Json>> {
  const { $schema: _, $defs, ...root } = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
  const parts = Object.entries($defs ?? {}).map(([key, part]) => [`${name}.${key}`, part] as const);
  const text = JSON.stringify(Object.fromEntries([[name, root], ...parts]));
  const placed = text
    .replaceAll('"$ref":"#/$defs/', `"$ref":"#/components/schemas/${name}.`)
    .replaceAll('"$ref":"#"', `"$ref":"#/components/schemas/${name}"`);
  return JSON.parse(placed) as Readonly<Record<string, Json>>;
}

/** The schema of a merge patch: nothing is required, null takes a choice back, objects are patched inside. */
function patchOf(schema: Json): Json {
  if (!isJsonObject(schema) || !isJsonObject(schema["properties"])) return schema;
  const { required: _, properties, ...rest } = schema;
  const inside = Object.entries(properties).map(([field, inner]) => [field, { anyOf: [patchOf(inner), { type: "null" }] }] as const);
  return { ...rest, additionalProperties: true, properties: Object.fromEntries(inside) };
}
