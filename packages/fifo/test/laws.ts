// Laws that hold for every result, computed from the trades with the tests' own integers. Each throws through `expect` where it is broken.
import { expect } from "vitest";
import type { AllocationJson, FifoOptions, FifoResult, TradeInput } from "../src/index.ts";
import { sortTrades } from "../src/index.ts";
import { sumOf, unitsOf } from "./exact-text.ts";

const QUANTITY = 40; // places; prices too
const MONEY = 80;

/** What a trade brings or takes as a whole: size in 10^-40, money in 10^-80. */
interface Whole {
  readonly size: bigint;
  readonly gross: bigint;
  readonly fee: bigint;
}

/** Rule 3 for a trade whose amounts are plain text. */
export function wholeOf(trade: TradeInput, options: FifoOptions = {}): Whole {
  const [base, quote] = trade.symbol.includes("-") || trade.symbol.includes("/") ? trade.symbol.split(/[-/]/) : [];
  const currency = trade.feeCurrency ?? quote;
  const isBaseFee = trade.feeCurrency !== undefined && currency === base;
  const isQuoteFee = currency === quote;
  const ordered = unitsOf(textOf(trade.quantity), QUANTITY);
  const baseFee = isBaseFee ? unitsOf(textOf(trade.fee), QUANTITY) : 0n;
  const quoteFee = isBaseFee ? "0" : isQuoteFee ? textOf(trade.fee) : textOf(trade.feeInQuote);
  return {
    size: trade.side === "buy" ? ordered - baseFee : ordered + baseFee,
    gross: trade.gross == null ? unitsOf(textOf(trade.price), QUANTITY) * ordered : unitsOf(textOf(trade.gross), MONEY),
    fee: options.fees === "excluded" ? 0n : unitsOf(quoteFee, MONEY),
  };
}

/** Matched + unmatched + dust of a sell is the sell, used + remaining of a buy is the buy: quantity, money and fee, with equality. */
export function expectConserved(trades: readonly TradeInput[], result: FifoResult, options: FifoOptions = {}): void {
  const { allocations, openLots } = result.toJSON();
  for (const trade of trades) {
    const whole = wholeOf(trade, options);
    const isBuy = trade.side === "buy";
    const rows = allocations.filter((row) => (isBuy ? row.buyId === trade.id : row.sellId === trade.id && !isLotDust(row)));
    const open = openLots.filter((lot) => isBuy && lot.id === trade.id);
    const quantity = sumOf(rows, (row) => row.quantity, QUANTITY) + sumOf(open, (lot) => lot.quantity, QUANTITY);
    const money = isBuy
      ? sumOf(rows, (row) => row.costBasis, MONEY) + sumOf(open, (lot) => lot.cost, MONEY)
      : sumOf(rows, (row) => row.netProceeds, MONEY);
    expect([trade.id, quantity, money]).toEqual([trade.id, whole.size, isBuy ? whole.gross + whole.fee : whole.gross - whole.fee]);
    if (!isBuy) expect(sumOf(rows, (row) => row.sellFee, MONEY)).toBe(whole.fee);
    else if (open.length === 0) expect(sumOf(rows, (row) => row.buyFee, MONEY)).toBe(whole.fee);
  }
  for (const row of allocations) expectRowAddsUp(row);
  const pnl = sumOf(allocations, (row) => row.pnl, MONEY);
  expect(unitsOf(result.totals.realizedPnl.toFixed(), MONEY)).toBe(pnl);
}

function expectRowAddsUp(row: AllocationJson): void {
  const [proceeds, sellFee, net, cost] = [row.proceeds, row.sellFee, row.netProceeds, row.costBasis].map((text) => unitsOf(text, MONEY));
  expect(net).toBe((proceeds ?? 0n) - (sellFee ?? 0n));
  if (row.pnl !== null) expect(unitsOf(row.pnl, MONEY)).toBe((net ?? 0n) - (cost ?? 0n));
}

/** Walks the rows over queues of its own: each row must take from the oldest lot that is open, and only what is open before its sell. */
export function expectFirstInFirstOut(trades: readonly TradeInput[], result: FifoResult, options: FifoOptions = {}): void {
  const sorted = sortTrades(trades);
  const place = new Map(sorted.map((trade, i) => [trade.id, i]));
  const queues = groupBy(
    sorted.filter((trade) => trade.side === "buy"),
    (trade) => queueOf(trade, options),
  );
  const left = new Map(sorted.map((trade) => [trade.id, wholeOf(trade).size]));
  for (const row of result.toJSON().allocations) {
    const at = place.get(row.sellId) ?? -1;
    const before = (queues.get(queueOf(row, options)) ?? []).filter((lot) => (place.get(lot.id) ?? Infinity) < at);
    const oldest = before.find((lot) => (left.get(lot.id) ?? 0n) > 0n);
    expect(row.buyId).toBe(oldest?.id ?? null);
    if (oldest !== undefined) left.set(oldest.id, (left.get(oldest.id) ?? 0n) - unitsOf(row.quantity, QUANTITY));
  }
  for (const units of left.values()) expect(units >= 0n).toBe(true);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function queueOf(trade: { readonly symbol: string; readonly account?: string }, options: FifoOptions): string {
  return JSON.stringify([trade.symbol, options.scope === "account" ? (trade.account ?? "") : ""]);
}

const isLotDust = (row: AllocationJson): boolean => row.kind === "dust" && row.buyId !== null;

function textOf(value: TradeInput["fee"]): string | null {
  return value === undefined || value === null ? null : typeof value === "string" ? value : value.toFixed();
}
