// The whole ledger after one version, summed from its rows and not from the views: an independent reading.
import type { OpenLotJson } from "@td/fifo";
import type { AllocationRow, Ledger } from "@td/storage";
import { runningSum } from "./exact.ts";
import type { VersionSummary, VersionTotals } from "./report.ts";

/** The whole ledger as it stood after a version, summed from its rows and not from the views. */
export async function versionSummary(ledger: Ledger, version: number): Promise<VersionSummary> {
  const all = tally(),
    bySymbol = new Map<string, Tally>();
  const ofSymbol = (symbol: string) => {
    const known = bySymbol.get(symbol) ?? tally();
    bySymbol.set(symbol, known);
    return known;
  };
  for await (const row of ledger.allocations({ version })) for (const sums of [all, ofSymbol(row.symbol)]) sums.allocation(row);
  for (const lot of await ledger.openLots({ version })) for (const sums of [all, ofSymbol(lot.symbol)]) sums.lot(lot);
  const symbols = Object.fromEntries(
    [...bySymbol].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([symbol, sums]) => [symbol, sums.totals()]),
  );
  return { version, ...all.totals(), sha256: await ledger.digest(version), symbols };
}

interface Tally {
  allocation(row: AllocationRow): void;
  lot(lot: OpenLotJson): void;
  totals(): VersionTotals;
}

function tally(): Tally {
  const pnl = runningSum(),
    unmatchedQuantity = runningSum(),
    openQuantity = runningSum(),
    openCost = runningSum();
  let matched = 0,
    unmatched = 0,
    openLots = 0;
  return {
    allocation(row) {
      if (row.kind === "matched") matched++;
      pnl.add(row.pnl);
      if (row.kind !== "unmatched") return;
      unmatched++;
      unmatchedQuantity.add(row.allocatedSize);
    },
    lot(lot) {
      openLots++;
      openQuantity.add(lot.quantity);
      openCost.add(lot.cost);
    },
    totals: () => ({
      allocations: { total: matched + unmatched, matched, unmatched },
      unmatchedSells: { count: unmatched, quantity: unmatchedQuantity.text() },
      realizedPnl: pnl.text(),
      openLots,
      openQuantity: openQuantity.text(),
      openCost: openCost.text(),
    }),
  };
}
