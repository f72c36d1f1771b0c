// The one way in which preferences change: read, compute, check, store and put on record, in one transaction.
import { newlyAccepted } from "../core/acceptance.ts";
import { changesBetween, jsonEqual } from "../core/changes.ts";
import type { PreferencesDefinition, ValueOf } from "../core/define-preferences.ts";
import { own, type Json, type JsonObject } from "../core/json.ts";
import type { OpenDocument } from "../core/open-document.ts";
import { readValue } from "../core/read-value.ts";
import { PrefsError } from "../errors.ts";
import type { PreferencesBody } from "../wire.ts";
import { record } from "./audit.ts";
import { checkRevision, type Expected } from "./check-revision.ts";
import type { Work } from "./context.ts";
import { bodyOf, openRow, readRow, type PreferencesRow } from "./read-preferences.ts";
import { repeatedColumns, userAcceptances } from "./tables.ts";

/** Makes the document that is wanted from one that stands. Throws `value-rejected`. */
export type Make = (open: OpenDocument) => OpenDocument;

/**
 * Changes a user's preferences and returns what stands then. A change that changes nothing makes no revision and no record.
 *
 * Throws `schema-too-new`, `revision-conflict`, `field-conflict`, `value-rejected`, `migration-failed`.
 */
export async function changePreferences<Definition extends PreferencesDefinition>(
  work: Work,
  definition: Definition,
  make: Make,
  expected: Expected,
): Promise<PreferencesBody<ValueOf<Definition>>> {
  const row = await readRow(work.context, work.tx);
  const open = openRow(definition, row);
  if (open.readOnly) throw tooNew(definition, open);
  await checkRevision(work, { row, open, make, expected });
  const next = make(open);
  if (jsonEqual(next.document, open.document) && jsonEqual(next.explicit, open.explicit))
    return bodyOf(definition, work.tx.userId, open, row);
  const stored = await store(work, row, next);
  return bodyOf(definition, work.tx.userId, next, stored);
}

async function store(work: Work, row: PreferencesRow | null, next: OpenDocument): Promise<PreferencesRow> {
  const before = row?.document ?? {};
  const stored = await write(work, row, next);
  const { revision, schemaVersion } = stored;
  await record(work, { area: "preferences", revision, schemaVersion, changes: changesBetween(before, next.document) });
  await keepAcceptances(work, openRow(work.context.definition, row).document, next.document);
  return stored;
}

async function write({ context, tx, at }: Work, row: PreferencesRow | null, next: OpenDocument): Promise<PreferencesRow> {
  const { document, explicit, schemaVersion } = next;
  const content = { ...repeated(context, next), schemaVersion, document, explicitFields: explicit, updatedAt: at };
  const rows = tx.table(context.table);
  if (row === null) return rows.insert({ ...content, createdAt: at });
  const stored = await rows.update({}, content, { ifRevision: row.revision });
  if (stored !== null) return stored;
  throw new PrefsError("revision-conflict", "The preferences were deleted while they were changed: read them again.", {
    expected: row.revision,
  });
}

/** The columns that show fields of the effective value. Where nothing is to be shown a column that may be null is null. */
function repeated({ definition, table }: Work["context"], { document }: OpenDocument): Readonly<Record<string, Json>> {
  const value = readValue(definition, document).value as JsonObject;
  return Object.fromEntries(
    repeatedColumns(table).flatMap(({ name, nullable }): (readonly [string, Json])[] => {
      const shown = own(value, name);
      if (nullable && (shown === undefined || shown === "")) return [[name, null]];
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
}

/** Evidence: the first acceptance of a version stands, whatever comes later. */
async function keepAcceptances({ context, tx, at, by }: Work, before: JsonObject, after: JsonObject): Promise<void> {
  const rows = newlyAccepted(context.definition, before, after).map((accepted) => ({
    ...accepted,
    acceptedAt: at,
    actor: by.actor,
    requestId: by.requestId,
  }));
  if (rows.length > 0) await tx.table(userAcceptances).importMany(rows);
}

function tooNew({ version }: PreferencesDefinition, { schemaVersion }: OpenDocument): PrefsError {
  return new PrefsError(
    "schema-too-new",
    `The preferences were written by version ${schemaVersion} of their schema, this program knows ${version}: they can be read, not changed. Update the program.`,
    { stored: schemaVersion, known: version },
  );
}
