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
export { createPreferencesHandler } from "./http/create-handler.ts";
export type { HandlerOptions, Identity, PreferencesHandler, RateLimitAnswer, RateLimitRequest } from "./http/create-handler.ts";
export { toNodeListener } from "./http/node-listener.ts";
export type { NodeListenerOptions } from "./http/node-listener.ts";
export { openApiDocument } from "./http/open-api.ts";
export type { OpenApiOptions } from "./http/open-api.ts";
export { createPreferences } from "./server/create-preferences.ts";
export type { ChangeOptions, Preferences, PreferencesServerOptions, ReplaceOptions } from "./server/create-preferences.ts";
export type { HistoryRequest } from "./server/audit.ts";
export type { Expected } from "./server/check-revision.ts";
export type { ChangedBy } from "./server/context.ts";
export type { Dismissed, DismissOptions } from "./server/dismissed.ts";
export type { ImportResult } from "./server/import.ts";
export { prefsSchema } from "./server/schema.ts";
export {
  preferencesTable,
  prefsSideTables,
  prefsTables,
  userAcceptances,
  userDismissedInsights,
  userPreferenceAudit,
  userPreferenceImports,
  userPreferences,
  userWatchlists,
} from "./server/tables.ts";
export type {
  PreferencesTable,
  UserAcceptanceRow,
  UserDismissedInsightRow,
  UserPreferenceAuditRow,
  UserPreferenceImportRow,
  UserPreferencesRow,
  UserWatchlistRow,
} from "./server/tables.ts";
export type { AddOptions, ExchangeOption, ReplaceListOptions, Watchlist } from "./server/watchlist.ts";
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
