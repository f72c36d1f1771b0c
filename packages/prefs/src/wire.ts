// What travels between the handlers and their clients: paths, headers, bodies, problems. Types and constants only; runs everywhere.
import type { Json, JsonObject } from "./core/json.ts";

/**
 * The paths below `basePath` and the methods of each. `{…}` is one segment, percent-encoded: `BTC/USD` is `BTC%2FUSD`.
 * HEAD is answered wherever GET is; any other method is 405 with `Allow`.
 */
export const ROUTES = {
  /** GET -> 200 PreferencesBody (304 with `If-None-Match`). PUT the whole value, PATCH a part of it -> 200 PreferencesBody. */
  preferences: { path: "/preferences", methods: ["GET", "PUT", "PATCH"] },
  /** GET -> 200 HistoryBody, newest first. Query: `before` (a `seq`), `limit` 1 to 100, default 50. */
  history: { path: "/preferences/history", methods: ["GET"] },
  /** GET -> 200 WatchlistBody, newest first. POST WatchlistInput -> 201 WatchlistItem, or 200 when it was there. PUT WatchlistReplacement -> 200. DELETE -> 204. */
  watchlist: { path: "/watchlist", methods: ["GET", "POST", "PUT", "DELETE"] },
  /** One listing; query `exchange`, absent for the listing without one. GET -> 200 or 404. PUT WatchlistNotes -> 201 or 200. DELETE -> 204, also when absent. */
  watchlistItem: { path: "/watchlist/{symbol}", methods: ["GET", "PUT", "DELETE"] },
  /** GET -> 200 WatchlistCheck; query `exchange`, absent for any listing of the symbol. */
  watchlistCheck: { path: "/watchlist/{symbol}/check", methods: ["GET"] },
  /** GET -> 200 DismissedBody, newest first. */
  dismissed: { path: "/insights/dismissed", methods: ["GET"] },
  /** POST DismissInput, or no body -> 201 DismissedInsight, or 200 when it was dismissed. DELETE -> 204, also when it was not. */
  dismiss: { path: "/insights/{id}/dismiss", methods: ["POST", "DELETE"] },
  /** PUT ImportRequest -> 201 ImportReport the first time, 200 with the same report ever after. GET -> 200 ImportReport or 404. */
  import: { path: "/imports/{importId}", methods: ["GET", "PUT"] },
} as const;

/** A route by its name. */
export type RouteName = keyof typeof ROUTES;

/** The media types. Any other is 415. */
export const MEDIA = {
  /** Bodies of POST and PUT, and all answers but problems. */
  json: "application/json",
  /** The body of PATCH (RFC 7396): null removes, arrays replace whole. */
  mergePatch: "application/merge-patch+json",
  /** Answers of status 400 and above (RFC 9457). */
  problem: "application/problem+json",
} as const;

/** The headers that the protocol reads and writes. */
export const HEADERS = {
  /**
   * Request: the `etag` of a body that was read, as it was or marked weak by a proxy; or the revision alone, `"r12"`. Mismatch: 412. PUT of a whole
   * without it: 428. `*`: any.
   */
  ifMatch: "If-Match",
  /** Request: `*` with PUT creates only; an etag with GET asks for 304. */
  ifNoneMatch: "If-None-Match",
  /** Answer: the same text as `etag` in the body, which proxies leave alone. */
  etag: "ETag",
  /** Request, optional: the version of the definition that the client writes with. Older than the server's: 409 `client-too-old`. */
  schemaVersion: "Td-Schema-Version",
  /**
   * Request, optional: whose preferences the page believes to change, as the host's `authenticate` names it in `account`, or `userId`. Another one is signed in:
   * 409 `other-account`, so that a page left open never writes into the next user's preferences. In characters that a URI component has.
   */
  account: "Td-Account",
  /** Request, optional: put on record with the change, 100 characters at most. */
  requestId: "X-Request-Id",
  /** Answer of 429 and 503: whole seconds. */
  retryAfter: "Retry-After",
} as const;

/**
 * Query of PATCH preferences: the revision that the patch was made against. It is applied on top of later changes unless they touch the same
 * fields: then 409 `field-conflict`. For clients that were offline. `If-Match`, in contrast, refuses every later change with 412.
 */
export const BASE_REVISION = "baseRevision";

/** Preferences as answered. */
export interface PreferencesBody<Value = JsonObject> {
  /** The effective value: what the user chose over the defaults. */
  readonly value: Value;
  /** Top-level fields that the user chose, sorted; the others are defaults. */
  readonly explicit: readonly string[];
  /** Grows by one with each change; 0 when nothing was ever stored. */
  readonly revision: number;
  /** Version that the stored document has: the server's, or a newer one when `readOnly`. */
  readonly schemaVersion: number;
  /** Changes whenever the answer would: with the revision, the user and the defaults. `"r<revision>.<hash>"`, quotes included. */
  readonly etag: string;
  /** When the last change was made, ISO-8601 UTC with microseconds; null when nothing was ever stored. */
  readonly updatedAt: string | null;
  /** Top-level fields whose stored content the schema refuses: it is kept, and the default is shown. */
  readonly unreadable: readonly string[];
  /** True when a newer version has written the document: every change is then refused with `schema-too-new`. */
  readonly readOnly: boolean;
}

