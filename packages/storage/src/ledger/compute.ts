// ledger.compute: finds what has changed, stages a new version beside the current one, balances it, switches.
import { randomUUID } from "node:crypto";
import { createAllocator, FifoError } from "@td/fifo";
import type { Rules, TotalsJson } from "@td/fifo";
import { StorageError } from "../errors.ts";
import { requireBalanced } from "./balance.ts";
import type { RowFacts, StoredSums } from "./balance.ts";
import { discardStaged, discardSymbol } from "./discard.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { isOfOneSymbol, refusedInLog, refusedSymbol } from "./refused.ts";
import { beginRun, endRun, isRunning, latestVersions, requireRunning } from "./run-log.ts";
import type { Run } from "./run-log.ts";
import { stageSymbol } from "./stage.ts";
import type { SymbolOutcome } from "./stage.ts";
import { addTexts, subtractTexts } from "./stored.ts";
import { switchVersion } from "./switch.ts";
import type { BalancedSymbol, Switched } from "./switch.ts";
import type { SymbolFacts } from "./symbol-facts.ts";
import type { ComputeOptions, ComputeProgress, ComputeReport, LedgerRules, LedgerTotals, RefusedSymbol } from "./types.ts";
import { findWork } from "./work.ts";
import type { SymbolWork } from "./work.ts";

/** Computes what has changed and makes it current, at once: a run that is under way is overtaken. */
export async function computeLedger(access: LedgerAccess, options: ComputeOptions): Promise<ComputeReport> {
  const rules = checkedRules(options.options);
  const run = await access.write((db) =>
    beginRun(db, access.userId, options.runId ?? randomUUID(), options.now ?? (() => new Date()), {
      computationMode: options.symbols === undefined ? "full" : "symbol",
      triggeredBy: options.triggeredBy ?? "manual",
      rules,
    }),
  );
  const refused: RefusedSymbol[] = [];
  try {
    return await carryOut(access, run, rules, options, refused);
  } catch (error) {
    await abandon(access, run, error, refused);
    throw error;
  }
}

function checkedRules(options: LedgerRules | undefined): Rules {
  const { rules } = createAllocator(options);
  if (rules.method !== "specific" && rules.shorts === "refuse" && rules.money === null) return rules;
  throw new StorageError(
    "bad-request",
    "A ledger takes the rules scope, fees, dust and method (not specific): use allocate of @td/fifo for shorts, named lots or a money scale.",
  );
}

async function carryOut(
  access: LedgerAccess,
  run: Run,
  rules: Rules,
  options: ComputeOptions,
  refused: RefusedSymbol[],
): Promise<ComputeReport> {
  await discardStaged(access, run);
  const work = await findWork(access, run.userId, rules, { symbols: options.symbols, force: options.force ?? false });
  if (work.length === 0) return unchanged(access, run);
  const progress = tracker(work, options);
  const outcomes = await stageAll(access, run, work, options.options, progress, refused);
  const balanced: BalancedSymbol[] = [];
  for (const outcome of outcomes) {
    await progress("checking", outcome.work.symbol, 0, 0);
    balanced.push({ outcome, facts: await balance(access, run, rules, outcome) });
  }
  await progress("switching", work.at(-1)?.symbol ?? "", 0, 0);
  const switched = await access.write((db) => switchVersion(db, run, balanced, refused));
  return reportOf(run, outcomes, refused, switched);
}

/** Stages all symbols but those that have a fill which cannot be computed: they are added to `refused`. Throws the first one's error when nothing else is left. */
async function stageAll(
  access: LedgerAccess,
  run: Run,
  work: readonly SymbolWork[],
  rules: LedgerRules | undefined,
  progress: Progress,
  refused: RefusedSymbol[],
): Promise<readonly SymbolOutcome[]> {
  const outcomes: SymbolOutcome[] = [];
  let first: unknown;
  for (const one of work) {
    try {
      const told = (trades: number, allocations: number): Promise<void> => progress("allocating", one.symbol, trades, allocations);
      outcomes.push(await stageSymbol(access, run, one, rules, told));
    } catch (error) {
      if (!isOfOneSymbol(error)) throw error;
      first ??= error;
      refused.push(refusedSymbol(one.symbol, error));
      await discardSymbol(access, run, one.symbol);
    }
  }
  if (outcomes.length === 0) throw first;
  return outcomes;
}

/** Balances what was staged: a whole version, or what was added to the one before, and then what both come to. */
async function balance(access: LedgerAccess, run: Run, rules: Rules, outcome: SymbolOutcome): Promise<RowFacts> {
  try {
    return await balanceStaged(access, run, rules, outcome);
  } catch (error) {
    await requireRunning(access, run); // a run that was overtaken has had its rows removed
    throw error;
  }
}

