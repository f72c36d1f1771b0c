// Computes one symbol and stages its rows: they are in the tables, and no reader looks at them until the version is switched.
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAllocator, FifoError } from "@td/fifo";
import type { Allocation, Allocator, AllocatorSnapshot, OpenLot, TotalsJson } from "@td/fifo";
import { readInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import { isRefusal } from "../table/sqlite-codec.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { DecimalCodec } from "../table/decimal-codec.ts";
import type { AnyTable } from "../table/types.ts";
import { fillsInOrder } from "./fills-in-order.ts";
import { first } from "./ledger-access.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { query } from "./query.ts";
import { micros, requireRunning } from "./run-log.ts";
import type { Run } from "./run-log.ts";
import { moneyCodec, sizeCodec } from "./stored.ts";
import { fifoAllocations, fifoInventorySnapshot } from "./tables.ts";
import type { LedgerRules } from "./types.ts";
import { symbolFacts } from "./symbol-facts.ts";
import type { SymbolFacts } from "./symbol-facts.ts";
import type { Extension, SymbolWork } from "./work.ts";

/** Rows per transaction. */
const BATCH = 2000;

/** The most open lots with which a symbol's state is kept to go on from. */
const MAX_STATE_LOTS = 5000;

/** What a symbol came to. */
export interface SymbolOutcome {
  /** What was computed. */
  readonly work: SymbolWork;
  /** The version that it went on with; `undefined` when it was computed from its first fill. */
  readonly before: SymbolFacts | undefined;
  /** The base version of its rows. */
  readonly base: number;
  /** The place of the first row staged. */
  readonly firstSeq: number;
  /** Rows in all, the earlier ones included. */
  readonly allocations: number;
  /** Fills read, buys and sells among them. */
  readonly read: Counts;
  /** The allocator's own sums, over all fills. */
  readonly totals: TotalsJson;
  /** Whether a fill that was read names its fee's asset. */
  readonly feeAssets: boolean;
  /** Unmatched and dust rows by reason, the earlier ones included. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The state to go on from, as JSON; null when it is too large. */
  readonly state: string | null;
  /** When the last fill happened; null when there are none. */
  readonly lastFill: string | null;
}

/** Fills that were read. */
export interface Counts {
  /** All of them. */
  readonly trades: number;
  /** Buys among them. */
  readonly buys: number;
  /** Sells among them. */
  readonly sells: number;
}

/** Told after each batch how many fills were read and rows staged since the last time. */
export type OnBatch = (trades: number, allocations: number) => Promise<void>;

/** Where a computation begins. */
interface Start {
  readonly before: SymbolFacts | undefined;
  readonly base: number;
  readonly firstSeq: number;
  readonly allocator: Allocator;
  readonly reasons: Readonly<Record<string, number>>;
}

/** What of a symbol's computation can be gone on from. */
interface State {
  readonly snapshot: AllocatorSnapshot;
  readonly reasons: Readonly<Record<string, number>>;
}

/** Why a state cannot be gone on from: a fill belongs before its last one, or it was changed. Then the symbol is computed from its first fill. */
const NOT_AFTER: readonly string[] = ["out-of-order", "duplicate-id", "invalid-snapshot"];

/** Computes a symbol, from where its current version ended if that gives the same rows, and stages its new allocations and its open lots. */
export async function stageSymbol(
  access: LedgerAccess,
  run: Run,
  work: SymbolWork,
  rules: LedgerRules | undefined,
  onBatch: OnBatch,
): Promise<SymbolOutcome> {
  if (work.extend !== undefined) {
    try {
      const start = await startOf(access, work.symbol, work.extend, rules);
      if (start !== undefined) return await stageFrom(access, run, work, start, onBatch);
    } catch (error) {
      // The very first fill was refused, so nothing has been staged.
      if (!(error instanceof FifoError) || !NOT_AFTER.includes(error.code)) throw error;
    }
  }
  const fresh: Start = { before: undefined, base: run.version, firstSeq: 0, allocator: createAllocator(rules), reasons: {} };
  return stageFrom(access, run, { ...work, extend: undefined }, fresh, onBatch);
}

const STATE = query(
  `select state from fifo_current_version where user_id = ?1 and symbol = ?2 and allocation_version = ?3`,
  ["text", "text", "int"],
  ["json"],
);

async function startOf(
  access: LedgerAccess,
  symbol: string,
  { version }: Extension,
  rules: LedgerRules | undefined,
): Promise<Start | undefined> {
  const [state] = (await first(access, STATE, [access.userId, symbol, version])) ?? [];
  const before = await symbolFacts(access, access.userId, symbol, version);
  if (typeof state !== "string" || before === undefined) return undefined;
  const { snapshot, reasons } = JSON.parse(state) as State;
  return { before, base: before.base, firstSeq: before.allocations, allocator: createAllocator(rules, snapshot), reasons };
}

async function stageFrom(access: LedgerAccess, run: Run, work: SymbolWork, start: Start, onBatch: OnBatch): Promise<SymbolOutcome> {
  const { allocator, firstSeq } = start;
  const reasons: Record<string, number> = { ...start.reasons };
  const read = { trades: 0, buys: 0, sells: 0 };
  let seq = firstSeq;
  let feeAssets = false;
  for await (const trades of fillsInOrder(access, work.symbol, work.throughSeq, work.extend?.added)) {
    feeAssets ||= trades.some(({ feeCurrency }) => feeCurrency !== null);
    const rows: Allocation[] = [];
    for (const trade of trades) {
      for (const row of allocator.push(trade)) rows.push(row);
      read[trade.side === "buy" ? "buys" : "sells"]++;
    }
    for (const { reason } of rows) if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1;
    const from = seq;
    await stageRows(access, run, fifoAllocations, rows, (row, at) => allocationRow(run, start.base, from + at, row));
    seq += rows.length;
    read.trades += trades.length;
    await onBatch(trades.length, rows.length);
  }
  const lots = allocator.openLots(work.symbol);
  await stageRows(access, run, fifoInventorySnapshot, lots, (lot, at) => lotRow(run, at, lot));
  const snapshot = lots.length > MAX_STATE_LOTS ? undefined : allocator.snapshot();
  return {
    work,
    before: start.before,
    base: start.base,
    firstSeq,
    allocations: seq,
    read,
    totals: allocator.totals(work.symbol).toJSON(),
    feeAssets,
    reasons,
    state: snapshot === undefined ? null : JSON.stringify({ snapshot, reasons } satisfies State),
    lastFill: snapshot?.symbols[0]?.last.executedAt ?? null,
  };
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
function allocationRow(run: Run, base: number, seq: number, row: Allocation): readonly Stored[] {
  return [
    run.userId,
    base,
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