/** One change to one place of a document. `from` is absent for what was added, `to` for what was removed; both are when `redacted`. */
export interface Change {
  /** JSON pointer (RFC 6901) of the place: `/tradingModes/Swing`. Arrays change whole. */
  readonly path: string;
  /** What stood there. */
  readonly from?: Json;
  /** What stands there now. */
  readonly to?: Json;
  /** True when the rules keep the contents of this place out of the records. */
  readonly redacted?: true;
}

/** One committed change, as put on record. */
export interface HistoryEntry {
  /** Order within the user, growing; with gaps. */
  readonly seq: number;
  /** What was changed. */
  readonly area: "preferences" | "watchlist" | "dismissed";
  /** The listing (`RELIANCE`, `NSE:RELIANCE`) or the insight; null for preferences. */
  readonly key: string | null;
  /** The revision of the preferences that the change made; null for the other areas. */
  readonly revision: number | null;
  /** When, ISO-8601 UTC. */
  readonly at: string;
  /** Who. */
  readonly actor: string;
  /** Why, when it was said. */
  readonly reason: string | null;
  /** The request that asked for it, when it was said. */
  readonly requestId: string | null;
  /** What: one entry per place, sorted by path. */
  readonly changes: readonly Change[];
}

/** A page of the history, newest first. */
export interface HistoryBody {
  /** The entries. */
  readonly entries: readonly HistoryEntry[];
  /** Pass as `before` for older entries; null when there are none. */
  readonly next: number | null;
}

/** A listing that a user watches. */
export interface WatchlistItem {
  /** A random id (UUID). */
  readonly id: string;
  /** Upper case. */
  readonly symbol: string;
  /** Upper case; null when it was not said. Listings of one symbol on two exchanges are two items. */
  readonly exchange: string | null;
  /** The user's words; null for none. */
  readonly notes: string | null;
  /** When it was added, ISO-8601 UTC. */
  readonly addedAt: string;
  /** When it was last changed. */
  readonly updatedAt: string;
}

/** A listing as given. A symbol of the form `RELIANCE.NS` or `RELIANCE.BO` says its exchange itself. */
export interface WatchlistInput {
  /** 1 to 50 characters; stored in upper case. */
  readonly symbol: string;
  /** 1 to 20 characters; null or absent for none. */
  readonly exchange?: string | null;
  /** Up to 2000 characters; null removes them, absent leaves those of an item that is there. */
  readonly notes?: string | null;
}

/** The watchlist. */
export interface WatchlistBody {
  /** The items, newest first. */
  readonly items: readonly WatchlistItem[];
  /** Changes with the content. */
  readonly etag: string;
}

/** Body of PUT watchlist: afterwards the list holds these and no others. Items that stay keep id, time and, when not given, notes. */
export interface WatchlistReplacement {
  /** 1000 at most. Those that are new are listed first, in the order given. */
  readonly items: readonly WatchlistInput[];
}

/** Body of PUT of one listing. */
export interface WatchlistNotes {
  /** Null removes them, absent leaves them. */
  readonly notes?: string | null;
}

/** Whether a symbol is watched. */
export interface WatchlistCheck {
  /** The symbol asked for, in upper case. */
  readonly symbol: string;
  /** True when the listing is on the list: any listing of the symbol when no exchange was named. */
  readonly inWatchlist: boolean;
  /** The exchanges of its listings; null stands for one without. */
  readonly exchanges: readonly (string | null)[];
}

/** An insight that a user does not want to see. */
export interface DismissedInsight {
  /** The insight. */
  readonly id: string;
  /** When it was dismissed, ISO-8601 UTC. */
  readonly dismissedAt: string;
  /** When it comes back; null for never. One that is over is not listed any more. */
  readonly until: string | null;
}

/** The dismissed insights. */
export interface DismissedBody {
  /** Those that are dismissed now, newest first. */
  readonly insights: readonly DismissedInsight[];
}

/** Body of POST of one insight; may be left out. */
export interface DismissInput {
  /** ISO-8601 with an offset, before the year 2255; null or absent for ever. */
  readonly until?: string | null;
}

/** What a browser held before there was an account. Applied in one transaction, once per `importId`. */
export interface ImportRequest {
  /** Version of the definition that `preferences` has the shape of; 0 for what no version wrote. */
  readonly schemaVersion: number;
  /** Chosen fields; migrated by the server. */
  readonly preferences: JsonObject;
  /** Listings, in the order in which the browser showed them: the first becomes the newest. */
  readonly watchlist: readonly WatchlistInput[];
  /** Dismissed insights. */
  readonly dismissed: readonly ({ readonly id: string } & DismissInput)[];
  /** What could not be read, kept with the import as it is: name and raw text. */
  readonly unread: Readonly<Record<string, string>>;
}

