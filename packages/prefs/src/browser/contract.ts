// The whole surface of the browser client, as types.
import type { PatchOf } from "../core/define-preferences.ts";
import type { JsonObject } from "../core/json.ts";
import type { DismissedInsight, FieldConflict, Issue, WatchlistItem } from "../wire.ts";
import type { LocalArea } from "./local-area.ts";

/** What the client must know of a definition. A whole `definePreferences(…)` fits; a page that does without zod gives the two fields and names the type. */
export interface ClientDefinition<Value> {
  /** Version of the documents that this page writes. */
  readonly version: number;
  /** What a field shows that the user has not chosen. */
  readonly defaults: JsonObject;
  /** Only its type is looked at. */
  readonly schema?: { readonly _zod: { readonly output: Value } };
}

/** How a client is made. */
export interface ClientOptions {
  /**
   * Who is signed in: the `userId` that the host's `authenticate` answers with, or its `account`. Sent with each request, so that a page which is left open
   * changes nothing of the next user; and it keeps the users of one browser apart.
   */
  readonly account: string;
  /** Where the handlers are, without a slash at the end: `/api/user`. */
  readonly baseUrl: string;
  /** Makes the requests; add credentials here. Default: the browser's own, with `credentials: "same-origin"`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Where to keep the last answers and the changes that are not sent yet. Default: `localArea()`, the browser's localStorage. */
  readonly local?: LocalArea;
  /** Milliseconds until a request counts as failed. Default: 10000. */
  readonly timeoutMs?: number;
  /** Milliseconds until changes that could not be sent are tried again, doubled each time up to a minute. Default: 1000. */
  readonly retryMs?: number;
}

/** How the last exchange with the server went. */
export type Connection =
  /** There was none yet. */
  | "unknown"
  /** It answered. */
  | "online"
  /** It could not be reached, did not answer in time, or failed: tried again. */
  | "offline"
  /** It asked to wait: tried again after that. */
  | "waiting"
  /** It does not know the user, or somebody else is signed in: sign in and make a new client. Changes wait, and go to nobody else. */
  | "signed-out"
  /** A newer version of the application has written the preferences: load the page anew. Changes wait. */
  | "outdated";

/** A change that the server refuses. It is kept, and shown in nothing, until it is discarded or the field is changed again. */
export interface Refused {
  /** Name it to `discard`. */
  readonly id: string;
  /** What it would have changed: a JSON pointer, a listing or an insight. */
  readonly what: string;
  /** Why, in the server's words. */
  readonly issues: readonly Issue[];
}

/** An item of the watchlist; those of changes that are not sent yet have neither id nor times. */
export type WatchedItem = Pick<WatchlistItem, "symbol" | "exchange" | "notes"> & Partial<WatchlistItem>;

/** A dismissed insight; one that is not sent yet has no time. */
export type HiddenInsight = Pick<DismissedInsight, "id" | "until"> & Partial<DismissedInsight>;

/** All that a page shows. A new object after each change, never changed itself. */
export interface Snapshot<Value> {
  /** The preferences: what the server last said, the changes that wait on top. A place in conflict shows mine. */
  readonly value: Value;
  /** Top-level fields that the user chose, sorted. */
  readonly explicit: readonly string[];
  /** Newest first. */
  readonly watchlist: readonly WatchedItem[];
  /** Those that were not over when this was made, newest first. */
  readonly dismissed: readonly HiddenInsight[];
  /** Where this comes from: an answer in this page, the last answer that this browser kept, or nothing but defaults. */
  readonly source: "server" | "browser" | "defaults";
  /** How the last request to the server went. */
  readonly connection: Connection;
  /** Changes that are not sent yet. */
  readonly pending: number;
  /** Places that were changed here and elsewhere meanwhile: choose with `resolve`. */
  readonly conflicts: readonly FieldConflict[];
  /** Changes that the server refuses; they are no longer sent. */
  readonly refused: readonly Refused[];
  /** False when some of the above is only in this page's memory, because the storage is missing, forbidden or full. */
  readonly persistent: boolean;
}

/** What became of a change. */
export type Outcome =
  /** The server has it. */
  | { readonly status: "saved" }
  /** It waits in this browser, in memory only when `persistent` is false. */
  | { readonly status: "queued"; readonly persistent: boolean }
  /** Somebody has changed the same places meanwhile. */
  | { readonly status: "conflict"; readonly conflicts: readonly FieldConflict[] }
  /** The server refuses it. */
  | { readonly status: "refused"; readonly refused: readonly Refused[] };

/** Names a listing: the symbol, and the exchange when it is of one. */
export interface Listing {
  /** The symbol, as the exchange writes it. */
  readonly symbol: string;
  /** Default: none. */
  readonly exchange?: string | null;
}

/** The preferences of one user in this browser. */
export interface PreferencesClient<Value> {
  /** What is known now, at once, without a request. */
  get(): Snapshot<Value>;
  /** Asks the server, then sends what waits; what this browser kept is the answer when the server cannot be reached. Never rejects. */
  load(): Promise<Snapshot<Value>>;
  /** Calls the listener after each change, also of another tab. Returns what ends that. What it throws is reported as uncaught, and nothing else is held up. */
  subscribe(listener: (snapshot: Snapshot<Value>) => void): () => void;
  /** Changes a part of the preferences (RFC 7396: null takes a choice back, arrays replace whole). Shown at once, kept here, sent. Never rejects. */
  patch(change: PatchOf<Value>): Promise<Outcome>;
  /** Ends the conflict at a place: `"mine"` sends mine over theirs, `"theirs"` drops mine. */
  resolve(path: string, choice: "mine" | "theirs"): Promise<Outcome>;
  /** Drops a change that the server refused. */
  discard(id: string): void;
  /** Listings, changed one by one: whoever changes a listing last wins, and no other listing is touched. */
  readonly watchlist: {
    /** Adds the listing, or changes its notes when they are given. */
    add(item: Listing & { readonly notes?: string | null }): Promise<Outcome>;
    /** Removes the listing; also when it is not there. */
    remove(listing: Listing): Promise<Outcome>;
  };
  /** Insights that the user does not want to see. */
  readonly dismissed: {
    /** Hides the insight, for ever or until an instant (ISO-8601 with an offset). */
    dismiss(id: string, options?: { readonly until?: string | null }): Promise<Outcome>;
    /** Shows the insight again. */
    restore(id: string): Promise<Outcome>;
  };
  /** For signing out: removes what this browser keeps of the account, and closes the client. Refuses, answering false, while changes wait, unless they may be lost. */
  forget(options?: { readonly loseChanges?: boolean }): boolean;
  /** Ends timers and listeners. What waits stays in the browser, for the next page. */
  close(): void;
}
