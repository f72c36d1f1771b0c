// The tables of preferences, and the one of the story that td was built for: its columns show people what the document says.
import { c, defineTable, type Column, type ColumnSpec, type RowOf, type Table } from "@td/storage";
import type { JsonObject } from "../core/json.ts";
import { PrefsError } from "../errors.ts";
import type { Change, ImportReport, ImportRequest } from "../wire.ts";

/** What every table of preferences has. The document is the truth: all other columns of a table repeat fields of the effective value. */
const stored = {
  /** The user. */
  userId: c.text(),
  /** Version of the definition that wrote the document. */
  schemaVersion: c.int(),
  /** What the user chose, and what no version of the program knows. */
  document: c.json<JsonObject>(),
  /** Top-level fields that the user chose, sorted. */
  explicitFields: c.json<readonly string[]>(),
  /** Grows by one with each change. */
  revision: c.int().default(1),
  /** When something was first stored. */
  createdAt: c.instant(),
  /** When it was last changed. */
  updatedAt: c.instant(),
} as const;

const MODES = ["Scalping", "Intraday", "Swing", "Options", "Futures", "Commodity"] as const;

/** Preferences of traders: fields of `tradingPreferences` as columns, as they were effective at the last change. */
export const userPreferences = defineTable(
  "user_preferences",
  {
    ...stored,
    /** Whether the disclosure was accepted; evidence is in `user_acceptances`. */
    disclosureAccepted: c.bool().default(false),
    /** Which version of it; empty for none. */
    disclosureVersion: c.text().nullable(),
    /** The list of instruments that is looked at. */
    universe: c.oneOf("NIFTY50", "BANKNIFTY", "NIFTY100", "NIFTY500").default("NIFTY50"),
    /** The market. */
    marketRegion: c.oneOf("India", "Global").default("India"),
    /** How much may be risked. */
    riskProfile: c.oneOf("Aggressive", "Moderate", "Conservative").default("Moderate"),
    /** The modes that are switched on. */
    tradingModes: c.json<Readonly<Record<string, boolean>>>().nullable(),
    /** The mode that is shown first. */
    primaryMode: c.oneOf(...MODES).nullable(),
    /** The modes that are shown beside it. */
    auxiliaryModes: c.json<readonly string[]>().nullable(),
  },
  { primaryKey: ["userId"] },
);

/**
 * Declares a table for another definition. `columns` named like fields of the definition repeat them, as they were effective at the last change; each
 * must take every value of its field. Throws `definition-invalid` when a column has a name of td's own.
 */
export function preferencesTable<const Name extends string, const Columns extends ColumnSpec>(
  name: Name,
  columns: Columns,
): Table<Name, typeof stored & Columns, "userId"> {
  const taken = Object.keys(columns).find((column) => Object.hasOwn(stored, column));
  if (taken !== undefined)
    throw new PrefsError("definition-invalid", `The table ${name} cannot have a column ${taken}: the name is td's.`, { column: taken });
  return defineTable(name, { ...stored, ...columns }, { primaryKey: ["userId"] });
}

/** A table made by `preferencesTable`. */
export type PreferencesTable = Table<string, typeof stored, "userId">;

/** A column that repeats a field of the value. */
export interface RepeatedColumn {
  readonly name: string;
  readonly nullable: boolean;
  /** Whether a row may be made without it. */
  readonly optional: boolean;
}

/** The columns of a table that repeat fields of the value. */
export function repeatedColumns(table: PreferencesTable): readonly RepeatedColumn[] {
  const columns = Object.entries<Column>(table.columns).filter(([name]) => !Object.hasOwn(stored, name));
  return columns.map(([name, { definition }]) => ({
    name,
    nullable: definition.nullable,
    optional: definition.nullable || definition.fallback !== undefined,
  }));
}

/** The listings that users watch. */
export const userWatchlists = defineTable(
  "user_watchlists",
  {
    /** The user. */
    userId: c.text(),
    /** A random id (UUID). */
    id: c.text(),
    /** Upper case. */
    symbol: c.text(),
    /** Upper case; empty when it was not said. Part of the key: one symbol may be watched on two exchanges. */
    exchange: c.text().default(""),
    /** The user's words. */
    notes: c.text().nullable(),
    /** When it was added. */
    addedAt: c.instant(),
    /** When it was last changed. */
    updatedAt: c.instant(),
  },
  {
    primaryKey: ["userId", "symbol", "exchange"],
    unique: { by_id: ["userId", "id"] },
    indexes: { by_time: ["userId", "addedAt", "symbol", "exchange"] },
  },
);

