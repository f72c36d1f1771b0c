// Computes one symbol and stages its rows: they are in the tables, and no reader looks at them until the version is switched.
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAllocator } from "@td/fifo";
import type { Allocation, OpenLot, TotalsJson } from "@td/fifo";
import { readInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import { isRefusal } from "../table/sqlite-codec.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { DecimalCodec } from "../table/decimal-codec.ts";
import type { AnyTable } from "../table/types.ts";
import { fillsInOrder } from "./fills-in-order.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { micros, requireRunning } from "./run-log.ts";
import type { Run } from "./run-log.ts";
import { moneyCodec, sizeCodec } from "./stored.ts";
import { fifoAllocations, fifoInventorySnapshot } from "./tables.ts";
import type { LedgerRules } from "./types.ts";
import type { SymbolWork } from "./work.ts";

/** Rows per transaction. */
const BATCH = 2000;

/** What a symbol came to. */
export interface SymbolOutcome {
  /** What was computed. */
  readonly work: SymbolWork;
  /** The allocator's own sums. */
  readonly totals: TotalsJson;
  /** Rows staged. */
  readonly allocations: number;
  /** Whether a fill names its fee's asset. */
  readonly feeAssets: boolean;
  /** Unmatched and dust rows by reason. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** Told after each batch how many fills were read and rows staged since the last time. */
export type OnBatch = (trades: number, allocations: number) => Promise<void>;

/** Computes a symbol from its first fill and stages its allocations and open lots. */
export async function stageSymbol(
  access: LedgerAccess,
  run: Run,
  work: SymbolWork,
  rules: LedgerRules | undefined,
  onBatch: OnBatch,
): Promise<SymbolOutcome> {
  const allocator = createAllocator(rules);
  const reasons = new Map<string, number>();
  let staged = 0;
  let feeAssets = false;
  for await (const trades of fillsInOrder(access, work.symbol, work.throughSeq)) {
    feeAssets ||= trades.some(({ feeCurrency }) => feeCurrency !== null);
    const rows: Allocation[] = [];
    for (const trade of trades) for (const row of allocator.push(trade)) rows.push(row);
    for (const { reason } of rows) if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const first = staged;
    await stageRows(access, run, fifoAllocations, rows, (row, at) => allocationRow(run, first + at, row));
    staged += rows.length;
    await onBatch(trades.length, rows.length);
  }
  const lots = allocator.openLots(work.symbol);
  await stageRows(access, run, fifoInventorySnapshot, lots, (lot, at) => lotRow(run, at, lot));
  return { work, totals: allocator.totals(work.symbol).toJSON(), allocations: staged, feeAssets, reasons };
}

/** Writes rows in batches, each in a transaction that first makes sure that the run still counts. */
async function stageRows<T>(
  access: LedgerAccess,
  run: Run,
  table: AnyTable,
  rows: readonly T[],
  storedOf: (row: T, at: number) => readonly Stored[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH).map((row, at) => storedOf(row, from + at));
    await access.write(async (db) => {
      await requireRunning(db, run);
      await db.insert(table, batch);
    });
    await nextTurn(); // other work of the process gets its turn: SQLite's calls do not yield
  }
}

/** `fee` rows come from transfers, which the ledger's fills are not; the table would refuse one. */
const PREFIX = { matched: "", unmatched: "UNMATCHED: ", dust: "DUST: ", fee: "" } as const;

/** In the order of the table's columns. */
function allocationRow(run: Run, seq: number, row: Allocation): readonly Stored[] {
  return [
    run.userId,
    run.version,
    row.symbol,
    seq,
    row.sellId,
    row.part,
    row.buyId,
    row.kind,
    row.account,
    amount(sizeCodec, row.text("quantity"), row),
    amount(sizeCodec, row.text("buyPrice"), row),
    amount(sizeCodec, row.text("sellPrice"), row),
    amount(moneyCodec, row.text("costBasis"), row),
    amount(moneyCodec, row.text("proceeds"), row),
    amount(moneyCodec, row.text("netProceeds"), row),
    amount(moneyCodec, row.text("pnl"), row),
    amount(sizeCodec, row.text("buyFee"), row),
    amount(sizeCodec, row.text("sellFee"), row),
    row.buyTime === null ? null : instant(row.buyTime),
    instant(row.sellTime),
    row.reason === null ? null : PREFIX[row.kind] + row.reason,
  ];
}

/** In the order of the table's columns. */
function lotRow(run: Run, seq: number, lot: OpenLot): readonly Stored[] {
  return [
    run.userId,
    run.version,
    lot.symbol,
    lot.id,
    seq,
    lot.account,
    amount(sizeCodec, lot.text("original"), lot),
    amount(sizeCodec, lot.text("quantity"), lot),
    amount(moneyCodec, lot.text("cost"), lot),
    instant(lot.executedAt),
    micros(run.startedAt),
  ];
}

function instant(text: string): number {
  return Number(readInstant(text)); // written by @td/fifo, so it reads
}

function amount(codec: DecimalCodec, text: string | null, of: Allocation | OpenLot): string | null {
  if (text === null) return null;
  const stored = codec.encode(text);
  if (!isRefusal(stored)) return stored;
  const id = "sellId" in of ? of.sellId : of.id;
  throw new StorageError(
    "value-rejected",
    `The amount ${text} of fill ${id} does not fit its ledger column: check the quantity, price and fee of that fill.`,
    {
      facts: { fill: id, symbol: of.symbol, amount: text, issue: stored.issue },
    },
  );
}
