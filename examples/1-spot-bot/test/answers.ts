// What a report says, in the form of a book's known answer.
import type { BookTruth, RecordedBook, VersionTruth } from "@td/testkit";
import type { KeptLine, Report, VersionSummary } from "../report.ts";

/** The part of a version that the recorded books have. */
export function recordedVersion({ allocations, unmatchedSells, realizedPnl, sha256 }: VersionSummary): RecordedBook["v1"] {
  return { allocations, unmatchedQuantity: unmatchedSells.quantity, realizedPnl, sha256 };
}

/** A version with every symbol, without the digests per symbol, which the report does not have. */
export function wholeVersion({ allocations, unmatchedSells, realizedPnl, sha256, symbols }: VersionSummary) {
  const bySymbol = Object.entries(symbols).map(([symbol, totals]) => [
    symbol,
    {
      allocations: totals.allocations.total,
      matched: totals.allocations.matched,
      unmatched: totals.allocations.unmatched,
      unmatchedQuantity: totals.unmatchedSells.quantity,
      realizedPnl: totals.realizedPnl,
      openLots: totals.openLots,
      openQuantity: totals.openQuantity,
      openCost: totals.openCost,
    },
  ]);
  return { allocations, unmatchedSells, realizedPnl, sha256, symbols: Object.fromEntries(bySymbol) as Record<string, object> };
}

/** The same of a known answer. */
export function knownVersion({ symbols, ...rest }: VersionTruth) {
  return { ...rest, symbols: Object.fromEntries(Object.entries(symbols).map(([symbol, { sha256: _own, ...totals }]) => [symbol, totals])) };
}

/** A line that was kept aside, without the words. */
export type Kept = Pick<KeptLine, "line" | "kind" | "reason">;

/** Where each dirty line of a book must have ended. */
export function expectedKept({ dirty = [] }: BookTruth): readonly Kept[] {
  return dirty.flatMap(({ line, outcome, reason = "" }): readonly Kept[] => {
    if (outcome === "reject") return [{ line, kind: "rejected", reason }];
    return outcome === "conflict" ? [{ line, kind: "conflict", reason: "conflict" }] : [];
  });
}

/** Where each one has ended. */
export function keptLines({ imports: { trades } }: Report): readonly Kept[] {
  return trades.keptAside.map(({ line, kind, reason }) => ({ line, kind, reason }));
}
