// Takes the ledger back to an earlier version. What it removes is derived data: a computation brings it back. Fills, review decisions and the
// historical snapshot are not touched.
import { createHash } from "node:crypto";
import { createAllocator } from "@td/fifo";
import { StorageError } from "../errors.ts";
import { discardStaged } from "./discard.ts";
import { first } from "./ledger-access.ts";
import type { LedgerAccess, LedgerReader, LedgerWriter } from "./ledger-access.ts";
import { query } from "./query.ts";
import { readableVersion, symbolVersions } from "./read-ledger.ts";
import type { SymbolVersion } from "./read-ledger.ts";
import { updateReviewQueueAll } from "./review.ts";
import { beginRun, endRun, instantOf, latestVersions, requireRunning } from "./run-log.ts";
import type { Run } from "./run-log.ts";
import { intOf } from "./stored.ts";
import type { ReviewChanges } from "./types.ts";

/** What a rollback would do. */
export interface RollbackPlan {
  /** The version that the ledger goes back to; 0 for none at all. */
  readonly toVersion: number;
  /** The newest version now. */
  readonly fromVersion: number;
  /** The versions that go, newest first. */
  readonly versions: readonly number[];
  /** The symbols whose rows change, sorted; `to` is null for one that had no version then. */
  readonly symbols: readonly { readonly symbol: string; readonly from: number; readonly to: number | null }[];
  /** Allocation rows that go. */
  readonly allocations: number;
  /** To be given to `rollback`: it holds for this plan and for the ledger as it is now. */
  readonly confirm: string;
}

/** What is to be rolled back. */
export interface RollbackOptions {
  /** The version to go back to; 0 for none at all. */
  readonly toVersion: number;
  /** The `confirm` of the plan. */
  readonly confirm: string;
  /** Who asks: `manual` (default), `scheduled`, `api` or a text of your own; kept in the log. */
  readonly triggeredBy?: string;
  /** Identity of the run in the log; default a random UUID. */
  readonly runId?: string;
  /** The clock for the log; default the system's. */
  readonly now?: () => Date;
}

/** What a rollback did. */
export interface RollbackReport extends Omit<RollbackPlan, "confirm"> {
  /** The run in the log. */
  readonly runId: string;
  /** What became of the review queue. */
  readonly review: ReviewChanges;
}

const VERSIONS = query(
  `select allocation_version from fifo_computation_log where user_id = ?1 and status = 'completed' and allocation_version > ?2
  order by allocation_version desc`,
  ["text", "int"],
  ["int"],
);

/** Says what going back to a version would remove. Throws `not-found` for a version that cannot be read, `bad-request` for the newest one. */
export async function planRollback(db: LedgerReader, userId: string, toVersion: number): Promise<RollbackPlan> {
  const { latest } = await latestVersions(db, userId);
  if (toVersion !== 0) await readableVersion(db, userId, toVersion);
  if (toVersion === latest)
    throw new StorageError("bad-request", `Version ${toVersion} is the newest one: there is nothing to roll back.`, {
      facts: { toVersion },
    });
  const now = await symbolVersions(db, userId, {});
  const then = new Map(
    (toVersion === 0 ? [] : await symbolVersions(db, userId, { version: toVersion })).map((entry) => [entry.symbol, entry]),
  );
  const versions = (await db.all(VERSIONS, [userId, toVersion])).map(([version]) => intOf(version));
  const changed = now.filter(({ symbol, version }) => then.get(symbol)?.version !== version);
  const allocations = await removedRows(db, userId, toVersion, [...then.values()]);
  const symbols = changed.map(({ symbol, version }) => ({ symbol, from: version, to: then.get(symbol)?.version ?? null }));
  const plan = { toVersion, fromVersion: latest, versions, symbols, allocations };
  return { ...plan, confirm: tokenOf(userId, plan) };
}

const BEYOND_BASE = query(`select count(*) from fifo_allocations where user_id = ?1 and base_version > ?2`, ["text", "int"], ["int"]);
const BEYOND_ROWS = query(
  `select count(*) from fifo_allocations where user_id = ?1 and base_version = ?2 and symbol = ?3 and seq >= ?4`,
  ["text", "int", "text", "int"],
  ["int"],
);