async function balanceStaged(access: LedgerAccess, run: Run, rules: Rules, outcome: SymbolOutcome): Promise<RowFacts> {
  const { work, before, base, firstSeq, totals, feeAssets } = outcome;
  const facts = await requireBalanced(
    access,
    {
      userId: run.userId,
      symbol: work.symbol,
      version: run.version,
      base,
      firstSeq,
      endSeq: Number.MAX_SAFE_INTEGER, // a row beyond the last would be wrong, too
      afterSeq: before === undefined ? 0 : (work.extend?.added.afterSeq ?? 0),
      throughSeq: work.throughSeq,
      before: before?.version ?? 0,
      fees: rules.fees,
      feeAssets,
    },
    before === undefined ? totals : addedTo(before, totals),
  );
  return before === undefined ? facts : together(before, facts);
}

/** What rows that were added must come to; what is open is what is open now. */
function addedTo(before: SymbolFacts, totals: TotalsJson): StoredSums {
  const less = (field: "realizedPnl" | "unmatchedQuantity" | "unmatchedProceeds"): string => subtractTexts(totals[field], before[field]);
  return {
    ...totals,
    matched: totals.matched - before.matched,
    unmatched: totals.unmatched - before.unmatched,
    dust: totals.dust - before.dust,
    realizedPnl: less("realizedPnl"),
    unmatchedQuantity: less("unmatchedQuantity"),
    unmatchedProceeds: less("unmatchedProceeds"),
  };
}

function together(before: SymbolFacts, added: RowFacts): RowFacts {
  return {
    sellsMatched: before.sellsMatched + added.sellsMatched,
    buysUsed: before.buysUsed + added.buysUsed,
    matchedSize: addTexts([before.matchedSize, added.matchedSize]),
    firstSell: before.firstSell ?? added.firstSell,
    lastSell: added.lastSell ?? before.lastSell,
  };
}

type Progress = (phase: ComputeProgress["phase"], symbol: string, trades: number, allocations: number) => Promise<void>;

function tracker(work: readonly SymbolWork[], { signal, onProgress }: ComputeOptions): Progress {
  const tradesTotal = work.reduce((sum, { fills, extend }) => sum + (extend?.added.fills ?? fills), 0);
  let trades = 0;
  let allocations = 0;
  return async (phase, symbol, moreTrades, moreAllocations) => {
    trades += moreTrades;
    allocations += moreAllocations;
    await onProgress?.({ phase, symbol, trades, tradesTotal, allocations });
    signal?.throwIfAborted();
  };
}

async function unchanged(access: LedgerAccess, run: Run): Promise<ComputeReport> {
  const { version, durationMs } = await access.write(async (db) => {
    const { latest } = await latestVersions(db, run.userId);
    return { version: latest, durationMs: await endRun(db, run, { status: "unchanged", version: latest }) };
  });
  return { ...reportOf(run, [], [], { review: { opened: 0, reopened: 0, closed: 0 }, durationMs }), status: "unchanged", version };
}

/** Leaves nothing of a failed run but its row in the log. When even that fails (a full disk), the next run does it. */
async function abandon(access: LedgerAccess, run: Run, error: unknown, refused: readonly RefusedSymbol[]): Promise<void> {
  try {
    await discardStaged(access, run);
    const said = { errorCode: codeOf(error), errorMessage: error instanceof Error ? error.message : String(error) };
    const inLog = isOfOneSymbol(error) ? { ...said, ...refusedInLog(refused) } : said;
    await access.write(async (db) => {
      if (await isRunning(db, run)) await endRun(db, run, { status: "failed", ...inLog });
    });
  } catch {
    // The first error is the one to report.
  }
}

function codeOf(error: unknown): string {
  if (error instanceof StorageError || error instanceof FifoError) return error.code;
  return error instanceof Error ? error.name : "unknown";
}

function reportOf(
  run: Run,
  outcomes: readonly SymbolOutcome[],
  refused: readonly RefusedSymbol[],
  { review, durationMs }: Switched,
): ComputeReport {
  const sum = (of: (outcome: SymbolOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const add = (field: keyof LedgerTotals): string => addTexts(outcomes.map(({ totals }) => totals[field]));
  const byReason: Record<string, number> = {};
  for (const { reasons } of outcomes)
    for (const [reason, count] of Object.entries(reasons)) byReason[reason] = (byReason[reason] ?? 0) + count;
  return {
    status: "completed",
    runId: run.runId,
    version: run.version,
    symbols: outcomes.map(({ work }) => work.symbol),
    extended: outcomes.filter(({ before }) => before !== undefined).map(({ work }) => work.symbol),
    refused,
    read: sum(({ read }) => read.trades),
    written: sum(({ allocations, firstSeq }) => allocations - firstSeq),
    trades: sum(({ totals }) => totals.trades),
    buys: sum(({ totals }) => totals.buys),
    sells: sum(({ totals }) => totals.sells),
    allocations: sum(({ allocations }) => allocations),
    matched: sum(({ totals }) => totals.matched),
    unmatched: sum(({ totals }) => totals.unmatched),
    dust: sum(({ totals }) => totals.dust),
    openLots: sum(({ totals }) => totals.openLots),
    totals: {
      realizedPnl: add("realizedPnl"),
      unmatchedQuantity: add("unmatchedQuantity"),
      unmatchedProceeds: add("unmatchedProceeds"),
      openQuantity: add("openQuantity"),
      openCost: add("openCost"),
    },
    byReason,
    review,
    durationMs,
  };
}
