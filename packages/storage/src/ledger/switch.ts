// Makes a staged version current: pointers, review queue and log row in one transaction. Before it nothing of the version is visible, after it all.
import type { LedgerWriter } from "./ledger-access.ts";
import { query } from "./query.ts";
import { updateReviewQueue } from "./review.ts";
import { endRun, instantOf, requireRunning } from "./run-log.ts";
import type { Run, RunEnd } from "./run-log.ts";
import type { SymbolOutcome } from "./stage.ts";
import { addTexts, fittingMoney } from "./stored.ts";
import type { ReviewChanges } from "./types.ts";
import { requireSameFills } from "./work.ts";

const POINT = query(
  `insert into fifo_current_version (user_id, symbol, allocation_version, fingerprint, through_seq, switched_at) values (?1, ?2, ?3, ?4, ?5, ?6)
  on conflict (user_id, symbol) do update set allocation_version = excluded.allocation_version, fingerprint = excluded.fingerprint,
    through_seq = excluded.through_seq, switched_at = excluded.switched_at`,
  ["text", "text", "int", "text", "int", "instant"],
);

/** What a switch did. */
export interface Switched {
  /** The review queue. */
  readonly review: ReviewChanges;
  /** Milliseconds that the whole run took. */
  readonly durationMs: number;
}

/** Switches to the version of a run. Throws `superseded`, `fills-changed`; then nothing has changed. */
export async function switchVersion(db: LedgerWriter, run: Run, outcomes: readonly SymbolOutcome[]): Promise<Switched> {
  await requireRunning(db, run);
  const at = instantOf(run.now());
  for (const { work } of outcomes) {
    await requireSameFills(db, run.userId, work);
    await db.run(POINT, [run.userId, work.symbol, run.version, work.fingerprint, work.throughSeq, at]);
  }
  const review = await updateReviewQueue(db, run.userId, run.version, at);
  return { review, durationMs: await endRun(db, run, completed(outcomes)) };
}

function completed(outcomes: readonly SymbolOutcome[]): RunEnd {
  const sum = (of: (outcome: SymbolOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    status: "completed",
    symbols: JSON.stringify(outcomes.map(({ work }) => work.symbol)),
    trades: sum(({ totals }) => totals.trades),
    buys: sum(({ totals }) => totals.buys),
    sells: sum(({ totals }) => totals.sells),
    allocations: sum(({ allocations }) => allocations),
    totalPnl: fittingMoney(addTexts(outcomes.map(({ totals }) => totals.realizedPnl))),
    fingerprint: outcomes.map(({ work }) => `${work.symbol}: ${work.fingerprint}`).join("\n"),
  };
}
