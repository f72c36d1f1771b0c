// What each route does, as the OpenAPI document says it.
import type { JsonObject } from "../core/json.ts";
import { BASE_REVISION, HEADERS, MEDIA, type ProblemCode, type RouteName } from "../wire.ts";

/** One operation. */
export interface Operation {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly media: string; readonly schema: string; readonly required: boolean };
  /** Name of the schema by status; null for no content. */
  readonly answers: Readonly<Record<number, string | null>>;
  /** Problems beside those that every operation and every body has. */
  readonly problems?: readonly ProblemCode[];
}

interface Parameter {
  readonly in: "header" | "query";
  readonly name: string;
  readonly description: string;
  readonly schema: JsonObject;
  readonly required?: boolean;
}

const text = { type: "string" } as const;
const whole = { type: "integer", minimum: 0 } as const;
const ifMatch = {
  in: "header",
  name: HEADERS.ifMatch,
  description: "The etag that was read, or the revision alone.",
  schema: text,
} as const;
const ifNoneMatch = {
  in: "header",
  name: HEADERS.ifNoneMatch,
  description: "An etag that is known, or * to create only.",
  schema: text,
} as const;
const version = { in: "header", name: HEADERS.schemaVersion, description: "Version that the client writes.", schema: whole } as const;
const requestId = { in: "header", name: HEADERS.requestId, description: "Put on record with the change.", schema: text } as const;
const exchange = { in: "query", name: "exchange", description: "The exchange; absent for the listing without one.", schema: text } as const;
const body = (schema: string, required = true, media: string = MEDIA.json) => ({ schema, required, media });

const OPERATIONS: Readonly<Record<RouteName, readonly Operation[]>> = {
  preferences: [
    { method: "GET", summary: "The user's preferences", parameters: [ifNoneMatch], answers: { 200: "Preferences", 304: null } },
    {
      method: "PUT",
      summary: "Replace the user's choice",
      parameters: [ifMatch, ifNoneMatch, version, requestId],
      body: body("PreferencesPatch"),
      answers: { 200: "Preferences" },
      problems: ["revision-conflict", "schema-too-new", "client-too-old", "precondition-required"],
    },
    {
      method: "PATCH",
      summary: "Change a part of it (RFC 7396)",
      parameters: [
        ifMatch,
        { in: "query", name: BASE_REVISION, description: "Apply on top of later changes to other fields.", schema: whole },
        version,
        requestId,
      ],
      body: body("PreferencesPatch", true, MEDIA.mergePatch),
      answers: { 200: "Preferences" },
      problems: ["revision-conflict", "field-conflict", "schema-too-new", "client-too-old"],
    },
  ],
  history: [
    {
      method: "GET",
      summary: "What was changed, by whom and when; newest first",
      parameters: [
        { in: "query", name: "before", description: "Entries older than the one with this seq.", schema: whole },
        { in: "query", name: "limit", description: "Entries at most.", schema: { type: "integer", minimum: 1, maximum: 100, default: 50 } },
      ],
      answers: { 200: "History" },
    },
  ],
  watchlist: [
    { method: "GET", summary: "The watchlist, newest first", parameters: [ifNoneMatch], answers: { 200: "Watchlist", 304: null } },
    {
      method: "POST",
      summary: "Add a listing",
      parameters: [requestId],
      body: body("WatchlistInput"),
      answers: { 200: "WatchlistItem", 201: "WatchlistItem" },
    },
    {
      method: "PUT",
      summary: "Replace the whole list",
      parameters: [{ ...ifMatch, required: true }, requestId],
      body: body("WatchlistReplacement"),
      answers: { 200: "Watchlist" },
      problems: ["revision-conflict", "precondition-required"],
    },
    {
      method: "DELETE",
      summary: "Empty the list",
      parameters: [ifMatch, requestId],
      answers: { 204: null },
      problems: ["revision-conflict"],
    },
  ],
  watchlistItem: [
    {
      method: "GET",
      summary: "One listing",
      parameters: [exchange],
      answers: { 200: "WatchlistItem" },
      problems: ["not-found", "value-rejected"],
    },
    {
      method: "PUT",
      summary: "Add a listing, or write its notes",
      parameters: [exchange, requestId],
      body: body("WatchlistNotes", false),
      answers: { 200: "WatchlistItem", 201: "WatchlistItem" },
    },
    {
      method: "DELETE",
      summary: "Remove a listing",
      parameters: [exchange, requestId],
      answers: { 204: null },
      problems: ["value-rejected"],
    },
  ],
  watchlistCheck: [
    {
      method: "GET",
      summary: "Whether a symbol is watched",
      parameters: [{ ...exchange, description: "The exchange; absent for any listing of the symbol." }],
      answers: { 200: "WatchlistCheck" },
      problems: ["value-rejected"],
    },
  ],
  dismissed: [{ method: "GET", summary: "The dismissed insights, newest first", answers: { 200: "Dismissed" } }],
  dismiss: [
    {
      method: "POST",
      summary: "Dismiss an insight",
      parameters: [requestId],
      body: body("DismissInput", false),
      answers: { 200: "DismissedInsight", 201: "DismissedInsight" },
    },
    { method: "DELETE", summary: "Show an insight again", parameters: [requestId], answers: { 204: null } },
  ],
  import: [
    { method: "GET", summary: "What an import did", answers: { 200: "ImportReport" }, problems: ["not-found"] },
    {
      method: "PUT",
      summary: "Import what a browser held, once",
      parameters: [requestId],
      body: body("ImportRequest"),
      answers: { 200: "ImportReport", 201: "ImportReport" },
      problems: ["import-conflict", "schema-too-new"],
    },
  ],
};

/** The operations of a route. */
export function operationsOf(name: RouteName): readonly Operation[] {
  return OPERATIONS[name];
}