/** What became of one part of an import. */
export interface ImportPart {
  /** Fields, listings or insights that are stored now because of it. */
  readonly applied: readonly string[];
  /** Those that the server had: its own stand. */
  readonly kept: readonly string[];
  /** Those that the user has removed on the server before: they stay removed. */
  readonly removed: readonly string[];
  /** Those that were refused, and why; their content is kept with the import. */
  readonly rejected: readonly { readonly name: string; readonly message: string }[];
}

/** What an import did. Each thing that was given is in exactly one list of its part. */
export interface ImportReport {
  /** The import: chosen by the client, the same for the same content. 1 to 100 characters of `A-Z a-z 0-9 . _ -`. */
  readonly importId: string;
  /** When it was applied, ISO-8601 UTC. */
  readonly at: string;
  /** Fields, after migration to the server's version. */
  readonly preferences: ImportPart;
  /** Listings. */
  readonly watchlist: ImportPart;
  /** Insights. */
  readonly dismissed: ImportPart;
  /** Names in `unread`: kept, not applied. */
  readonly unread: readonly string[];
}

/** One thing that is wrong with a body. */
export interface Issue {
  /** JSON pointer into the effective value or the body; empty for the whole. */
  readonly pointer: string;
  /** What is wrong. */
  readonly message: string;
}

/** One place that two sides changed. A side is absent when it has nothing there. */
export interface FieldConflict {
  /** JSON pointer of the place. */
  readonly path: string;
  /** What stood there at the revision that the caller knew. */
  readonly base?: Json;
  /** What the caller wants there. */
  readonly mine?: Json;
  /** What stands there. */
  readonly theirs?: Json;
  /** True when the rules keep the contents of this place out of the records: `base` is then not known. */
  readonly redacted?: true;
}

/** Why a change was not made, and all that is needed to make it again. */
export interface Conflict<Value = JsonObject> {
  /** The revision that the caller knew. */
  readonly baseRevision: number;
  /** What stands. */
  readonly current: PreferencesBody<Value>;
  /** Places that both sides changed differently; empty when the two touch nothing in common. */
  readonly fields: readonly FieldConflict[];
}

/** Every `code` of a problem, with its status. */
export const PROBLEMS = {
  /** A query, a path segment or a header is not usable. */
  "bad-request": 400,
  /** The body is not JSON. */
  "body-malformed": 400,
  /** An object in the body has a key twice. */
  "body-duplicate-key": 400,
  /** The body is nested deeper than 64. */
  "body-too-deep": 400,
  /** Nobody is signed in, or the host gave no `authenticate`. */
  "not-authenticated": 401,
  /** There is no such path, listing or import. */
  "not-found": 404,
  /** The path has other methods: see `Allow`. */
  "method-not-allowed": 405,
  /** Later changes touch the same fields: see `conflict`. */
  "field-conflict": 409,
  /** A newer version wrote the document. */
  "schema-too-new": 409,
  /** The client's version is older than the server's: load the page anew. */
  "client-too-old": 409,
  /** An import with this id, and other content, was made before. */
  "import-conflict": 409,
  /** Another user is signed in than the page believes: load it anew. */
  "other-account": 409,
  /** The revision or the etag is not the current one: see `conflict` (preferences). */
  "revision-conflict": 412,
  /** The body is larger than `maxBodyBytes`. */
  "body-too-large": 413,
  /** The body has another media type than the method takes. */
  "unsupported-media-type": 415,
  /** The schema or a rule refuses the value: see `issues`. */
  "value-rejected": 422,
  /** PUT of the whole needs `If-Match` or `If-None-Match: *`. */
  "precondition-required": 428,
  /** The host's `rateLimit` says wait: see `Retry-After`. */
  "rate-limited": 429,
  /** The server failed; nothing was changed unless it says otherwise. */
  internal: 500,
  /** The database is busy or away: see `Retry-After`. */
  unavailable: 503,
} as const;

/** What a problem is about. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Body of every answer of status 400 and above (RFC 9457). */
export interface Problem<Value = JsonObject> {
  /** `urn:td:problem:<code>`. */
  readonly type: string;
  /** One line for people, the same for every problem of the code. */
  readonly title: string;
  /** The status again. */
  readonly status: number;
  /** What happened this time, and what to do. */
  readonly detail: string;
  /** What kind of problem it is. */
  readonly code: ProblemCode;
  /** What is wrong, for `value-rejected`. */
  readonly issues?: readonly Issue[];
  /** For `revision-conflict` of preferences, and `field-conflict`. */
  readonly conflict?: Conflict<Value>;
}
