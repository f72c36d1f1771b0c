// The book's own answer: a plain FIFO queue in integers for one market and one version. It shares no code with @td/fifo, on purpose:
// the two are checked against each other.
//
// Rules: a sale takes from the oldest open buy; what no open buy covers is one unmatched line, last of its sale, never matched later.
// Fee share of a slice = F(after) - F(before), F(c) = fee x c / total truncated to 18 places, F(total) = fee exactly.
import { decimalText, FEE_PLACES, MONEY_PLACES, SHARE_PLACES, tenTo } from "./legacy-book-decimal.ts";
import { lineDigest } from "./legacy-book-digest.ts";
import type { Market } from "./legacy-book-markets.ts";
import type { BookOrder } from "./legacy-book-orders.ts";

/** The truth about one market in one version; decimals are canonical text. */
export interface MarketTruth {
  /** Matched and unmatched rows together. */
  readonly allocations: number;
  readonly matched: number;
  readonly unmatched: number;
  readonly unmatchedQuantity: string;
  /** Sum of the matched rows' PnL, in quote currency. */
  readonly realizedPnl: string;
  readonly openLots: number;
  readonly openQuantity: string;
  readonly openCost: string;
  /** Digest of the market's own allocation lines. */
  readonly sha256: string;
}

/** What the matcher has counted so far, in integers. */
export interface MatcherCounts {
  readonly matched: number;
  readonly unmatched: number;
  /** Units of the market's last size place. */
  readonly unmatchedQuantity: bigint;
  /** Units of 10^-28. */
  readonly realizedPnl: bigint;
}

/** Takes the orders of one market in their total order. */
export interface Matcher {
  take(order: BookOrder): void;
  counts(): MatcherCounts;
  /** The totals and the digest; call it once, last. */
  finish(): MarketTruth;
}

interface Lot {
  readonly buy: BookOrder;
  used: bigint;
  /** Fee shares given out so far, units of 10^-18. */
  feeGiven: bigint;
}

const FEE_TO_SHARE = tenTo(SHARE_PLACES - FEE_PLACES),
  SHARE_TO_MONEY = tenTo(MONEY_PLACES - SHARE_PLACES);
/** Used-up lots are dropped from the list in blocks of this many. */
const SPENT_LOTS = 1024;

function feeUpTo(order: BookOrder, used: bigint): bigint {
  const fee = order.fee * FEE_TO_SHARE;
  return used === order.size ? fee : (fee * used) / order.size;
}

function money(value: bigint): string {
  return decimalText(value, MONEY_PLACES);
}

/** A matcher for one market; `emit` gets each allocation line in order. */
export function createMatcher(market: Market, emit: (line: string) => void): Matcher {
  const digest = lineDigest();
  const lots: Lot[] = [];
  let head = 0;
  const sums = { matched: 0, unmatched: 0, unmatchedQuantity: 0n, realizedPnl: 0n };
  const write = (...parts: readonly string[]) => {
    const line = parts.join("|");
    digest.line(line);
    emit(line);
  };
  const size = (value: bigint) => decimalText(value, market.sizePlaces);

  const takeFrom = (lot: Lot, quantity: bigint) => {
    lot.used += quantity;
    const given = feeUpTo(lot.buy, lot.used);
    const cost = lot.buy.price * quantity * market.toMoney + (given - lot.feeGiven) * SHARE_TO_MONEY;
    lot.feeGiven = given;
    if (lot.used === lot.buy.size) head++;
    if (head > SPENT_LOTS) {
      lots.splice(0, head);
      head = 0;
    }
    return cost;
  };

  const sell = (sale: BookOrder) => {
    const proceedsOf = saleProceeds(sale, market);
    let left = sale.size;
    for (let lot = lots[head]; left > 0n && lot !== undefined; lot = lots[head]) {
      const open = lot.buy.size - lot.used;
      const quantity = open < left ? open : left;
      left -= quantity;
      const cost = takeFrom(lot, quantity),
        net = proceedsOf(quantity);
      sums.matched++;
      sums.realizedPnl += net - cost;
      write(sale.id, lot.buy.id, size(quantity), money(cost), money(net), money(net - cost));
    }
    if (left === 0n) return;
    sums.unmatched++;
    sums.unmatchedQuantity += left;
    write(sale.id, "-", size(left), "-", money(proceedsOf(left)), "-");
  };

  return {
    take(order) {
      if (order.side === "buy") lots.push({ buy: order, used: 0n, feeGiven: 0n });
      else sell(order);
    },
    counts: () => sums,
    finish: () => ({
      allocations: sums.matched + sums.unmatched,
      matched: sums.matched,
      unmatched: sums.unmatched,
      unmatchedQuantity: size(sums.unmatchedQuantity),
      realizedPnl: money(sums.realizedPnl),
      ...openTotals(lots.slice(head), market),
      sha256: digest.hex(),
    }),
  };
}

/** Net proceeds, slice after slice, of one sale. */
function saleProceeds(sale: BookOrder, market: Market): (quantity: bigint) => bigint {
  let sold = 0n,
    feeGiven = 0n;
  return (quantity) => {
    sold += quantity;
    const given = feeUpTo(sale, sold);
    const share = given - feeGiven;
    feeGiven = given;
    return sale.price * quantity * market.toMoney - share * SHARE_TO_MONEY;
  };
}

function openTotals(open: readonly Lot[], market: Market): Pick<MarketTruth, "openLots" | "openQuantity" | "openCost"> {
  let quantity = 0n,
    cost = 0n;
  for (const { buy, used, feeGiven } of open) {
    quantity += buy.size - used;
    cost += buy.price * (buy.size - used) * market.toMoney + (buy.fee * FEE_TO_SHARE - feeGiven) * SHARE_TO_MONEY;
  }
  return { openLots: open.length, openQuantity: decimalText(quantity, market.sizePlaces), openCost: decimalText(cost, MONEY_PLACES) };
}