/** The insights that users do not want to see. */
export const userDismissedInsights = defineTable(
  "user_dismissed_insights",
  {
    /** The user. */
    userId: c.text(),
    /** The insight. */
    insightId: c.text(),
    /** When it was dismissed. */
    dismissedAt: c.instant(),
    /** When it comes back; null for never. */
    until: c.instant().nullable(),
  },
  { primaryKey: ["userId", "insightId"], indexes: { by_time: ["userId", "dismissedAt", "insightId"] } },
);

/** Every committed change to the three areas, in order. Rows are only ever added. */
export const userPreferenceAudit = defineTable(
  "user_preference_audit",
  {
    /** The user. */
    userId: c.text(),
    /** A random id. */
    id: c.text(),
    /** Order within the user. */
    seq: c.sequence(),
    /** What was changed. */
    area: c.oneOf("preferences", "watchlist", "dismissed"),
    /** The listing or the insight; empty for preferences. */
    subject: c.text().default(""),
    /** Revision of the preferences that the change made; null for the other areas. */
    revision: c.int().nullable(),
    /** Version of the document after the change; null for the other areas. */
    schemaVersion: c.int().nullable(),
    /** When. */
    at: c.instant(),
    /** Who. */
    actor: c.text(),
    /** Why, in the actor's words. */
    reason: c.text().nullable(),
    /** The request that asked for it. */
    requestId: c.text().nullable(),
    /** Place by place: before and after, or that it is redacted. */
    changes: c.json<readonly Change[]>(),
  },
  {
    primaryKey: ["userId", "id"],
    indexes: { by_order: ["userId", "seq"], by_subject: ["userId", "area", "subject", "seq"] },
  },
);

/** What users accepted: one row for each version of a text, never changed. */
export const userAcceptances = defineTable(
  "user_acceptances",
  {
    /** The user. */
    userId: c.text(),
    /** What was accepted: `disclosure`. */
    name: c.text(),
    /** Which version of it. */
    version: c.text(),
    /** When td was told. */
    acceptedAt: c.instant(),
    /** Who told it. */
    actor: c.text(),
    /** The request that told it. */
    requestId: c.text().nullable(),
  },
  { primaryKey: ["userId", "name", "version"] },
);

/** What browsers held before there was an account, as it was sent, and what became of it. */
export const userPreferenceImports = defineTable(
  "user_preference_imports",
  {
    /** The user. */
    userId: c.text(),
    /** The import, as the client names it. */
    importId: c.text(),
    /** When it was applied. */
    at: c.instant(),
    /** Who sent it. */
    actor: c.text(),
    /** All that was sent. */
    request: c.json<ImportRequest>(),
    /** What became of it. */
    report: c.json<ImportReport>(),
  },
  { primaryKey: ["userId", "importId"], clustered: false },
);

/** The tables beside the one of the preferences themselves. */
export const prefsSideTables = [
  userWatchlists,
  userDismissedInsights,
  userPreferenceAudit,
  userAcceptances,
  userPreferenceImports,
] as const;

/** The tables for `openStorage(url, { tables: prefsTables })` and `provisionPostgres`. With a table of your own: `[mine, ...prefsSideTables]`. */
export const prefsTables = [userPreferences, ...prefsSideTables] as const;

/** Preferences as stored. */
export interface UserPreferencesRow extends RowOf<typeof userPreferences> {}

/** A watched listing as stored. */
export interface UserWatchlistRow extends RowOf<typeof userWatchlists> {}

/** A dismissed insight as stored. */
export interface UserDismissedInsightRow extends RowOf<typeof userDismissedInsights> {}

/** A change on record, as stored. */
export interface UserPreferenceAuditRow extends RowOf<typeof userPreferenceAudit> {}

/** An acceptance as stored. */
export interface UserAcceptanceRow extends RowOf<typeof userAcceptances> {}

/** An import as stored. */
export interface UserPreferenceImportRow extends RowOf<typeof userPreferenceImports> {}
