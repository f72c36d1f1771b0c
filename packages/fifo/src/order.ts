import { parseFill, type Fill } from "./fill.ts";
import type { TradeInput } from "./trade.ts";

/**
 * The one total order of trades: instant, then sequence (none before any), then buys before sells, then id, where all-digit ids come
 * first and compare as numbers and the others compare by UTF-16 code unit. The order of arrival never matters.
 */
export function compareFills(a: OrderKey, b: OrderKey): number {
  return a.at - b.at || a.sequence - b.sequence || Number(b.isBuy) - Number(a.isBuy) || compareIds(a.id, b.id);
}

/** {@link compareFills} for trades as the caller has them; throws a `FifoError` for a trade that is not valid. */
export function compareTrades(a: TradeInput, b: TradeInput): number {
  return compareFills(parseFill(a), parseFill(b));
}

/** What the order looks at. */
export type OrderKey = Pick<Fill, "at" | "sequence" | "isBuy" | "id">;

/** The trades in the total order; each is read once. Throws a `FifoError` for a trade that is not valid. */
export function sortTrades<T extends TradeInput>(trades: Iterable<T>): T[] {
  return Array.from(trades, (trade) => ({ trade, fill: parseFill(trade) }))
    .sort((a, b) => compareFills(a.fill, b.fill))
    .map(({ trade }) => trade);
}

const DIGITS = /^\d+$/;

/** All-digit ids first and by number, the others by code unit; equal numbers (`7`, `007`) fall back to code units. */
export function compareIds(a: string, b: string): number {
  const left = DIGITS.test(a);
  if (left !== DIGITS.test(b)) return left ? -1 : 1;
  return (left ? compareNumbers(a.replace(/^0+/, ""), b.replace(/^0+/, "")) : 0) || compareText(a, b);
}

function compareNumbers(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}

/** By UTF-16 code unit, as JavaScript's `<`; never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorts in place, unless it is in order already: feeds mostly are, and that check is one pass. */
export function sortFills(fills: Fill[]): void {
  for (let i = 1; i < fills.length; i++) {
    const before = fills[i - 1];
    const fill = fills[i];
    if (before !== undefined && fill !== undefined && compareFills(before, fill) > 0) {
      fills.sort(compareFills);
      return;
    }
  }
}
