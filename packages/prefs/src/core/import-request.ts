// An import as the server takes it: one request, or several when there is much; each has an id that is the same for the same content.
import type { ImportReport, ImportRequest } from "../wire.ts";
import { contentHash } from "./content-hash.ts";
import type { ImportPlan } from "./import-plan.ts";
import type { JsonObject } from "./json.ts";
import type { MovedItem } from "./key-rules.ts";

/** A request and its id. */
export interface IdentifiedImport {
  readonly id: string;
  readonly request: ImportRequest;
}

/** Characters of unread texts that go along; longer ones stay in the browser only. */
const UNREAD_LIMIT = 8_000;

/** The plan's requests, each with at most `batch` listings and `batch` insights. `textOf` gives the unread texts, which the server keeps as they are. */
export function importRequests(
  plan: ImportPlan,
  schemaVersion: number,
  batch: number,
  textOf: (key: string) => string | undefined,
): IdentifiedImport[] {
  const count = Math.max(1, Math.ceil(plan.watchlist.length / batch), Math.ceil(plan.dismissed.length / batch));
  return Array.from({ length: count }, (_, at) => {
    const request = {
      schemaVersion,
      preferences: at === 0 ? (plan.fields as JsonObject) : {},
      watchlist: plan.watchlist.slice(at * batch, (at + 1) * batch),
      dismissed: plan.dismissed.slice(at * batch, (at + 1) * batch).map((id) => ({ id })),
      unread: at === 0 ? unreadTexts(plan, textOf) : {},
    };
    return { id: contentHash(JSON.stringify(request)), request };
  });
}

function unreadTexts({ quarantined }: ImportPlan, textOf: (key: string) => string | undefined): Record<string, string> {
  let room = UNREAD_LIMIT;
  const fitting = quarantined.flatMap(({ key }) => {
    const text = textOf(key) ?? "";
    if (text.length > room) return [];
    room -= text.length;
    return [[key, text] as const];
  });
  return Object.fromEntries(fitting);
}

/** How the records name a listing. */
export const listingName = ({ symbol, exchange }: Pick<MovedItem, "symbol"> & { readonly exchange?: string | null }): string =>
  exchange === undefined || exchange === null ? symbol : `${exchange}:${symbol}`;

/** Whether the report answers for each thing that was sent: applied, kept, removed or rejected. */
export function accountsFor(report: ImportReport, { preferences, watchlist, dismissed }: ImportRequest): boolean {
  const parts = [
    [report.preferences, Object.keys(preferences)],
    [report.watchlist, watchlist.map(listingName), watchlist.map(({ symbol }) => symbol)],
    [report.dismissed, dismissed.map(({ id }) => id)],
  ] as const;
  return parts.every(([{ applied, kept, removed, rejected }, sent, asGiven = sent]) => {
    const named = new Set([...applied, ...kept, ...removed]);
    const refused = new Set(rejected.map(({ name }) => name)); // what is refused has no name of its own, and is called as it was given
    return sent.every((name, at) => named.has(name) || refused.has(asGiven[at] ?? name));
  });
}
