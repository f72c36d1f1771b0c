// The twenty markets of the legacy book, in code-unit order of their names.
import { MONEY_PLACES, tenTo } from "./legacy-book-decimal.ts";

/** A market and how its numbers look. */
export interface Market {
  /** `BASE-QUOTE`. */
  readonly name: string;
  /** The usual price, in units of the last price place. */
  readonly usualPrice: number;
  /** Decimal places of a price. */
  readonly pricePlaces: number;
  /** Decimal places of a size. */
  readonly sizePlaces: number;
  /** Share of the book, relative to the other markets. */
  readonly weight: number;
  /** Factor from price units x size units to money units. */
  readonly toMoney: bigint;
}

const TABLE: readonly (readonly [string, number, number, number, number])[] = [
  ["1INCH-USD", 2450, 4, 18, 1],
  ["AAVE-USD", 26000, 2, 18, 4],
  ["ADA-USD", 7200, 4, 6, 5],
  ["ATOM-USD", 4300, 3, 8, 2],
  ["AVAX-USD", 27500, 3, 18, 6],
  ["BONK-USD", 151200, 10, 5, 3],
  ["BTC-USD", 10000000, 2, 8, 12],
  ["CRV-USD", 6100, 4, 18, 2],
  ["DOGE-USD", 21000, 5, 8, 6],
  ["DOT-USD", 4100, 3, 10, 4],
  ["ETH-USD", 350000, 2, 18, 11],
  ["HBAR-USD", 17000, 5, 8, 3],
  ["LINK-USD", 172000, 4, 18, 6],
  ["LTC-USD", 9650, 2, 8, 4],
  ["NEAR-USD", 2900, 3, 18, 3],
  ["SHIB-USD", 1234, 8, 18, 5],
  ["SOL-USD", 18000, 2, 9, 9],
  ["UNI-USD", 7900, 3, 18, 4],
  ["XLM-USD", 290000, 6, 7, 3],
  ["XRP-USD", 23100, 4, 6, 7],
];

/** All markets, in code-unit order of their names. */
export const MARKETS: readonly Market[] = TABLE.map(([name, usualPrice, pricePlaces, sizePlaces, weight]) => ({
  name,
  usualPrice,
  pricePlaces,
  sizePlaces,
  weight,
  toMoney: tenTo(MONEY_PLACES - pricePlaces - sizePlaces),
}));

/** Share of the book that all markets have together. */
export const TOTAL_WEIGHT = MARKETS.reduce((sum, market) => sum + market.weight, 0);

/** The markets that trade enough to carry the planned faults. */
export const LARGE_MARKETS: readonly Market[] = MARKETS.filter((market) => market.weight >= 5);
