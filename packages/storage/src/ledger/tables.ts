// The ledger's tables. Allocations are derived from fills and versioned: a version is written once and never changed.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { RowOf } from "../table/types.ts";

/** What each sell took from which buy, per version. Rows of a version that is not switched yet are staged: no reader looks at them. */
export const fifoAllocations = defineTable(
  "fifo_allocations",
  {
    /** The user. */
    userId: c.text(),
    /** The version that computed the symbol from its first fill: its rows and those that later versions added to them are one run of places. */
    baseVersion: c.int(),
    /** The version that wrote the row; 1, 2, ... per user. */
    allocationVersion: c.int(),
    /** The market. */
    symbol: c.text(),
    /** Place within base version and symbol, from 0: by sell in total order, then oldest lot first, what no lot covers last. */
    seq: c.int(),
    /** The fill that sold. */
    sellOrderId: c.text(),
    /** Place within the sell, from 0. */
    part: c.int(),
    /** The fill that bought; null when no lot covers this part. */
    buyOrderId: c.text().nullable(),
    /** `matched`, `unmatched` (no lot covers it) or `dust` (a remainder at or below the threshold). */
    kind: c.oneOf("matched", "unmatched", "dust"),
    /** The account of the sell. */
    account: c.text(),
    /** Units of the base asset; more than 0. */
    allocatedSize: c.decimal(38, 18),
    /** Price of one unit as the buy states it, in quote currency. */
    buyPrice: c.decimal(38, 18).nullable(),
    /** Price of one unit as the sell states it, in quote currency. */
    sellPrice: c.decimal(38, 18),
    /** Money paid for this part, fee share included. A product of two decimal(38,18) always fits. */
    costBasis: c.decimal(76, 36).nullable(),
    /** Money received for this part before the fee. */
    proceeds: c.decimal(76, 36),
    /** Proceeds less the sell fee share; below 0 when the fee exceeds the value. */
    netProceeds: c.decimal(76, 36),
    /** Net proceeds less cost basis; null unless matched. */
    pnl: c.decimal(76, 36).nullable(),
    /** This part's share of the buy's fee, in quote currency. */
    buyFee: c.decimal(38, 18).nullable(),
    /** This part's share of the sell's fee, in quote currency. */
    sellFee: c.decimal(38, 18),
    /** When the buy happened. */
    buyTime: c.instant().nullable(),
    /** When the sell happened. */
    sellTime: c.instant(),
    /** Why the part is not matched, after `UNMATCHED: ` or `DUST: `; null when it is. */
    notes: c.text().nullable(),
  },
  {
    primaryKey: ["userId", "baseVersion", "symbol", "seq"],
    unique: { by_sell: ["userId", "sellOrderId", "baseVersion", "part"] },
    indexes: { by_buy: ["userId", "buyOrderId", "baseVersion"] },
    checks: {
      size_positive: { column: "allocatedSize", is: ">", value: "0" },
      buy_before_sell: { column: "buyTime", is: "<=", other: "sellTime" },
      buy_or_notes: { anyPresent: ["buyOrderId", "notes"] },
    },
  },
);

/** Every run of `ledger.compute`, written outside the run's own transactions, so that a failed run is on record. */
export const fifoComputationLog = defineTable(
  "fifo_computation_log",
  {
    /** The user. */
    userId: c.text(),
    /** The run. */
    runId: c.text(),
    /** The version that the run wrote or was to write; for `unchanged` the current one. */
    allocationVersion: c.int(),
    /**
     * What became of the run. A process that was killed leaves `running`; the next run marks it failed. `rolled_back`: its version was current
     * once and is gone; `rollback`: it took the ledger back to its version.
     */
    status: c.oneOf("running", "completed", "failed", "unchanged", "rolled_back", "rollback"),
    /** When it began. */
    startedAt: c.instant(),
    /** When it ended; null while it runs. */
    finishedAt: c.instant().nullable(),
    /** Milliseconds between the two, 0 or more. */
    durationMs: c.int().nullable(),
    /** The symbols that the version holds, sorted; a symbol not named keeps its earlier version. */
    symbolsProcessed: c.json<readonly string[]>(),
    /** Fills read. */
    tradesProcessed: c.int(),
    /** Buys among them. */
    buysProcessed: c.int(),
    /** Sells among them. */
    sellsProcessed: c.int(),
    /** Allocation rows written, of every kind. */
    allocationsCreated: c.int(),
    /** Realised profit over the symbols processed; null unless completed, or when the symbols together go beyond the column. */
    totalPnlComputed: c.decimal(76, 36).nullable(),
    /** `full` for all symbols, `symbol` when the caller named some, `incremental` when every symbol computed was gone on with, `rollback`. */
    computationMode: c.oneOf("full", "symbol", "incremental", "rollback"),
    /** Who asked: `manual`, `scheduled`, `api` or a text of the caller's own. */
    triggeredBy: c.text(),
    /** The FIFO rules, every default filled in. */
    rules: c.json(),
    /** What the run read: fills, highest ingest sequence, rules and engine. */
    inputFingerprint: c.text(),
    /** Code of the failure; of a completed run, that of the first symbol that had to be left out. */
    errorCode: c.text().nullable(),
    /** Message of the failure, or of each symbol that was left out. */
    errorMessage: c.text().nullable(),
  },
  {
    primaryKey: ["userId", "runId"],
    indexes: { by_version: ["userId", "allocationVersion"], by_start: ["userId", "startedAt", "runId"] },
    digested: false,
  },
);

