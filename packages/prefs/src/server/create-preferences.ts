// The server side of preferences: one object that a host makes at start-up.
import type { Storage } from "@td/storage";
import { patched, replaced } from "../core/change-document.ts";
import type { PatchOf, PreferencesDefinition, ValueOf } from "../core/define-preferences.ts";
import { PrefsError } from "../errors.ts";
import type { HistoryBody, HistoryEntry, ImportReport, ImportRequest, PreferencesBody } from "../wire.ts";
import { history, historyPage, type HistoryRequest } from "./audit.ts";
import { changePreferences } from "./change-preferences.ts";
import type { Expected } from "./check-revision.ts";
import { inTransaction, type ChangedBy, type Context } from "./context.ts";
import { createDismissed, type Dismissed } from "./dismissed.ts";
import { importOnce, importReport, type ImportResult } from "./import.ts";
import { readPreferences } from "./read-preferences.ts";
import { repeatedColumns, userAcceptances, userPreferences, type PreferencesTable, type UserAcceptanceRow } from "./tables.ts";
import { createWatchlist, type Watchlist } from "./watchlist.ts";

/** What preferences work on. */
export interface PreferencesServerOptions {
  /** A storage that was opened with the tables: `openStorage(url, { tables: prefsTables })`. */
  readonly storage: Storage;
  /** The table of the preferences themselves; default `userPreferences`. Another one is made by `preferencesTable`. */
  readonly table?: PreferencesTable;
  /** The time; default the computer's clock. For tests. */
  readonly now?: () => Date;
}

/** Who changes what they knew, and why. */
export interface ChangeOptions extends Expected, ChangedBy {}

/** Who replaces what they knew, and why. */
export interface ReplaceOptions extends Pick<Expected, "ifRevision">, ChangedBy {}

/** Preferences on a server. Every call may also throw what a storage throws. */
export interface Preferences<Definition extends PreferencesDefinition = PreferencesDefinition> {
  /** What they are preferences of. */
  readonly definition: Definition;
  /** A user's preferences; for one who never chose anything, the defaults at revision 0. Stores nothing. Throws `migration-failed`. */
  get(userId: string): Promise<PreferencesBody<ValueOf<Definition>>>;
  /**
   * Changes the fields of a JSON merge patch (RFC 7396) and leaves all others; null takes a choice back. The result is checked as a whole.
   *
   * Throws `value-rejected`, `schema-too-new`, `revision-conflict` (with `ifRevision`), `field-conflict` (with `baseRevision`), `migration-failed`.
   */
  patch(userId: string, patch: PatchOf<ValueOf<Definition>>, options?: ChangeOptions): Promise<PreferencesBody<ValueOf<Definition>>>;
  /**
   * Makes a value the user's choice; fields that it does not have go back to their defaults. Keys that the schema does not know stay as they are stored.
   * Throws what `patch` does.
   */
  replace(userId: string, value: Partial<ValueOf<Definition>>, options?: ReplaceOptions): Promise<PreferencesBody<ValueOf<Definition>>>;
  /** Every committed change of the user's preferences, watchlist and dismissed insights, newest first. Throws `bad-request`. */
  history(userId: string, request?: HistoryRequest): AsyncIterable<HistoryEntry>;
  /** One page of it. Throws `bad-request`. */
  historyPage(userId: string, request?: HistoryRequest): Promise<HistoryBody>;
  /** What the user accepted, when, and who said so: one row for each version of a text. */
  acceptances(userId: string): Promise<readonly UserAcceptanceRow[]>;
  /** The user's watchlist. */
  watchlist(userId: string): Watchlist;
  /** The user's dismissed insights. */
  dismissed(userId: string): Dismissed;
  /**
   * Applies what a browser held before there was an account, once for each `importId`. What the server has stands, what was removed there stays
   * removed, and all that was sent is kept. Throws `import-conflict`, `schema-too-new`, `value-rejected`, `bad-request`.
   */
  importOnce(userId: string, importId: string, request: ImportRequest, by?: ChangedBy): Promise<ImportResult>;
  /** The report of an import that was applied, or null. */
  importReport(userId: string, importId: string): Promise<ImportReport | null>;
}

/** Preferences on a storage. Throws `definition-invalid` when a column of the table needs a value, and no field of the definition has its name. */
export function createPreferences<Definition extends PreferencesDefinition>(
  definition: Definition,
  { storage, table = userPreferences, now = () => new Date() }: PreferencesServerOptions,
): Preferences<Definition> {
  checkColumns(definition, table);
  const context: Context<Definition> = { definition, storage, table, now };
  return Object.freeze({
    definition,
    get: async (userId) => readPreferences(context, userId),
    patch: async (userId, patch, { ifRevision, baseRevision, ...by } = {}) =>
      inTransaction(context, userId, by, (work) =>
        changePreferences(work, definition, (open) => patched(definition, open, patch), {
          ...(ifRevision !== undefined && { ifRevision }),
          ...(baseRevision !== undefined && { baseRevision }),
        }),
      ),
    replace: async (userId, value, { ifRevision, ...by } = {}) =>
      inTransaction(context, userId, by, (work) =>
        changePreferences(work, definition, (open) => replaced(definition, open, value), ifRevision === undefined ? {} : { ifRevision }),
      ),
    history: (userId, request) => history(context, userId, request),
    historyPage: async (userId, request) => historyPage(context, userId, request),
    acceptances: async (userId) => (await storage.forUser(userId).table(userAcceptances).page({ limit: 1000 })).rows,
    watchlist: (userId) => createWatchlist(context, userId),
    dismissed: (userId) => createDismissed(context, userId),
    importOnce: async (userId, importId, request, by = {}) =>
      inTransaction(context, userId, by, (work) => importOnce(work, importId, request)),
    importReport: async (userId, importId) => importReport(context, userId, importId),
  } satisfies Preferences<Definition>);
}

function checkColumns({ schema }: PreferencesDefinition, table: PreferencesTable): void {
  const alone = repeatedColumns(table).find(({ name, optional }) => !optional && !Object.hasOwn(schema.shape, name));
  if (alone === undefined) return;
  const message = `The column ${alone.name} of ${table.name} would have no value: make it nullable, or name a field of the definition so.`;
  throw new PrefsError("definition-invalid", message, { table: table.name, column: alone.name });
}
