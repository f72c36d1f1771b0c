// The shapes of bodies: what requests are checked by and what the OpenAPI document is made of.
import { z } from "zod";
import type {
  DismissedBody,
  DismissedInsight,
  DismissInput,
  HistoryBody,
  ImportReport,
  ImportRequest,
  WatchlistBody,
  WatchlistCheck,
  WatchlistInput,
  WatchlistItem,
  WatchlistNotes,
  WatchlistReplacement,
} from "../wire.ts";

const anyObject = z.record(z.string(), z.json());
const at = z.string().meta({ format: "date-time" });
const notes = z.string().max(2000).nullable();

/** Body of POST watchlist. */
export const watchlistInput = z.strictObject({
  symbol: z.string(),
  exchange: z.string().nullable().exactOptional(),
  notes: notes.exactOptional(),
});
/** Body of PUT watchlist. */
export const watchlistReplacement = z.strictObject({ items: z.array(watchlistInput).max(1000) });
/** Body of PUT of one listing. */
export const watchlistNotes = z.strictObject({ notes: notes.exactOptional() });
/** Body of POST of an insight. */
export const dismissInput = z.strictObject({ until: z.string().nullable().exactOptional() });
/** Body of PUT of an import. */
export const importRequest = z.strictObject({
  schemaVersion: z.int().min(0),
  preferences: anyObject,
  watchlist: z.array(watchlistInput).max(10_000),
  dismissed: z.array(z.strictObject({ id: z.string(), until: z.string().nullable().exactOptional() })).max(10_000),
  unread: z.record(z.string(), z.string()),
});

/** An item as answered. */
export const watchlistItem = z.object({
  id: z.string(),
  symbol: z.string(),
  exchange: z.string().nullable(),
  notes: z.string().nullable(),
  addedAt: at,
  updatedAt: at,
});
/** The list as answered. */
export const watchlistBody = z.object({ items: z.array(watchlistItem), etag: z.string() });
/** A check as answered. */
export const watchlistCheck = z.object({ symbol: z.string(), inWatchlist: z.boolean(), exchanges: z.array(z.string().nullable()) });
/** An insight as answered. */
export const dismissedInsight = z.object({ id: z.string(), dismissedAt: at, until: at.nullable() });
/** The insights as answered. */
export const dismissedBody = z.object({ insights: z.array(dismissedInsight) });

const part = z.object({
  applied: z.array(z.string()),
  kept: z.array(z.string()),
  removed: z.array(z.string()),
  rejected: z.array(z.object({ name: z.string(), message: z.string() })),
});
/** An import as answered. */
export const importReport = z.object({
  importId: z.string(),
  at,
  preferences: part,
  watchlist: part,
  dismissed: part,
  unread: z.array(z.string()),
});

const change = z.object({
  path: z.string(),
  from: z.json().exactOptional(),
  to: z.json().exactOptional(),
  redacted: z.literal(true).exactOptional(),
});
/** A page of the history as answered. */
export const historyBody = z.object({
  entries: z.array(
    z.object({
      seq: z.int(),
      area: z.enum(["preferences", "watchlist", "dismissed"]),
      key: z.string().nullable(),
      revision: z.int().nullable(),
      at,
      actor: z.string(),
      reason: z.string().nullable(),
      requestId: z.string().nullable(),
      changes: z.array(change),
    }),
  ),
  next: z.int().nullable(),
});

/** Preferences as answered, around the value of a definition. */
export function preferencesBody(value: z.ZodType): z.ZodObject {
  return z.object({
    value,
    explicit: z.array(z.string()),
    revision: z.int().min(0),
    schemaVersion: z.int().min(0),
    etag: z.string(),
    updatedAt: at.nullable(),
    unreadable: z.array(z.string()),
    readOnly: z.boolean(),
  });
}

/** A problem as answered. */
export function problemBody(preferences: z.ZodType): z.ZodObject {
  const side = z.json().exactOptional();
  const field = z.object({ path: z.string(), base: side, mine: side, theirs: side, redacted: z.literal(true).exactOptional() });
  return z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    issues: z.array(z.object({ pointer: z.string(), message: z.string() })).exactOptional(),
    conflict: z.object({ baseRevision: z.int(), current: preferences, fields: z.array(field) }).exactOptional(),
  });
}

// The types that clients import are these shapes: a difference does not compile.
type Same<Shape, Wire> = [Shape] extends [Wire] ? ([Wire] extends [Shape] ? true : never) : never;
type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;
type Matches<Schema extends z.ZodType, Wire> = Same<Mutable<z.output<Schema>>, Mutable<Wire>>;
true satisfies Matches<typeof watchlistInput, WatchlistInput>;
true satisfies Matches<typeof watchlistReplacement, WatchlistReplacement>;
true satisfies Matches<typeof watchlistNotes, WatchlistNotes>;
true satisfies Matches<typeof dismissInput, DismissInput>;
true satisfies Matches<typeof watchlistItem, WatchlistItem>;
true satisfies Matches<typeof watchlistBody, WatchlistBody>;
true satisfies Matches<typeof watchlistCheck, WatchlistCheck>;
true satisfies Matches<typeof dismissedInsight, DismissedInsight>;
true satisfies Matches<typeof dismissedBody, DismissedBody>;
true satisfies Matches<typeof importReport, ImportReport>;
true satisfies Same<keyof z.output<typeof importRequest>, keyof ImportRequest>;
true satisfies Same<keyof z.output<typeof historyBody>, keyof HistoryBody>;
