import type { Decimal } from "decimal.js";

/**
 * One execution, as the caller has it. Decimals are text or `Decimal`; a JavaScript number does not compile and is refused. Fields that are not named
 * here are ignored at run time: applications carry their own.
 */
export interface TradeInput {
  /** Tells a trade from a split or a transfer. Default `"trade"`. */
  readonly type?: "trade";
  /** Opaque, unique among all trades of a computation. */
  readonly id: string;
  /** The pair, base first: `BTC-USD` or `BTC/USD`. Any other text is one name whose currencies are unknown. */
  readonly symbol: string;
  /** The account or wallet that traded; only `scope: "account"` reads it. Default: the empty text. */
  readonly account?: string;
  /** What the trade did. */
  readonly side: "buy" | "sell";
  /** Units of the base asset, above 0. */
  readonly quantity: string | Decimal;
  /** Quote currency per unit, at least 0 (an airdrop costs 0). Informative when `gross` is given. */
  readonly price: string | Decimal;
  /** The total in quote currency without fee, at least 0, where the exchange states one; it overrides price x quantity. */
  readonly gross?: string | Decimal | null;
  /** What the exchange kept; negative for a rebate. Default 0. */
  readonly fee?: string | Decimal | null;
  /** The currency of `fee`. Default: the quote currency. */
  readonly feeCurrency?: string | null;
  /** The value of `fee` in quote currency; required when the fee is neither in quote nor in base. */
  readonly feeInQuote?: string | Decimal | null;
  /** When it was executed: ISO-8601 text with an offset (microseconds are kept), or a `Date`. */
  readonly executedAt: string | Date;
  /** The exchange's own order within one instant, an integer of at least 0. A trade without one comes before those with one. */
  readonly sequence?: number | null;
}
