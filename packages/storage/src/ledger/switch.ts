// Makes a staged version current: pointers, review queue and log row in one transaction. Before it nothing of the version is visible, after it all.
import type { Connection } from "../sqlite/connection.ts";
import { updateReviewQueue } from "./review.ts";
import { endRun, micros, requireRunning } from "./run-log.ts";
import type { Run } from "./run-log.ts";
import type { SymbolOutcome } from "./stage.ts";
import { addTexts, storedMoney } from "./stored.ts";
import type { ReviewChanges } from "./types.ts";
import { requireSameFills } from "./work.ts";

const POINT = `insert into fifo_current_version (user_id, symbol, allocation_version, fingerprint, through_seq, switched_at) values (?, ?, ?, ?, ?, ?)
  on conflict do update set allocation_version = excluded.allocation_version, fingerprint = excluded.fingerprint,
    through_seq = excluded.through_seq, switched_at = excluded.switched_at`;

/** What a switch did. */
export interface Switched {
  /** The review queue. */
  readonly review: ReviewChanges;
  /** Milliseconds that the whole run took. */
  readonly durationMs: number;
}

/** Switches to the version of a run. Throws `superseded`, `fills-changed`; then nothing has changed. */
export function switchVersion(db: Connection, run: Run, outcomes: readonly SymbolOutcome[]): Switched {
  requireRunning(db, run);
  const at = micros(run.now());
  for (const { work } of outcomes) {
    requireSameFills(db, run.userId, work);
    db.run(POINT, [run.userId, work.symbol, run.version, work.fingerprint, work.throughSeq, at]);
  }
  const review = updateReviewQueue(db, run.userId, run.version, at);
  return { review, durationMs: endRun(db, run, completed(outcomes)) };
}

function completed(outcomes: readonly SymbolOutcome[]): Parameters<typeof endRun>[2] {
  const sum = (of: (outcome: SymbolOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    status: "completed",
    symbols_processed: JSON.stringify(outcomes.map(({ work }) => work.symbol)),
    trades_processed: sum(({ totals }) => totals.trades),
    buys_processed: sum(({ totals }) => totals.buys),
    sells_processed: sum(({ totals }) => totals.sells),
    allocations_created: sum(({ allocations }) => allocations),
    total_pnl_computed: storedMoney(addTexts(outcomes.map(({ totals }) => totals.realizedPnl))),
    input_fingerprint: outcomes.map(({ work }) => `${work.symbol}: ${work.fingerprint}`).join("\n"),
  };
}
