// What the arena knows, in one form for both sides of the migration: the lists of the blob and the rows of the tables are made of these.
// Amounts are canonical decimal text, times canonical instants, so two facts are equal when their texts are.

/** Plain JSON; numbers in it are text, digit for digit. */
export type Json = string | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** More fields of a record, kept as they are. */
export type More = Readonly<Record<string, unknown>>;

/** One entry of a bot's `orders`. */
export interface TradeFact {
  readonly kind: "trade";
  /** The id in the blob: `order_…` on paper, a number at an exchange. */
  readonly id: string;
  readonly symbol: string;
  /** The side of the position, not of the order. */
  readonly tradeType: "LONG" | "SHORT";
  readonly action: "OPEN" | "CLOSE";
  readonly entryPrice: string;
  /** Null for OPEN; 0 is a price. */
  readonly exitPrice: string | null;
  /** Margin in USD; at an exchange the whole value. */
  readonly size: string;
  readonly leverage: string;
  readonly pnl: string;
  readonly fee: string;
  readonly executedAt: string;
  /** The position it opens or closes, when that is known. */
  readonly positionId: string | null;
  readonly mode: "paper" | "broker";
  readonly attributes: More | null;
}

/** One entry of a bot's `botLogs`. */
export interface DecisionFact {
  readonly kind: "decision";
  readonly at: string;
  readonly prompt: string;
  readonly decisions: readonly More[];
  /** Null when the blob has no list of notes. */
  readonly notes: readonly string[] | null;
  readonly succeeded: boolean;
  readonly error: string | null;
  readonly attributes: More | null;
}

/** One entry of a bot's `portfolio.positions`: they are all open. */
export interface PositionFact {
  readonly kind: "position";
  /** The id in the blob: `pos_…` on paper; at an exchange a new one at every sync. */
  readonly id: string;
  readonly symbol: string;
  readonly positionType: "LONG" | "SHORT";
  readonly entryPrice: string;
  readonly size: string;
  readonly leverage: string;
  readonly liquidationPrice: string | null;
  readonly stopLoss: string | null;
  readonly takeProfit: string | null;
  readonly unrealizedPnl: string | null;
  /** Null when the blob does not say it. */
  readonly openedAt: string | null;
  readonly mode: "paper" | "broker";
  readonly attributes: More | null;
}

/** Any of them. */
export type Fact = TradeFact | DecisionFact | PositionFact;

/** The three lists of a bot, as the parts of a key: `bot_a/orders/…`. */
export const LISTS = ["botLogs", "orders", "positions"] as const;

/** One of them. */
export type ListName = (typeof LISTS)[number];
