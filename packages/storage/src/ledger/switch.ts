// Makes a staged version current: pointers, sums, review queue and log row in one transaction. Before it nothing of the version is visible,
// after it all of it is.
import type { RowFacts } from "./balance.ts";
import type { LedgerWriter } from "./ledger-access.ts";
import { query } from "./query.ts";
import { refusedInLog } from "./refused.ts";
import { updateReviewQueue } from "./review.ts";
import { endRun, instantOf, requireRunning } from "./run-log.ts";
import type { Run, RunEnd } from "./run-log.ts";
import type { SymbolOutcome } from "./stage.ts";
import { addTexts, fittingMoney } from "./stored.ts";
import type { RefusedSymbol, ReviewChanges } from "./types.ts";
import { keepVersionTotals } from "./version-totals.ts";
import { requireSameFills } from "./work.ts";

const POINT = query(
  `insert into fifo_current_version (user_id, symbol, allocation_version, base_version, first_seq, allocations, state, fingerprint, through_seq, switched_at)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
  on conflict (user_id, symbol) do update set allocation_version = excluded.allocation_version, base_version = excluded.base_version,
    first_seq = excluded.first_seq, allocations = excluded.allocations, state = excluded.state, fingerprint = excluded.fingerprint,
    through_seq = excluded.through_seq, switched_at = excluded.switched_at`,
  ["text", "text", "int", "int", "int", "int", "json", "text", "int", "instant"],
);

const KEEP = query(
  `insert into fifo_symbol_versions (user_id, symbol, allocation_version, base_version, mode, first_seq, allocations, fills, last_fill, through_seq,
    fingerprint, matched, unmatched, dust, sells_matched, buys_used, open_lots, matched_size, realized_pnl, unmatched_size, unmatched_proceeds, open_size,
    open_cost, first_sell, last_sell, switched_at)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)`,
  [
    ...(["text", "text", "int", "int", "text", "int", "int", "int", "instant", "int", "text"] as const),
    ...(["int", "int", "int", "int", "int", "int"] as const),
    ...(["total", "total", "total", "total", "total", "total", "instant", "instant", "instant"] as const),
  ],
);

/** A symbol that was computed and balanced. */
export interface BalancedSymbol {
  /** What it came to. */
  readonly outcome: SymbolOutcome;
  /** What only the rows know, over all of them. */
  readonly facts: RowFacts;
}

/** What a switch did. */
export interface Switched {
  /** The review queue. */
  readonly review: ReviewChanges;
  /** Milliseconds that the whole run took. */
  readonly durationMs: number;
}

/** Switches to the version of a run; the log tells which symbols it had to leave out. Throws `superseded`, `fills-changed`; then nothing has changed. */
export async function switchVersion(
  db: LedgerWriter,
  run: Run,
  symbols: readonly BalancedSymbol[],
  refused: readonly RefusedSymbol[],
): Promise<Switched> {
  await requireRunning(db, run);
  const at = instantOf(run.now());
  for (const symbol of symbols) await switchSymbol(db, run, symbol, at);
  await keepVersionTotals(db, run.userId, run.version);
  const review = await updateReviewQueue(db, run.userId, run.version, at);
  const end = { ...completed(symbols.map(({ outcome }) => outcome)), ...refusedInLog(refused) };
  return { review, durationMs: await endRun(db, run, end) };
}

async function switchSymbol(db: LedgerWriter, run: Run, { outcome, facts }: BalancedSymbol, at: string): Promise<void> {
  const { work, base, firstSeq, allocations, totals, state, lastFill } = outcome;
  const { symbol, fingerprint, throughSeq, fills } = work;
  const { userId, version } = run;
  await requireSameFills(db, userId, work);
  await db.run(POINT, [userId, symbol, version, base, firstSeq, allocations, state, fingerprint, throughSeq, at]);
  const mode = outcome.before === undefined ? "full" : "incremental";
  const { matched, unmatched, dust, openLots, realizedPnl, unmatchedQuantity, unmatchedProceeds, openQuantity, openCost } = totals;
  const { sellsMatched, buysUsed, matchedSize, firstSell, lastSell } = facts;
  const counts = [matched, unmatched, dust, sellsMatched, buysUsed, openLots];
  const sums = [matchedSize, realizedPnl, unmatchedQuantity, unmatchedProceeds, openQuantity, openCost];
  const identity = [userId, symbol, version, base, mode, firstSeq, allocations, fills, lastFill, throughSeq, fingerprint];
  await db.run(KEEP, [...identity, ...counts, ...sums, firstSell, lastSell, at]);
}

function completed(outcomes: readonly SymbolOutcome[]): RunEnd {
  const sum = (of: (outcome: SymbolOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    status: "completed",
    symbols: JSON.stringify(outcomes.map(({ work }) => work.symbol)),
    trades: sum(({ read }) => read.trades),
    buys: sum(({ read }) => read.buys),
    sells: sum(({ read }) => read.sells),
    allocations: sum(({ allocations, firstSeq }) => allocations - firstSeq),
    totalPnl: fittingMoney(addTexts(outcomes.map(({ totals }) => totals.realizedPnl))),
    fingerprint: outcomes.map(({ work }) => `${work.symbol}: ${work.fingerprint}`).join("\n"),
    ...(outcomes.every(({ before }) => before !== undefined) && { mode: "incremental" }),
  };
}
