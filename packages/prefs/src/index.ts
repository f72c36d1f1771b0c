// Front door of @td/prefs.
export { definePreferences } from "./core/define-preferences.ts";
export type {
  AcceptanceRule,
  Migration,
  Migrations,
  PatchOf,
  PreferencesDefinition,
  PreferencesOptions,
  PreferencesRules,
  PreferencesSchema,
  ValueOf,
} from "./core/define-preferences.ts";
export type { Json, JsonObject } from "./core/json.ts";
export { mergePatch } from "./core/merge-patch.ts";
export { PrefsError } from "./errors.ts";
export type { PrefsErrorCode, PrefsErrorOptions } from "./errors.ts";
export { BASE_REVISION, HEADERS, MEDIA, PROBLEMS, ROUTES } from "./wire.ts";
export type {
  Change,
  Conflict,
  DismissedBody,
  DismissedInsight,
  DismissInput,
  FieldConflict,
  HistoryBody,
  HistoryEntry,
  ImportPart,
  ImportReport,
  ImportRequest,
  Issue,
  PreferencesBody,
  Problem,
  ProblemCode,
  RouteName,
  WatchlistBody,
  WatchlistCheck,
  WatchlistInput,
  WatchlistItem,
  WatchlistNotes,
  WatchlistReplacement,
} from "./wire.ts";
