// Reads the ledger back for the report. Nothing here changes a row.
import type { ImportReject } from "@td/migrate";
import type { Ledger, LedgerCheck, Scope } from "@td/storage";
import { difference, largestFirst } from "./exact.ts";
import type {
  BackfilledOrder,
  ComparisonReport,
  HealthReport,
  ImportSummary,
  KeptLine,
  ReviewReport,
  SymbolReport,
  ValidationReport,
  VersionSummary,
} from "./report.ts";
import type { Imported } from "./steps.ts";

/** An import in the words of the report. */
export function importSummary({ report, rejects }: Imported): ImportSummary {
  const { runId, source, read, written, identical, conflict, rejected, resumedFrom, byReason } = report;
  const resumedAtLine = resumedFrom?.line ?? null;
  return {
    file: source.name,
    runId,
    sha256: source.sha256,
    read,
    written,
    identical,
    conflict,
    rejected,
    resumedAtLine,
    byReason,
    keptAside: rejects.map(keptLine),
  };
}

function keptLine(reject: ImportReject): KeptLine {
  const {
    kind,
    reason,
    place: { line },
  } = reject;
  const detail =
    kind === "conflict"
      ? reject.rows.flatMap(differingFields).join(", ")
      : reject.issues.map(({ field, note }) => [field, note].filter(Boolean).join(": ")).join("; ");
  return { line, kind, reason, detail };
}

/** The fields in which a record contradicts the row that stands. */
function differingFields({
  incoming,
  existing,
}: {
  readonly incoming: Readonly<Record<string, unknown>>;
  readonly existing: Readonly<Record<string, unknown>>;
}): readonly string[] {
  const differ = Object.keys(incoming).filter((name) => JSON.stringify(incoming[name]) !== JSON.stringify(existing[name]));
  return differ.map((name) => `${name} is ${shown(incoming[name])} here, ${shown(existing[name])} in the row that stands`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The check in the words of the report. */
export function validationReport(version: number, { sound, symbols, trades, allocations, damage }: LedgerCheck): ValidationReport {
  const what = ({ imbalances, violations }: LedgerCheck["damage"][number]) =>
    [...imbalances, ...violations].map((item) => JSON.stringify(item)).join(" ");
  return { version, sound, symbols, trades, allocations, damage: damage.map((entry) => ({ symbol: entry.symbol, what: what(entry) })) };
}

/** What changed from one version to the other. */
export async function comparisonReport(ledger: Ledger, before: VersionSummary, after: VersionSummary): Promise<ComparisonReport> {
  const differences = await ledger.compareVersions(before.version, after.version);
  const sells = differences.map((entry) => {
    const { causes: _causes, ...rest } = entry.toJSON();
    return rest;
  });
  return { before: before.version, after: after.version, pnlChange: difference(before.realizedPnl, after.realizedPnl), sells };
}

/** The sell that tells most: the largest change that took from several lots, else the largest change, else the last sell of all. */
export async function sellToExplain(me: Scope, comparison: ComparisonReport | null): Promise<string | null> {
  const changed = (comparison?.sells ?? []).toSorted((a, b) => largestFirst(a.pnlChange, b.pnlChange));
  const best = changed.find(({ lotsAfter: { length } }) => length > 1 && length < 8) ?? changed[0];
  if (best !== undefined) return best.sellId;
  return (await me.fills.page({ where: { side: "sell" }, orderBy: "by_time", direction: "desc", limit: 1 })).rows[0]?.id ?? null;
}

/** Profit and open position of each symbol, now; a symbol that was never sold has no profit yet. */
export async function symbolReports(ledger: Ledger, { version, symbols }: VersionSummary): Promise<readonly SymbolReport[]> {
  const sold = new Map((await ledger.pnlBySymbol()).map((row) => [row.symbol, row]));
  return Object.entries(symbols).map(([symbol, { openLots, openQuantity, openCost, realizedPnl }]) => {
    const row = sold.get(symbol);
    return {
      symbol,
      version: row?.version ?? version,
      sells: row?.numSells ?? 0,
      buys: row?.numBuys ?? 0,
      matchedSize: row?.totalSize.toFixed() ?? "0",
      realizedPnl: row?.totalPnl.toFixed() ?? realizedPnl,
      unmatchedSize: row?.unmatchedSize.toFixed() ?? "0",
      unmatchedProceeds: row?.unmatchedProceeds.toFixed() ?? "0",
      openLots,
      openQuantity,
      openCost,
    };
  });
}

/** One line per version. */
export async function healthReports(ledger: Ledger): Promise<readonly HealthReport[]> {
  return (await ledger.health()).map((row) => ({
    version: row.version,
    allocations: row.totalAllocations,
    sellsMatched: row.sellsMatched,
    buysUsed: row.buysUsed,
    unmatchedSells: row.unmatchedSells,
    realizedPnl: row.totalPnl.toFixed(),
  }));
}

/** What a person should look at. */
export async function reviewReports(ledger: Ledger): Promise<readonly ReviewReport[]> {
  return (await ledger.reviewQueue()).map((row) => ({
    orderId: row.orderId,
    issue: row.issueType,
    severity: row.severity,
    status: row.status,
    description: row.description,
    resolution: row.resolution,
  }));
}

/** The fills that came from the exchange alone, oldest first. */
export async function backfilledOrders(me: Scope): Promise<readonly BackfilledOrder[]> {
  const orders: BackfilledOrder[] = [];
  for await (const rows of me.fills.stream({ where: { source: "exchange-backfill" }, orderBy: "by_time" })) {
    orders.push(
      ...rows.map(({ id, symbol, quantity, price, fee, executedAt }) => ({
        id,
        symbol,
        quantity: quantity.toFixed(),
        price: price.toFixed(),
        fee: fee.toFixed(),
        executedAt,
      })),
    );
  }
  return orders;
}