/** Which version is current for each symbol: the one pointer that readers follow. */
export const fifoCurrentVersion = defineTable(
  "fifo_current_version",
  {
    /** The user. */
    userId: c.text(),
    /** The market. */
    symbol: c.text(),
    /** The version to read. */
    allocationVersion: c.int(),
    /** The base version of its rows. */
    baseVersion: c.int(),
    /** The place of the first row that the version added; 0 when it computed the symbol from its first fill. */
    firstSeq: c.int(),
    /** How many rows it has: those of its base version with a lower place. */
    allocations: c.int(),
    /** The allocator's state after its last fill, from which the next version may go on; null when it is too large or unknown. */
    state: c.json().nullable().assigned(),
    /** What it was computed from: equal fingerprints give equal allocations. */
    fingerprint: c.text().assigned(),
    /** The highest ingest sequence that it covers; 0 when the symbol has no fills any more. */
    throughSeq: c.int().assigned(),
    /** When it became current. */
    switchedAt: c.instant().assigned(),
  },
  { primaryKey: ["userId", "symbol"] },
);

/** What each version knows of each symbol that it computed, added up when it became current, so that nobody has to add up the rows again. */
export const fifoSymbolVersions = defineTable(
  "fifo_symbol_versions",
  {
    /** The user. */
    userId: c.text(),
    /** The version. */
    allocationVersion: c.int(),
    /** The market. */
    symbol: c.text(),
    /** The base version of its rows. */
    baseVersion: c.int(),
    /** `full`: computed from the first fill; `incremental`: gone on from the version before. Both give the same rows. */
    mode: c.oneOf("full", "incremental"),
    /** The place of the first row that the version added; 0 when it computed the symbol from its first fill. */
    firstSeq: c.int(),
    /** How many rows it has: those of its base version with a lower place. */
    allocations: c.int(),
    /** Fills that it covers. */
    fills: c.int(),
    /** When the last of them happened; null when there are none. */
    lastFill: c.instant().nullable(),
    /** The highest ingest sequence that it covers; 0 when the symbol has no fills any more. */
    throughSeq: c.int().assigned(),
    /** What it was computed from. */
    fingerprint: c.text().assigned(),
    /** Rows with a buy. */
    matched: c.int(),
    /** Rows that no lot covers; one per such sell. */
    unmatched: c.int(),
    /** Rows at or below the dust threshold. */
    dust: c.int(),
    /** Sells with a matched part. */
    sellsMatched: c.int(),
    /** Buys that matched parts took from. */
    buysUsed: c.int(),
    /** Lots still open. */
    openLots: c.int(),
    /** Units matched. */
    matchedSize: c.decimal(94, 36),
    /** Profit of the matched parts. */
    realizedPnl: c.decimal(94, 36),
    /** Units sold that no lot covers. */
    unmatchedSize: c.decimal(94, 36),
    /** Net proceeds of those units. */
    unmatchedProceeds: c.decimal(94, 36),
    /** Units still held. */
    openSize: c.decimal(94, 36),
    /** Money paid for what is still held. */
    openCost: c.decimal(94, 36),
    /** The first matched sell. */
    firstSell: c.instant().nullable(),
    /** The last matched sell. */
    lastSell: c.instant().nullable(),
    /** When it became current. */
    switchedAt: c.instant().assigned(),
  },
  { primaryKey: ["userId", "allocationVersion", "symbol"], unique: { by_symbol: ["userId", "symbol", "allocationVersion"] } },
);

/** The whole ledger as it stood after each version: sums over the versions that were current for each symbol then. */
export const fifoVersionTotals = defineTable(
  "fifo_version_totals",
  {
    /** The user. */
    userId: c.text(),
    /** The version. */
    allocationVersion: c.int(),
    /** Allocation rows of every kind. */
    totalAllocations: c.int(),
    /** Sells with a matched part. */
    sellsMatched: c.int(),
    /** Buys that matched parts took from. */
    buysUsed: c.int(),
    /** Sells with an unmatched part. */
    unmatchedSells: c.int(),
    /** Profit of the matched parts. */
    totalPnl: c.decimal(94, 36),
    /** When the oldest of its symbol versions became current. */
    firstAllocation: c.instant().assigned(),
    /** When the newest of its symbol versions became current. */
    lastAllocation: c.instant().assigned(),
  },
  { primaryKey: ["userId", "allocationVersion"] },
);

