// Front door of @td/prefs/browser: no Node, no zod.
export { createPreferencesClient } from "./client.ts";
export type {
  ClientDefinition,
  ClientOptions,
  Connection,
  HiddenInsight,
  Listing,
  Outcome,
  PreferencesClient,
  Refused,
  Snapshot,
  WatchedItem,
} from "./contract.ts";
export { localArea } from "./local-area.ts";
export type { LocalArea, StorageLike } from "./local-area.ts";
export type { PatchOf } from "../core/define-preferences.ts";
export type { Json, JsonObject } from "../core/json.ts";
export type { DismissedInsight, FieldConflict, Issue, WatchlistItem } from "../wire.ts";
