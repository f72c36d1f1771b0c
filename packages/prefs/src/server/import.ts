// What a browser held before there was an account: applied once, in one transaction, and kept as it was sent.
import { jsonEqual } from "../core/changes.ts";
import { patched } from "../core/change-document.ts";
import { jsonProblem } from "../core/check-json.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { listingName } from "../core/listing.ts";
import { openDocument, type OpenDocument } from "../core/open-document.ts";
import { keysOf } from "../core/pointer.ts";
import { PrefsError } from "../errors.ts";
import type { ImportPart, ImportReport, ImportRequest } from "../wire.ts";
import { changesSince, hasRecords, wasRemoved } from "./audit.ts";
import { changePreferences } from "./change-preferences.ts";
import { badRequest, type Context, type Work } from "./context.ts";
import { dismissInsight, usableInsight, usableUntil } from "./dismissed.ts";
import { instantAfter } from "./instants.ts";
import { openRow, readRow } from "./read-preferences.ts";
import { userDismissedInsights, userPreferenceImports, userWatchlists } from "./tables.ts";
import { addListing, usable, usableNotes } from "./watchlist.ts";

/** The report of an import, and whether this call applied it. */
export interface ImportResult {
  /** What became of it. */
  readonly report: ImportReport;
  /** False when it had been applied before: the report is that of then. */
  readonly applied: boolean;
}

/**
 * Applies an import. What the server has stands: chosen fields, listings and insights. What the user has removed on the server stays removed.
 *
 * Throws `import-conflict`, `schema-too-new`, `value-rejected` for what is no JSON, `bad-request`.
 */
export async function importOnce(work: Work, importId: string, request: ImportRequest): Promise<ImportResult> {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(importId)) throw badRequest("importId", "1 to 100 letters, digits, dots, lines and hyphens");
  checkRequest(work.context, request);
  const before = await work.tx.table(userPreferenceImports).get({ importId });
  if (before !== null) return { report: sameImport(importId, before, request), applied: false };
  const removed = { watchlist: await removalsIn(work, "watchlist"), dismissed: await removalsIn(work, "dismissed") };
  const report = {
    importId,
    at: instantAfter(work.at, 0),
    preferences: await importFields(work, importId, request),
    watchlist: await importParts(
      request.watchlist,
      ({ symbol }) => symbol,
      (input, at) => importListing(work, input, removed.watchlist, request.watchlist.length - at),
    ),
    dismissed: await importParts(
      request.dismissed,
      ({ id }) => id,
      (input) => importInsight(work, input, removed.dismissed),
    ),
    unread: Object.keys(request.unread).sort(),
  };
  await work.tx.table(userPreferenceImports).insert({ importId, at: work.at, actor: work.by.actor, request, report });
  return { report, applied: true };
}

/** The report of an import that was applied, or null. */
export async function importReport(context: Context, userId: string, importId: string): Promise<ImportReport | null> {
  const row = await context.storage.forUser(userId).table(userPreferenceImports).get({ importId });
  return row?.report ?? null;
}

function checkRequest({ definition }: Context, request: ImportRequest): void {
  const problem = jsonProblem(request);
  if (problem !== undefined) throw new PrefsError("value-rejected", `Nothing was imported: ${problem.message}.`, {}, { issues: [problem] });
  if (!Number.isSafeInteger(request.schemaVersion) || request.schemaVersion < 0) throw badRequest("schemaVersion", "a whole number from 0");
  if (request.schemaVersion <= definition.version) return;
  const facts = { given: request.schemaVersion, known: definition.version };
  throw new PrefsError(
    "schema-too-new",
    `Nothing was imported: version ${request.schemaVersion} is newer than this program knows. Update it.`,
    facts,
  );
}

function sameImport(
  importId: string,
  row: { readonly request: ImportRequest; readonly report: ImportReport },
  request: ImportRequest,
): ImportReport {
  if (jsonEqual(row.request as unknown as Json, request as unknown as Json)) return row.report;
  throw new PrefsError(
    "import-conflict",
    `The import ${importId} was made before with other content: name an import by a digest of what it holds.`,
    { importId },
  );
}

