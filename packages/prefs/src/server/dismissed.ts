// The insights that a user does not want to see, for ever or until a time. Each call is about one of them and may be repeated.
import type { RowOf, Scope } from "@td/storage";
import { changesBetween } from "../core/changes.ts";
import { PrefsError } from "../errors.ts";
import type { DismissedBody, DismissedInsight } from "../wire.ts";
import { record } from "./audit.ts";
import { bounded, inTransaction, type ChangedBy, type Context, type Work } from "./context.ts";
import { canonicalInstant, instantAfter } from "./instants.ts";
import { userDismissedInsights } from "./tables.ts";

/** How an insight is dismissed. */
export interface DismissOptions extends ChangedBy {
  /** When it comes back: ISO-8601 with an offset, or a `Date`. Null or absent for never. */
  readonly until?: string | Date | null;
}

/** A user's dismissed insights. An id has 1 to 500 characters; else `bad-request` is thrown. */
export interface Dismissed {
  /** Those that are dismissed now, newest first. One whose `until` is over is not. */
  list(): Promise<DismissedBody>;
  /** Dismisses an insight. One that is dismissed keeps its time and gets the new `until`. Throws `value-rejected` for an `until` that is no instant. */
  dismiss(id: string, options?: DismissOptions): Promise<{ readonly insight: DismissedInsight; readonly added: boolean }>;
  /** Shows an insight again; whether it was dismissed. */
  restore(id: string, by?: ChangedBy): Promise<boolean>;
}

type Row = RowOf<typeof userDismissedInsights>;

/** The dismissed insights of a user. */
export function createDismissed(context: Context, userId: string): Dismissed {
  const scope = (): Scope => context.storage.forUser(userId);
  return Object.freeze({
    list: () => readDismissed(scope(), instantAfter(context.now(), 0)),
    dismiss: async (id, { until, ...by } = {}) => {
      const [insight, end] = [usableInsight(id), usableUntil(until)];
      return inTransaction(context, userId, by, (work) => dismissInsight(work, insight, end));
    },
    restore: async (id, by = {}) => {
      const insight = usableInsight(id);
      return inTransaction(context, userId, by, (work) => restoreInsight(work, insight));
    },
  } satisfies Dismissed);
}

/** Dismisses an insight inside a transaction. */
export async function dismissInsight(work: Work, id: string, until: string | null): Promise<{ insight: DismissedInsight; added: boolean }> {
  const rows = work.tx.table(userDismissedInsights);
  const row = await rows.get({ insightId: id });
  if (row !== null && !isOver(row, instantAfter(work.at, 0))) {
    if (row.until === until) return { insight: insightOf(row), added: false };
    const stored = (await rows.update({ insightId: id }, { until })) ?? row;
    await record(work, { area: "dismissed", subject: id, changes: changesBetween({ until: row.until }, { until: stored.until }) });
    return { insight: insightOf(stored), added: false };
  }
  if (row !== null) await rows.delete({ insightId: id });
  const stored = await rows.insert({ insightId: id, dismissedAt: work.at, until });
  await record(work, { area: "dismissed", subject: id, changes: [{ path: "", to: { until: stored.until } }] });
  return { insight: insightOf(stored), added: true };
}

async function restoreInsight(work: Work, id: string): Promise<boolean> {
  const rows = work.tx.table(userDismissedInsights);
  const row = await rows.get({ insightId: id });
  if (row === null) return false;
  await rows.delete({ insightId: id });
  await record(work, { area: "dismissed", subject: id, changes: [{ path: "", from: { until: row.until } }] });
  return !isOver(row, instantAfter(work.at, 0));
}

/** The id of an insight, or the refusal of it. */
export function usableInsight(id: unknown): string {
  return bounded("the id of an insight", id, 1, 500);
}

/** The canonical end of a dismissal, or the refusal of it. */
export function usableUntil(until: string | Date | null | undefined): string | null {
  if (until === undefined || until === null) return null;
  const instant = canonicalInstant(until instanceof Date && !Number.isNaN(until.getTime()) ? until.toISOString() : String(until));
  if (instant !== undefined) return instant;
  const issues = [{ pointer: "/until", message: "an instant before 2255 in ISO-8601 with an offset: 2026-01-31T10:00:00Z" }];
  throw new PrefsError(
    "value-rejected",
    "The insight was not dismissed: until must be an instant before 2255, in ISO-8601 with an offset.",
    {},
    { issues },
  );
}

async function readDismissed(scope: Scope, now: string): Promise<DismissedBody> {
  const insights: DismissedInsight[] = [];
  for await (const rows of scope.table(userDismissedInsights).stream({ orderBy: "by_time", direction: "desc" })) {
    insights.push(...rows.filter((row) => !isOver(row, now)).map(insightOf));
  }
  return { insights };
}

// Canonical instants sort as text.
function isOver({ until }: Row, now: string): boolean {
  return until !== null && until <= now;
}

function insightOf({ insightId, dismissedAt, until }: Row): DismissedInsight {
  return { id: insightId, dismissedAt, until };
}
