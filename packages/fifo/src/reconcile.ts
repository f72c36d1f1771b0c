import type { Decimal } from "decimal.js";
import { writeDecimal } from "./decimal-text.ts";
import { FifoError, shown } from "./errors.ts";
import { add, compareExact, multiply, type Exact } from "./exact.ts";
import { currencies, name } from "./fill.ts";
import { readInstant, writeInstant, type EpochMicros } from "./instant.ts";
import { compareText } from "./order.ts";
import type { TradeInput } from "./trade.ts";
import { readExact } from "./read-exact.ts";
import { writeExact } from "./write-exact.ts";

/** One execution as the exchange reports it; an order may have several. */
export interface ExchangeFill {
  /** The exchange's id of the fill. The same fill twice is counted once. */
  readonly fillId: string;
  /** The order it belongs to; local trades carry this id. */
  readonly orderId: string;
  /** The market. */
  readonly symbol: string;
  /** What the fill did. */
  readonly side: "buy" | "sell";
  /** Units, base asset, above 0. */
  readonly quantity: string | Decimal;
  /** Units that the whole order executed, where the exchange says it: an order of which fills are missing is then told, not taken for whole. */
  readonly orderQuantity?: string | Decimal | null;
  /** Price per unit, quote currency. */
  readonly price: string | Decimal;
  /** What the exchange kept; negative for a rebate. Default 0. */
  readonly fee?: string | Decimal | null;
  /** The currency of `fee`. Default: the quote currency. */
  readonly feeCurrency?: string | null;
  /** When; ISO text with an offset, or a `Date`. */
  readonly executedAt: string | Date;
}

/** What to compare. */
export interface ReconcileOptions {
  /** What the id of a local trade names: an order, whose fills are summed, or one fill. Default `"order"`. */
  readonly match?: "order" | "fill";
  /** The span of time for which the exchange still has every fill: `from` inclusive, `to` exclusive (default: no end). */
  readonly retention: { readonly from: string | Date; readonly to?: string | Date };
}

/** An order summed from its fills, or one fill with `match: "fill"`. Quantities, totals and fees are exact; `gross` is the sum of size x price. */
export interface ExchangeOrder extends TradeInput {
  /** Units of all its fills, base asset. */
  readonly quantity: string;
  /** The average price where it is a finite decimal of at most 18 places, else cut there; `gross` is what counts. */
  readonly price: string;
  /** Size x price of all its fills, quote currency. */
  readonly gross: string;
  /** Fees of all its fills, in `feeCurrency`. */
  readonly fee: string;
  /** Null for the quote currency. Where it is a third one, add `feeInQuote` before the order goes into a ledger. */
  readonly feeCurrency: string | null;
  /** The earliest of its fills. */
  readonly executedAt: string;
  /** Number of its fills. */
  readonly fills: number;
}

/** One field of one order that the two sides see differently. */
export interface FieldDifference {
  /** The id of the order, or of the fill. */
  readonly id: string;
  /** The market. */
  readonly symbol: string;
  /** The field. */
  readonly field: "symbol" | "side" | "quantity" | "gross" | "fee" | "feeCurrency" | "executedAt";
  /** What the local trade says. */
  readonly local: string;
  /** What the exchange says. */
  readonly exchange: string;
}

/**
 * Both sides compared by order id, or by fill id; what is said of orders then holds for fills. `equal + different + partial + missing = exchangeOrders`,
 * and `equal + different + extra` with the partial orders that are known locally are the local trades in the window.
 */
export interface Reconciliation {
  /** The window that was compared, as canonical UTC instants. */
  readonly retention: { readonly from: string; readonly to: string | null };
  /** Counts of orders (exchange) and trades (local) inside the window, and of those left out because they lie outside. */
  readonly counts: {
    readonly exchangeFills: number;
    readonly duplicateFills: number;
    readonly exchangeOrders: number;
    readonly localTrades: number;
    readonly equal: number;
    readonly different: number;
    readonly partial: number;
    readonly outsideLocal: number;
    readonly outsideExchange: number;
  };
  /** Orders that the exchange has and the local side lacks, oldest first. */
  readonly missing: readonly ExchangeOrder[];
  /** Local trades that the exchange does not know, oldest first. */
  readonly extra: readonly { readonly id: string; readonly symbol: string; readonly side: "buy" | "sell"; readonly executedAt: string }[];
  /**
   * Orders of which the exchange shows only some fills, oldest first: the local trade begins before the window and is larger, or the fills do not add
   * up to `orderQuantity`. They are neither compared nor backfilled; ask for the older fills.
   */
  readonly partial: readonly ExchangeOrder[];
  /** Each field in which an order differs, oldest order first. */
  readonly different: readonly FieldDifference[];
  /**
   * The missing buys, ready to be inserted where `orderQuantity` says that they are whole; without it, an order that was filled in part before the
   * window looks like a smaller one. Missing sells are for a person to look at.
   */
  readonly backfill: readonly ExchangeOrder[];
}

