// The book's answer over all markets: version 1 (the local table alone) and version 2 (with the buys that only the exchange has).
import { decimalText, MONEY_PLACES, SHARE_PLACES, tenTo } from "./legacy-book-decimal.ts";
import { lineDigest } from "./legacy-book-digest.ts";
import type { LineDigest } from "./legacy-book-digest.ts";
import { MARKETS } from "./legacy-book-markets.ts";
import type { Market } from "./legacy-book-markets.ts";
import { createMatcher } from "./legacy-book-matcher.ts";
import type { MarketTruth, Matcher } from "./legacy-book-matcher.ts";
import { bookOrders } from "./legacy-book-orders.ts";
import type { BookOrder } from "./legacy-book-orders.ts";
import type { MarketPlan } from "./legacy-book-plan.ts";
import { EXCHANGE, RETAINED_FROM, stamp } from "./legacy-book-time.ts";

/** The truth about one version of the whole book; decimals are canonical text. */
export interface VersionTruth {
  readonly allocations: { readonly total: number; readonly matched: number; readonly unmatched: number };
  /** `quantity` adds up different coins: a checksum, not a meaningful amount. */
  readonly unmatchedSells: { readonly count: number; readonly quantity: string };
  /** Sum of the matched rows' PnL, in quote currency. */
  readonly realizedPnl: string;
  /**
   * SHA-256 of the lines `sellId|buyId or -|quantity|costBasis or -|netProceeds|pnl or -`, by market (code units), sell order, buy
   * order (unmatched last), joined with a newline.
   */
  readonly sha256: string;
  /** By market name. */
  readonly symbols: Readonly<Record<string, MarketTruth>>;
}

/** A buy that the local table lacks. */
export interface MissingBuy {
  readonly orderId: string;
  readonly symbol: string;
  /** Canonical instant. */
  readonly orderTime: string;
  readonly size: string;
  /** True when the exchange still has it (so version 2 has it), false when nobody has. */
  readonly insideRetention: boolean;
}

/** Everything that is known about the book without looking at its files. */
export interface BookAnswer {
  /** Orders in each version. */
  readonly trades: { readonly v1: number; readonly v2: number };
  /** Orders that the exchange still has. */
  readonly exchangeOrders: number;
  readonly missingBuys: readonly MissingBuy[];
  readonly v1: VersionTruth;
  readonly v2: VersionTruth;
}

/** Receives the allocation lines of the two versions, for instance to keep them in files. */
export type AllocationSink = (version: "v1" | "v2", line: string) => void;

/** Computes the answer for a planned book, one market at a time. */
export function answerBook(seed: number, plans: ReadonlyMap<Market, MarketPlan>, sink?: AllocationSink): BookAnswer {
  const v1 = versionSums("v1", sink),
    v2 = versionSums("v2", sink);
  const missingBuys: MissingBuy[] = [];
  let exchangeOrders = 0;
  for (const market of MARKETS) {
    const [one, two] = [v1.matcher(market), v2.matcher(market)];
    for (const order of ordersOf(seed, market, plans)) {
      if (order.time >= RETAINED_FROM) exchangeOrders++;
      if (order.held !== "locally") missingBuys.push(missingBuy(order));
      if (order.held === "locally") v1.take(one, order);
      if (order.held !== "nowhere") v2.take(two, order);
    }
    v1.add(market, one);
    v2.add(market, two);
  }
  return { trades: { v1: v1.trades(), v2: v2.trades() }, exchangeOrders, missingBuys, v1: v1.finish(), v2: v2.finish() };
}

function* ordersOf(seed: number, market: Market, plans: ReadonlyMap<Market, MarketPlan>): Generator<BookOrder, void, undefined> {
  const plan = plans.get(market);
  if (plan !== undefined) for (const cycle of bookOrders(seed, market, plan)) yield* cycle;
}

function missingBuy(order: BookOrder): MissingBuy {
  const insideRetention = order.time >= RETAINED_FROM;
  if (insideRetention !== (order.held === "at-exchange-only"))
    throw new Error(`missing buy ${order.id} fell on the wrong side of the retention; take another seed or scale`);
  const orderTime = stamp(order.time, EXCHANGE),
    size = decimalText(order.size, order.market.sizePlaces);
  return { orderId: order.id, symbol: order.market.name, orderTime, size, insideRetention };
}

interface VersionSums {
  matcher(market: Market): Matcher;
  take(matcher: Matcher, order: BookOrder): void;
  add(market: Market, matcher: Matcher): void;
  trades(): number;
  finish(): VersionTruth;
}

function versionSums(version: "v1" | "v2", sink: AllocationSink | undefined): VersionSums {
  const digest: LineDigest = lineDigest();
  const symbols: Record<string, MarketTruth> = {};
  let trades = 0,
    matched = 0,
    unmatched = 0,
    quantity = 0n,
    pnl = 0n;
  return {
    matcher: (market) =>
      createMatcher(market, (line) => {
        digest.line(line);
        sink?.(version, line);
      }),
    take(matcher, order) {
      matcher.take(order);
      trades++;
    },
    add(market, matcher) {
      const counts = matcher.counts();
      matched += counts.matched;
      unmatched += counts.unmatched;
      quantity += counts.unmatchedQuantity * tenTo(SHARE_PLACES - market.sizePlaces);
      pnl += counts.realizedPnl;
      symbols[market.name] = matcher.finish();
    },
    trades: () => trades,
    finish: () => ({
      allocations: { total: matched + unmatched, matched, unmatched },
      unmatchedSells: { count: unmatched, quantity: decimalText(quantity, SHARE_PLACES) },
      realizedPnl: decimalText(pnl, MONEY_PLACES),
      sha256: digest.hex(),
      symbols,
    }),
  };
}
