// Compare and set: what a caller knew is compared with what stands, inside the transaction that would change it.
import { baseOf, conflictsBetween } from "../core/conflict.ts";
import { openDocument, type OpenDocument, type StoredDocument } from "../core/open-document.ts";
import { PrefsError } from "../errors.ts";
import type { FieldConflict, PreferencesBody } from "../wire.ts";
import { changesSince } from "./audit.ts";
import { badRequest, type Work } from "./context.ts";
import { bodyOf, type PreferencesRow } from "./read-preferences.ts";

/** What a caller knew. At most one of the two. */
export interface Expected {
  /** Change only this revision; 0 when nothing is stored. Default any. */
  readonly ifRevision?: number;
  /** The change was made against this revision: apply it on top of later ones, unless they touch the same places. Default not said. */
  readonly baseRevision?: number;
}

interface Standing {
  readonly row: PreferencesRow | null;
  readonly open: OpenDocument;
  readonly make: (open: OpenDocument) => OpenDocument;
  readonly expected: Expected;
}

/** Passes when the caller knew enough. Throws `revision-conflict`, `field-conflict`, `bad-request`. */
export async function checkRevision(work: Work, standing: Standing): Promise<void> {
  const { row, open, expected } = standing;
  const revision = row?.revision ?? 0;
  const known = expected.ifRevision ?? expected.baseRevision;
  if (expected.ifRevision !== undefined && expected.baseRevision !== undefined)
    throw badRequest("ifRevision", "given without baseRevision");
  if (known === undefined || known === revision) return;
  if (!Number.isSafeInteger(known) || known < 0) throw badRequest("a revision", "a whole number from 0");
  // A revision that never was: the caller mistakes another database for this one.
  const fields = known < revision ? await fieldConflicts(work, standing, known) : [];
  if (known < revision && expected.baseRevision !== undefined && fields.length === 0) return;
  const current = bodyOf(work.context.definition, work.tx.userId, open, row) as PreferencesBody;
  const code = expected.ifRevision === undefined && known < revision ? "field-conflict" : "revision-conflict";
  throw new PrefsError(
    code,
    explain(code, known, revision),
    { expected: known, actual: revision },
    { conflict: { baseRevision: known, current, fields } },
  );
}

function explain(code: string, known: number, revision: number): string {
  return code === "field-conflict"
    ? `The preferences were not changed: since revision ${known} the same fields were changed, up to revision ${revision}. Decide between the sides in \`conflict\`.`
    : `The preferences were not changed: they have revision ${revision}, not ${known}. Make the change again on what stands now.`;
}

async function fieldConflicts(work: Work, { row, open, make }: Standing, known: number): Promise<readonly FieldConflict[]> {
  const { baseDocument, redacted } = await documentAt(work, row, known);
  const { document: base } = openDocument(work.context.definition, baseDocument);
  const mine = made(make, { ...open, document: base }, open);
  return conflictsBetween({ base, mine, theirs: open.document, redacted });
}

/** The document of an earlier revision in its own shape, out of the records. */
async function documentAt(work: Work, row: PreferencesRow | null, revision: number): Promise<Past> {
  const records = await changesSince(work, revision - 1);
  const later = records.filter((entry) => entry.revision !== revision).map(({ changes }) => changes);
  const { base, redacted } = baseOf(row?.document ?? {}, later);
  const written = records.find((entry) => entry.revision === revision)?.schemaVersion;
  const schemaVersion = written ?? row?.schemaVersion ?? work.context.definition.version;
  return { baseDocument: { schemaVersion, document: base, explicit: [] }, redacted };
}

interface Past {
  readonly baseDocument: StoredDocument;
  readonly redacted: readonly string[];
}

/** What the caller would have made of the base. When the base cannot take it any more, what it makes of what stands. */
function made(make: Standing["make"], base: OpenDocument, standing: OpenDocument): OpenDocument["document"] {
  try {
    return make(base).document;
  } catch (error) {
    if (!(error instanceof PrefsError)) throw error;
    return make(standing).document;
  }
}