/**
 * What an older system said about each sell, kept as it was for comparison. The ledger never writes, changes or deletes a row here, a
 * rollback neither.
 */
export const historicalPnlSnapshot = defineTable(
  "historical_pnl_snapshot",
  {
    /** The user. */
    userId: c.text(),
    /** The sell. */
    orderId: c.text(),
    /** The buy that it was said to close. */
    oldParentId: c.text().nullable(),
    /** All buys that it was said to close. */
    oldParentIds: c.json<readonly string[]>().nullable(),
    /** Its profit. */
    oldPnlUsd: c.decimal(76, 36).nullable(),
    /** Its cost. */
    oldCostBasis: c.decimal(76, 36).nullable(),
    /** Its proceeds before the fee. */
    oldSaleProceeds: c.decimal(76, 36).nullable(),
    /** Its proceeds after the fee. */
    oldNetSaleProceeds: c.decimal(76, 36).nullable(),
    /** Its profit, in a second column of the old table. */
    oldRealizedProfit: c.decimal(76, 36).nullable(),
    /** What was said to be left of it. */
    oldRemainingSize: c.decimal(76, 36).nullable(),
    /** What is known about the row. */
    note: c.text().default("corrupted_historical"),
    /** When it was taken from the old table. */
    snapshotTime: c.instant(),
  },
  { primaryKey: ["userId", "orderId"] },
);

/** What was left of each buy at the end of a version. */
export const fifoInventorySnapshot = defineTable(
  "fifo_inventory_snapshot",
  {
    /** The user. */
    userId: c.text(),
    /** The version that wrote the row. */
    allocationVersion: c.int(),
    /** The market. */
    symbol: c.text(),
    /** The fill that bought. */
    buyOrderId: c.text(),
    /** Place among the open lots of its symbol, from 0: by account, then oldest first. */
    seq: c.int(),
    /** The account of the buy. */
    account: c.text(),
    /** Units that the buy added. */
    originalSize: c.decimal(38, 18),
    /** Units left; more than 0. */
    remainingSize: c.decimal(38, 18),
    /** Money paid for what is left, fee share included, in quote currency. */
    remainingCost: c.decimal(76, 36),
    /** When the buy happened. */
    buyTime: c.instant(),
    /** When the run that wrote the row began. */
    snapshotTime: c.instant().assigned(),
  },
  {
    primaryKey: ["userId", "allocationVersion", "symbol", "buyOrderId"],
    checks: { remaining_positive: { column: "remainingSize", is: ">", value: "0" } },
  },
);

/** What a person should look at. Opened, reopened and closed by what each version finds. */
export const manualReviewQueue = defineTable(
  "manual_review_queue",
  {
    /** The user. */
    userId: c.text(),
    /** The fill in question. */
    orderId: c.text(),
    /** What is wrong with it; td itself writes `unmatched_sell`. */
    issueType: c.text(),
    /** How urgent. */
    severity: c.oneOf("low", "medium", "high", "critical"),
    /** Where it stands. `dismissed` is a person's decision and stays. */
    status: c.oneOf("pending", "in_progress", "resolved", "dismissed"),
    /** What was found, with amounts. */
    description: c.text(),
    /** How it was resolved; on an item that was reopened, how it had been resolved before. */
    resolution: c.text().nullable(),
    /** When it was first found. */
    createdAt: c.instant().assigned(),
    /** When it last changed. */
    updatedAt: c.instant().assigned(),
    /** When it was resolved. */
    resolvedAt: c.instant().nullable().assigned(),
    /** Who resolved it; `ledger` when a version did. */
    resolvedBy: c.text().nullable(),
    /** The version that opened or last reopened it. */
    openedByVersion: c.int().assigned(),
    /** The version that closed it. */
    closedByVersion: c.int().nullable().assigned(),
  },
  {
    primaryKey: ["userId", "orderId", "issueType"],
    indexes: { by_status: ["userId", "status", "orderId", "issueType"] },
  },
);

/** All tables of the ledger. */
export const ledgerTables = [
  fifoAllocations,
  fifoComputationLog,
  fifoCurrentVersion,
  fifoSymbolVersions,
  fifoVersionTotals,
  fifoInventorySnapshot,
  manualReviewQueue,
  historicalPnlSnapshot,
] as const;

/** A stored allocation. */
export interface AllocationRow extends RowOf<typeof fifoAllocations> {}

/** A run of the ledger. */
export interface ComputationRow extends RowOf<typeof fifoComputationLog> {}

/** An open lot at the end of a version. */
export interface OpenLotRow extends RowOf<typeof fifoInventorySnapshot> {}

/** A review item. */
export interface ReviewRow extends RowOf<typeof manualReviewQueue> {}

/** What an older system said about a sell. */
export interface HistoricalPnlRow extends RowOf<typeof historicalPnlSnapshot> {}