/**
 * Compares local trades with the exchange's fills, summed per order unless `match` is `"fill"`, inside the exchange's retention window.
 * Throws a `FifoError` for a fill that cannot be read; two fills with one id and different content are refused as `duplicate-id`, and an
 * order whose fees were taken in more than one currency as `mixed-fee-currencies`: one trade cannot say that, so match by fill.
 */
export function reconcile(local: Iterable<TradeInput>, exchange: Iterable<ExchangeFill>, options: ReconcileOptions): Reconciliation {
  const window = {
    from: micros(options.retention.from, "retention.from"),
    to: options.retention.to === undefined ? Infinity : micros(options.retention.to, "retention.to"),
  };
  const orders = sumOrders(exchange, options.match ?? "order");
  const seen = compareLocal(local, orders.byId, window);
  const unseen = [...orders.byId.values()];
  const inside = unseen.filter((sum) => isInside(sum.at, window));
  const missing = inside
    .filter((sum) => !lacksFills(sum))
    .map(orderOf)
    .sort(byTime);
  const partial = [...seen.partial, ...inside.filter(lacksFills)].map(orderOf).sort(byTime);
  return {
    retention: { from: writeInstant(window.from), to: window.to === Infinity ? null : writeInstant(window.to) },
    counts: {
      exchangeFills: orders.fills,
      duplicateFills: orders.duplicates,
      exchangeOrders: seen.equal + seen.differentOrders + partial.length + missing.length,
      localTrades: seen.inside,
      equal: seen.equal,
      different: seen.differentOrders,
      partial: partial.length,
      outsideLocal: seen.outside,
      outsideExchange: unseen.length - inside.length,
    },
    missing,
    partial,
    extra: seen.extra.sort(byTime),
    different: seen.different,
    backfill: missing.filter((order) => order.side === "buy"),
  };
}

interface Sum {
  readonly id: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  quantity: Exact;
  gross: Exact;
  fee: Exact;
  /** Of `fee`; null for the quote currency, and where there is no fee. */
  feeCurrency: string | null;
  at: EpochMicros;
  fills: number;
  /** Of the whole order; null where the exchange does not say it. */
  whole: Exact | null;
}

/** Whether the fills are less than the order. */
const lacksFills = ({ whole, quantity }: Sum): boolean => whole !== null && compareExact(quantity, whole) < 0;

interface Window {
  readonly from: EpochMicros;
  readonly to: EpochMicros;
}

const isInside = (at: EpochMicros, window: Window): boolean => at >= window.from && at < window.to;

function sumOrders(
  exchange: Iterable<ExchangeFill>,
  match: "order" | "fill",
): {
  readonly byId: Map<string, Sum>;
  readonly fills: number;
  readonly duplicates: number;
} {
  const byId = new Map<string, Sum>();
  const contents = new Map<string, string>();
  let fills = 0;
  let duplicates = 0;
  for (const fill of exchange) {
    const part = readFill(fill, match);
    const content = [
      part.id,
      part.symbol,
      part.side,
      writeExact(part.quantity),
      writeExact(part.gross),
      writeExact(part.fee),
      part.feeCurrency,
      part.at,
    ].join("|");
    const known = contents.get(fill.fillId);
    fills++;
    if (known === content) duplicates++;
    else if (known !== undefined)
      throw new FifoError(
        "duplicate-id",
        `Fill ${shown(fill.fillId)} is there twice with different content; ask the exchange which one stands.`,
        { tradeId: fill.fillId },
      );
    else addTo(byId, part);
    contents.set(fill.fillId, content);
  }
  return { byId, fills, duplicates };
}