async function importFields(work: Work, importId: string, { schemaVersion, preferences }: ImportRequest): Promise<ImportPart> {
  const { definition } = work.context;
  const given = openDocument(definition, { schemaVersion, document: preferences, explicit: Object.keys(preferences) }).document;
  const open = openRow(definition, await readRow(work.context, work.tx));
  const known = Object.entries(given).filter(([field]) => Object.hasOwn(definition.schema.shape, field));
  const kept = known.flatMap(([field]) => (open.explicit.includes(field) ? [field] : []));
  const gone = await removedFields(work);
  const removed = known.flatMap(([field]) => (gone.has(field) && !kept.includes(field) ? [field] : []));
  const free = Object.fromEntries(known.filter(([field]) => !kept.includes(field) && !removed.includes(field)));
  const { fields, rejected } = takable(work, open, free);
  const applied = Object.keys(fields).sort();
  const reasoned = { ...work, by: { ...work.by, reason: work.by.reason ?? `import ${importId}` } };
  if (applied.length > 0) await changePreferences(reasoned, definition, (standing) => patched(definition, standing, fields), {});
  const unknown = Object.keys(given).filter((field) => !Object.hasOwn(definition.schema.shape, field));
  const strange = unknown.map((name) => ({ name, message: "no field of these preferences has this name" }));
  return { applied, kept: kept.sort(), removed: removed.sort(), rejected: [...rejected, ...strange] };
}

/** Top-level fields whose last change on record took the choice away. */
async function removedFields(work: Work): Promise<ReadonlySet<string>> {
  const removed = new Set<string>();
  for (const { changes } of [...(await changesSince(work, 0))].reverse()) {
    for (const { path, to, redacted } of changes) {
      const [field = "", ...inner] = keysOf(path);
      if (inner.length > 0 || to !== undefined || redacted === true) removed.delete(field);
      else removed.add(field);
    }
  }
  return removed;
}

interface Takable {
  readonly fields: JsonObject;
  readonly rejected: ImportPart["rejected"];
}

/** The fields that can be stored together: as many as the schema and the rules accept. Some are only accepted beside others. */
function takable(work: Work, open: OpenDocument, fields: JsonObject, taken: JsonObject = {}): Takable {
  const names = Object.keys(fields).filter((name) => !Object.hasOwn(taken, name));
  if (names.length === 0 || issuesOf(work, open, fields).length === 0) return { fields, rejected: [] };
  const issues = names.map((name) => ({ name, found: issuesOf(work, open, { ...taken, [name]: fields[name] ?? null }) }));
  const next = issues.find(({ found }) => found.length === 0)?.name;
  if (next !== undefined) return takable(work, open, fields, { ...taken, [next]: fields[next] ?? null });
  return { fields: taken, rejected: issues.map(({ name, found }) => ({ name, message: found[0]?.message ?? "refused" })) };
}

function issuesOf(work: Work, open: OpenDocument, fields: JsonObject): readonly { readonly pointer: string; readonly message: string }[] {
  try {
    patched(work.context.definition, open, fields);
    return [];
  } catch (error) {
    if (error instanceof PrefsError && error.code === "value-rejected") return error.issues;
    throw error;
  }
}

type WasRemoved = (name: string) => Promise<boolean>;

/** Says of a name whether the user has removed it. A user without records, which is the usual one at a first login, is not asked about each. */
async function removalsIn(work: Work, area: "watchlist" | "dismissed"): Promise<WasRemoved> {
  return (await hasRecords(work, area)) ? (name) => wasRemoved(work, area, name) : async () => false;
}

type Outcome = readonly ["applied" | "kept" | "removed", string];

async function importParts<T>(
  inputs: readonly T[],
  nameOf: (input: T) => string,
  take: (input: T, at: number) => Promise<Outcome>,
): Promise<ImportPart> {
  const lists = { applied: [] as string[], kept: [] as string[], removed: [] as string[] };
  const rejected: { name: string; message: string }[] = [];
  for (const [at, input] of inputs.entries()) {
    try {
      const [list, name] = await take(input, at);
      lists[list].push(name);
    } catch (error) {
      if (!(error instanceof PrefsError)) throw error;
      rejected.push({ name: nameOf(input), message: error.issues[0]?.message ?? error.message });
    }
  }
  return { ...lists, rejected };
}

async function importListing(
  work: Work,
  { symbol, exchange, notes }: ImportRequest["watchlist"][number],
  removed: WasRemoved,
  place: number,
): Promise<Outcome> {
  const listing = usable(symbol, exchange);
  const words = usableNotes(notes);
  const name = listingName(listing);
  if ((await work.tx.table(userWatchlists).get(listing)) !== null) return ["kept", name];
  if (await removed(name)) return ["removed", name];
  await addListing(work, listing, words, place);
  return ["applied", name];
}

async function importInsight(work: Work, { id, until }: ImportRequest["dismissed"][number], removed: WasRemoved): Promise<Outcome> {
  const [insight, end] = [usableInsight(id), usableUntil(until)];
  if ((await work.tx.table(userDismissedInsights).get({ insightId: insight })) !== null) return ["kept", insight];
  if (await removed(insight)) return ["removed", insight];
  await dismissInsight(work, insight, end);
  return ["applied", insight];
}
