// The record of changes: written in the transaction that makes them, read back page by page.
import { randomUUID } from "node:crypto";
import type { RowOf } from "@td/storage";
import { redactChanges } from "../core/changes.ts";
import type { Change, HistoryBody, HistoryEntry } from "../wire.ts";
import { badRequest, type Context, type Work } from "./context.ts";
import { userPreferenceAudit } from "./tables.ts";

/** One change, before it is on record. */
interface Entry {
  readonly area: HistoryEntry["area"];
  readonly subject?: string;
  readonly revision?: number;
  readonly schemaVersion?: number;
  readonly changes: readonly Change[];
}

/** Puts a change on record. */
export async function record({ context, tx, at, by }: Work, { changes, ...entry }: Entry): Promise<void> {
  const kept = entry.area === "preferences" ? redactChanges(changes, context.definition.redact) : changes;
  await tx.table(userPreferenceAudit).insert({ id: randomUUID(), ...entry, ...by, at, changes: kept });
}

/** Which entries of the history are asked for. */
export interface HistoryRequest {
  /** Entries older than the one with this `seq`; default from the newest. */
  readonly before?: number;
  /** Entries at most, 1 to 100; default 50. */
  readonly limit?: number;
}

/** One page of a user's history, newest first. Throws `bad-request`. */
export async function historyPage(context: Context, userId: string, { before, limit = 50 }: HistoryRequest = {}): Promise<HistoryBody> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw badRequest("limit", "an integer from 1 to 100");
  if (before !== undefined && !Number.isSafeInteger(before)) throw badRequest("before", "the seq of an entry");
  const { rows, next } = await context.storage
    .forUser(userId)
    .table(userPreferenceAudit)
    .page({
      orderBy: "by_order",
      direction: "desc",
      limit,
      ...(before !== undefined && { where: { seq: { lt: before } } }),
    });
  return { entries: rows.map(entryOf), next: next === null ? null : (rows.at(-1)?.seq ?? null) };
}

/** A user's history, newest first, page by page behind the scenes. */
export async function* history(context: Context, userId: string, { before, limit }: HistoryRequest = {}): AsyncGenerator<HistoryEntry> {
  let left = limit ?? Infinity;
  let from: number | null | undefined = before;
  while (from !== null && left > 0) {
    const page: HistoryBody = await historyPage(context, userId, {
      limit: Math.min(left, 100),
      ...(from !== undefined && { before: from }),
    });
    yield* page.entries;
    left -= page.entries.length;
    from = page.next;
  }
}

/** The records about preferences that are newer than a revision, newest first. */
export async function changesSince({ tx }: Work, revision: number): Promise<readonly RowOf<typeof userPreferenceAudit>[]> {
  const found: RowOf<typeof userPreferenceAudit>[] = [];
  const where = { area: "preferences", subject: "", revision: { gt: revision } } as const;
  for await (const rows of tx.table(userPreferenceAudit).stream({ where, orderBy: "by_subject", direction: "desc" })) found.push(...rows);
  return found;
}

/** Whether the last thing on record about a listing or an insight is that it was removed. */
export async function wasRemoved({ tx }: Work, area: HistoryEntry["area"], subject: string): Promise<boolean> {
  const request = { where: { area, subject }, orderBy: "by_subject", direction: "desc", limit: 1 } as const;
  const { rows } = await tx.table(userPreferenceAudit).page(request);
  return rows.some(({ changes }) => changes.some(({ path, to }) => path === "" && to === undefined));
}

/** Whether anything is on record in an area: for one without, nothing was ever removed. */
export async function hasRecords({ tx }: Work, area: HistoryEntry["area"]): Promise<boolean> {
  const { rows } = await tx.table(userPreferenceAudit).page({ where: { area }, orderBy: "by_subject", limit: 1 });
  return rows.length > 0;
}

function entryOf(row: RowOf<typeof userPreferenceAudit>): HistoryEntry {
  const { seq, area, subject, revision, at, actor, reason, requestId, changes } = row;
  return { seq, area, key: subject === "" ? null : subject, revision, at, actor, reason, requestId, changes };
}
