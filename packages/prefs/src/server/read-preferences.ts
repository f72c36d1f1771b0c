// A row becomes the answer: migrated in memory, with the defaults of today.
import type { RowOf, Scope } from "@td/storage";
import type { PreferencesDefinition, ValueOf } from "../core/define-preferences.ts";
import { emptyDocument, openDocument, type OpenDocument } from "../core/open-document.ts";
import { readValue } from "../core/read-value.ts";
import type { PreferencesBody } from "../wire.ts";
import type { Context } from "./context.ts";
import { preferencesTag } from "./etag.ts";
import type { PreferencesTable } from "./tables.ts";

/** Preferences as stored, in any table. */
export type PreferencesRow = RowOf<PreferencesTable>;

/** What is stored for the scope's user, or null. */
export function readRow({ table }: Context, scope: Scope): Promise<PreferencesRow | null> {
  return scope.table(table).get({});
}

/** A row's document in today's shape. Throws `migration-failed`. */
export function openRow(definition: PreferencesDefinition, row: PreferencesRow | null): OpenDocument {
  if (row === null) return emptyDocument(definition);
  return openDocument(definition, { schemaVersion: row.schemaVersion, document: row.document, explicit: row.explicitFields });
}

/** The answer to a document that is stored at a revision; 0 when nothing is. */
export function bodyOf<Definition extends PreferencesDefinition>(
  definition: Definition,
  userId: string,
  open: OpenDocument,
  row: Pick<PreferencesRow, "revision" | "updatedAt"> | null,
): PreferencesBody<ValueOf<Definition>> {
  const { value, unreadable } = readValue(definition, open.document);
  const { explicit, schemaVersion, readOnly } = open;
  const revision = row?.revision ?? 0;
  const etag = preferencesTag(userId, revision, [value, explicit, schemaVersion, unreadable]);
  const content = { explicit, revision, schemaVersion, etag, updatedAt: row?.updatedAt ?? null, unreadable, readOnly };
  return { value: value as ValueOf<Definition>, ...content };
}

/** A user's preferences. */
export async function readPreferences<Definition extends PreferencesDefinition>(
  context: Context<Definition>,
  userId: string,
): Promise<PreferencesBody<ValueOf<Definition>>> {
  const row = await readRow(context, context.storage.forUser(userId));
  return bodyOf(context.definition, userId, openRow(context.definition, row), row);
}
