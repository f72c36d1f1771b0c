// The ledger's tables as they were before versions could be gone on with: kept for the migration that left them, never changed.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";

/** The allocations: a version held all rows of its symbols. */
export const firstAllocations = defineTable(
  "fifo_allocations",
  {
    userId: c.text(),
    allocationVersion: c.int(),
    symbol: c.text(),
    seq: c.int(),
    sellOrderId: c.text(),
    part: c.int(),
    buyOrderId: c.text().nullable(),
    kind: c.oneOf("matched", "unmatched", "dust"),
    account: c.text(),
    allocatedSize: c.decimal(38, 18),
    buyPrice: c.decimal(38, 18).nullable(),
    sellPrice: c.decimal(38, 18),
    costBasis: c.decimal(76, 36).nullable(),
    proceeds: c.decimal(76, 36),
    netProceeds: c.decimal(76, 36),
    pnl: c.decimal(76, 36).nullable(),
    buyFee: c.decimal(38, 18).nullable(),
    sellFee: c.decimal(38, 18),
    buyTime: c.instant().nullable(),
    sellTime: c.instant(),
    notes: c.text().nullable(),
  },
  {
    primaryKey: ["userId", "allocationVersion", "symbol", "seq"],
    unique: { by_sell: ["userId", "sellOrderId", "allocationVersion", "part"] },
    indexes: { by_buy: ["userId", "buyOrderId", "allocationVersion"] },
    checks: {
      size_positive: { column: "allocatedSize", is: ">", value: "0" },
      buy_before_sell: { column: "buyTime", is: "<=", other: "sellTime" },
      buy_or_notes: { anyPresent: ["buyOrderId", "notes"] },
    },
  },
);

/** The pointers to the current versions. */
export const firstCurrentVersion = defineTable(
  "fifo_current_version",
  {
    userId: c.text(),
    symbol: c.text(),
    allocationVersion: c.int(),
    fingerprint: c.text(),
    throughSeq: c.int(),
    switchedAt: c.instant(),
  },
  { primaryKey: ["userId", "symbol"] },
);

const logColumns = {
  userId: c.text(),
  runId: c.text(),
  allocationVersion: c.int(),
  status: c.oneOf("running", "completed", "failed", "unchanged"),
  startedAt: c.instant(),
  finishedAt: c.instant().nullable(),
  durationMs: c.int().nullable(),
  symbolsProcessed: c.json(),
  tradesProcessed: c.int(),
  buysProcessed: c.int(),
  sellsProcessed: c.int(),
  allocationsCreated: c.int(),
  totalPnlComputed: c.decimal(76, 36).nullable(),
  computationMode: c.oneOf("full", "symbol"),
  triggeredBy: c.text(),
  rules: c.json(),
  inputFingerprint: c.text(),
  errorCode: c.text().nullable(),
  errorMessage: c.text().nullable(),
};

const logKeys = {
  primaryKey: ["userId", "runId"],
  indexes: { by_version: ["userId", "allocationVersion"], by_start: ["userId", "startedAt", "runId"] },
} as const;

/** The log of computations. */
export const firstComputationLog = defineTable("fifo_computation_log", logColumns, logKeys);

/** The log with the words for going on and for rolling back. */
export const secondComputationLog = defineTable(
  "fifo_computation_log",
  {
    ...logColumns,
    status: c.oneOf("running", "completed", "failed", "unchanged", "rolled_back", "rollback"),
    computationMode: c.oneOf("full", "symbol", "incremental", "rollback"),
  },
  logKeys,
);

/** The allocations in runs of places that later versions add to. */
export const secondAllocations = defineTable(
  "fifo_allocations",
  { ...firstAllocations.columns, baseVersion: c.int() },
  {
    primaryKey: ["userId", "baseVersion", "symbol", "seq"],
    unique: { by_sell: ["userId", "sellOrderId", "baseVersion", "part"] },
    indexes: { by_buy: ["userId", "buyOrderId", "baseVersion"] },
    checks: firstAllocations.checks,
  },
);

/** The pointers with the place of a version in its run. */
export const secondCurrentVersion = defineTable(
  "fifo_current_version",
  {
    userId: c.text(),
    symbol: c.text(),
    allocationVersion: c.int(),
    baseVersion: c.int(),
    firstSeq: c.int(),
    allocations: c.int(),
    state: c.json().nullable(),
    fingerprint: c.text(),
    throughSeq: c.int(),
    switchedAt: c.instant(),
  },
  { primaryKey: ["userId", "symbol"] },
);