async function removedRows(db: LedgerReader, userId: string, toVersion: number, kept: readonly SymbolVersion[]): Promise<number> {
  let rows = intOf((await first(db, BEYOND_BASE, [userId, toVersion]))?.[0]);
  for (const { base, symbol, rows: from } of kept) rows += intOf((await first(db, BEYOND_ROWS, [userId, base, symbol, from]))?.[0]);
  return rows;
}

/** Sixteen hex digits that change with anything that the plan says. */
function tokenOf(userId: string, plan: Omit<RollbackPlan, "confirm">): string {
  return createHash("sha256")
    .update(JSON.stringify([userId, plan]))
    .digest("hex")
    .slice(0, 16);
}

/** Carries a plan out: pointers, sums, review queue and log in one transaction, then the rows that nobody looks at any more. */
export async function rollBack(access: LedgerAccess, runId: string, options: RollbackOptions): Promise<RollbackReport> {
  const { rules } = createAllocator();
  const facts = { computationMode: "rollback", triggeredBy: options.triggeredBy ?? "manual", rules } as const;
  const { run, plan, review } = await access.write(async (db) => {
    const found = await confirmed(db, access.userId, options);
    const begun = await beginRun(db, access.userId, runId, options.now ?? (() => new Date()), facts);
    return { run: begun, plan: found, review: await goBack(db, begun, found) };
  });
  await removeRows(access, run);
  await access.write(async (db) => {
    await requireRunning(db, run);
    await endRun(db, run, {
      status: "rollback",
      version: plan.toVersion,
      symbols: JSON.stringify(plan.symbols.map(({ symbol }) => symbol)),
    });
  });
  const { confirm: _confirm, ...done } = plan;
  return { ...done, runId, review };
}

async function confirmed(db: LedgerReader, userId: string, { toVersion, confirm }: RollbackOptions): Promise<RollbackPlan> {
  const plan = await planRollback(db, userId, toVersion);
  if (plan.confirm === confirm) return plan;
  throw new StorageError(
    "not-confirmed",
    `The ledger was not rolled back to version ${toVersion}: the confirmation is not the one of the plan, or the ledger has changed since. Read ledger.planRollback(${toVersion}) again.`,
    { facts: { toVersion } },
  );
}

const FORGET_SYMBOLS = query(`delete from fifo_symbol_versions where user_id = ?1 and allocation_version > ?2`, ["text", "int"]);
const FORGET_TOTALS = query(`delete from fifo_version_totals where user_id = ?1 and allocation_version > ?2`, ["text", "int"]);
const FORGET_POINTER = query(`delete from fifo_current_version where user_id = ?1 and symbol = ?2`, ["text", "text"]);
const MARK = query(
  `update fifo_computation_log set status = 'rolled_back' where user_id = ?1 and status = 'completed' and allocation_version > ?2`,
  ["text", "int"],
);
// No state: it was kept for the newest version only. The next version of the symbol is computed from its first fill.
const POINT_BACK = query(
  `update fifo_current_version set (allocation_version, base_version, first_seq, allocations, fingerprint, through_seq) =
    (select v.allocation_version, v.base_version, v.first_seq, v.allocations, v.fingerprint, v.through_seq from fifo_symbol_versions v
      where v.user_id = ?1 and v.symbol = ?2 and v.allocation_version = ?3),
    state = null, switched_at = ?4
  where user_id = ?1 and symbol = ?2`,
  ["text", "text", "int", "instant"],
);

async function goBack(db: LedgerWriter, run: Run, { toVersion, symbols }: RollbackPlan): Promise<ReviewChanges> {
  const { userId } = run;
  const at = instantOf(run.startedAt);
  for (const { symbol, to } of symbols) {
    if (to === null) await db.run(FORGET_POINTER, [userId, symbol]);
    else await db.run(POINT_BACK, [userId, symbol, to, at]);
  }
  await db.run(FORGET_SYMBOLS, [userId, toVersion]);
  await db.run(FORGET_TOTALS, [userId, toVersion]);
  await db.run(MARK, [userId, toVersion]);
  return updateReviewQueueAll(db, userId, toVersion, at);
}

async function removeRows(access: LedgerAccess, run: Run): Promise<void> {
  const { latest } = await latestVersions(access, access.userId);
  await discardStaged(access, { ...run, latest });
}