function addTo(byId: Map<string, Sum>, part: Sum): void {
  const sum = byId.get(part.id);
  if (sum === undefined) {
    byId.set(part.id, part);
    return;
  }
  if (sum.symbol !== part.symbol || sum.side !== part.side)
    throw new FifoError("invalid-trade", `Order ${shown(part.id)} has fills of more than one symbol or side; check the export.`, {
      tradeId: part.id,
    });
  if (part.fee.units !== 0n && sum.fee.units !== 0n && part.feeCurrency !== sum.feeCurrency)
    throw new FifoError(
      "mixed-fee-currencies",
      `Order ${shown(part.id)} paid fees in ${currencyName(sum)} and in ${currencyName(part)}: one trade cannot hold both. Record fills instead of orders and reconcile with match: "fill".`,
      { tradeId: part.id, feeCurrency: part.feeCurrency },
    );
  if (part.fee.units !== 0n) sum.feeCurrency = part.feeCurrency;
  sum.quantity = add(sum.quantity, part.quantity);
  sum.gross = add(sum.gross, part.gross);
  sum.fee = add(sum.fee, part.fee);
  sum.at = Math.min(sum.at, part.at);
  sum.fills++;
  sum.whole ??= part.whole;
}

interface LocalSide {
  inside: number;
  outside: number;
  equal: number;
  differentOrders: number;
  readonly extra: Reconciliation["extra"][number][];
  readonly different: FieldDifference[];
  readonly partial: Sum[];
}

/**
 * Compares each local trade and takes its order out of `orders`: what remains there is missing locally. A pair is compared when either side lies in the
 * window, so that two opinions about the time of a trade at its edge are a difference and not a trade too many.
 */
function compareLocal(
  local: Iterable<TradeInput>,
  orders: Map<string, Sum>,
  window: Window,
): LocalSide & { extra: Reconciliation["extra"][number][] } {
  const side: LocalSide = { inside: 0, outside: 0, equal: 0, differentOrders: 0, extra: [], different: [], partial: [] };
  const ids = new Set<string>();
  for (const trade of local) {
    const at = micros(trade.executedAt, trade.id);
    const order = orders.get(trade.id);
    if (ids.has(trade.id))
      throw new FifoError("duplicate-id", `Local trade ${shown(trade.id)} is there twice; give each trade once.`, { tradeId: trade.id });
    ids.add(trade.id);
    if (!isInside(at, window) && (order === undefined || !isInside(order.at, window))) {
      side.outside++;
      continue;
    }
    side.inside++;
    orders.delete(trade.id);
    if (order === undefined) {
      side.extra.push({ id: trade.id, symbol: trade.symbol, side: trade.side, executedAt: writeInstant(at) });
      continue;
    }
    if (lacksFills(order) || beginsBefore(trade, at, order, window)) {
      side.partial.push(order);
      continue;
    }
    const differences = fieldDifferences(trade, at, order);
    side.different.push(...differences);
    if (differences.length === 0) side.equal++;
    else side.differentOrders++;
  }
  return side;
}

/** Whether the first fills of an order lie before the window: the local trade is from before it and larger than what the exchange still shows. */
function beginsBefore(trade: TradeInput, at: EpochMicros, order: Sum, window: Window): boolean {
  if (at >= window.from || order.at < window.from) return false;
  return compareExact(readExact(trade.quantity, trade.id, "quantity"), order.quantity) > 0;
}

function fieldDifferences(trade: TradeInput, at: EpochMicros, order: Sum): FieldDifference[] {
  const quantity = readExact(trade.quantity, trade.id, "quantity");
  const gross =
    trade.gross === undefined || trade.gross === null
      ? multiply(readExact(trade.price, trade.id, "price"), quantity)
      : readExact(trade.gross, trade.id, "gross");
  const fee = localFee(trade, order);
  const pairs: readonly (readonly [FieldDifference["field"], string, string])[] = [
    ["symbol", trade.symbol, order.symbol],
    ["side", trade.side, order.side],
    ["quantity", ...amounts(quantity, order.quantity)],
    ["gross", ...amounts(gross, order.gross)],
    fee.currency === order.feeCurrency || (fee.amount.units === 0n && order.fee.units === 0n)
      ? ["fee", ...amounts(fee.amount, order.fee)]
      : ["feeCurrency", currencyName({ symbol: trade.symbol, feeCurrency: fee.currency }), currencyName(order)],
    ["executedAt", writeInstant(at), writeInstant(order.at)],
  ];
  return pairs
    .filter(([, mine, theirs]) => mine !== theirs)
    .map(([field, mine, theirs]) => ({ id: trade.id, symbol: trade.symbol, field, local: mine, exchange: theirs }));
}

/** The local fee, in the exchange's currency where the trade says it in two. */
function localFee(trade: TradeInput, order: Sum): { readonly amount: Exact; readonly currency: string | null } {
  const currency = feeCurrencyOf(trade.feeCurrency, trade.symbol);
  const fee = { amount: readExact(trade.fee ?? "0", trade.id, "fee"), currency };
  if (currency === order.feeCurrency || trade.feeInQuote === undefined || trade.feeInQuote === null) return fee;
  return { amount: readExact(trade.feeInQuote, trade.id, "feeInQuote"), currency: null };
}

/** Null for the quote currency, however that was said. */
function feeCurrencyOf(currency: string | null | undefined, symbol: string): string | null {
  return currency === undefined || currency === null || currency === currencies(symbol)[1] ? null : currency;
}

function currencyName({ symbol, feeCurrency }: Pick<Sum, "symbol" | "feeCurrency">): string {
  return feeCurrency ?? currencies(symbol)[1] ?? "the quote currency";
}

function amounts(local: Exact, exchange: Exact): readonly [string, string] {
  return compareExact(local, exchange) === 0 ? ["", ""] : [writeExact(local), writeExact(exchange)];
}

function orderOf(sum: Sum): ExchangeOrder {
  return {
    id: sum.id,
    symbol: sum.symbol,
    side: sum.side,
    quantity: writeExact(sum.quantity),
    price: averagePrice(sum),
    gross: writeExact(sum.gross),
    fee: writeExact(sum.fee),
    feeCurrency: sum.feeCurrency,
    executedAt: writeInstant(sum.at),
    fills: sum.fills,
  };
}

/** gross / quantity, cut toward zero at 18 places; exact whenever the average is a decimal of at most 18 places. */
function averagePrice({ gross, quantity }: Sum): string {
  const places = 18 + quantity.scale;
  const shift = Math.max(0, gross.scale - places);
  const dividend = gross.units * 10n ** BigInt(Math.max(0, places - gross.scale));
  return writeDecimal(dividend / (quantity.units * 10n ** BigInt(shift)), 18);
}

function readFill(fill: ExchangeFill, match: "order" | "fill"): Sum {
  if (typeof fill !== "object" || fill === null) throw new FifoError("invalid-trade", `A fill is ${shown(fill)}: give an object.`);
  name(fill.fillId, "fillId", "invalid-id", "?");
  const quantity = readExact(fill.quantity, fill.fillId, "quantity");
  const price = readExact(fill.price, fill.fillId, "price");
  if (price.units < 0n)
    throw new FifoError("invalid-price", `Fill ${shown(fill.fillId)} has price ${shown(fill.price)}; a price is at least 0.`, {
      tradeId: fill.fillId,
    });
  if (quantity.units <= 0n)
    throw new FifoError("invalid-quantity", `Fill ${shown(fill.fillId)} has quantity ${shown(fill.quantity)}; a fill is above 0.`, {
      tradeId: fill.fillId,
    });
  if (fill.side !== "buy" && fill.side !== "sell")
    throw new FifoError("invalid-side", `Fill ${shown(fill.fillId)} has side ${shown(fill.side)}; give "buy" or "sell".`, {
      tradeId: fill.fillId,
    });
  const orderId = name(fill.orderId, "orderId", "invalid-id", fill.fillId);
  const symbol = name(fill.symbol, "symbol", "invalid-symbol", fill.fillId);
  const fee = readExact(fill.fee ?? "0", fill.fillId, "fee");
  return {
    id: match === "fill" ? fill.fillId : orderId,
    symbol,
    side: fill.side,
    quantity,
    gross: multiply(price, quantity),
    fee,
    feeCurrency: fee.units === 0n ? null : feeCurrencyOf(fill.feeCurrency, symbol),
    at: micros(fill.executedAt, fill.fillId),
    fills: 1,
    whole: match === "fill" ? null : wholeOf(fill),
  };
}

function wholeOf({ orderQuantity, fillId }: ExchangeFill): Exact | null {
  return orderQuantity === undefined || orderQuantity === null ? null : readExact(orderQuantity, fillId, "orderQuantity");
}

function micros(value: string | Date, what: string): EpochMicros {
  const at = readInstant(value);
  if (typeof at === "number") return at;
  throw new FifoError(
    "invalid-time",
    `${shown(what)}: ${shown(value)} is no instant (${at}); give ISO-8601 text with an offset, or a Date.`,
    { field: what, reason: at },
  );
}

function byTime(
  a: { readonly executedAt?: string | Date; readonly id: string },
  b: { readonly executedAt?: string | Date; readonly id: string },
): number {
  return compareText(String(a.executedAt), String(b.executedAt)) || compareText(a.id, b.id);
}
