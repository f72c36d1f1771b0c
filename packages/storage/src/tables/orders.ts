// A user's orders: what was asked of a market and what became of it. What was really traded is in the fills.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { amount, computed } from "./amounts.ts";
import { changedBySource } from "./source-columns.ts";

/** The orders. */
export const orders = defineTable(
  "orders",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user: the broker's order id where that is one, else an id of the import's own. */
    id: c.text(),
    /** The account; default the empty text, for sources with one account. */
    account: c.text().default(""),
    /** The bot that placed it; null for none. */
    botId: c.text().nullable(),
    /** The market, as fills name it. */
    symbol: c.text(),
    /** What was asked for. */
    side: c.oneOf("buy", "sell"),
    /** How: at the market's price, at a limit, or either once `stopPrice` is reached. */
    orderType: c.oneOf("market", "limit", "stop", "stop_limit"),
    /** Units asked for; 0 or more (a source may know only that there was an order). */
    quantity: amount(),
    /** Limit price, more than 0; null for none. A source's 0 means none. */
    price: amount().nullable(),
    /** Price that triggers a stop; null for none. */
    stopPrice: amount().nullable(),
    /** Where it stands. `closed` is filled; `ongoing` is partly filled or working. */
    status: c.oneOf("pending", "ongoing", "closed", "failed", "cancelled"),
    /** The source's own word for where it stands (`AMO`, `TRIGGER_PENDING`); null when it is the same. */
    sourceStatus: c.text().nullable(),
    /** Units filled so far; a cancelled order may have some. */
    filledQuantity: amount().default("0"),
    /** Average price of what was filled, as the source states it. */
    averagePrice: computed().nullable(),
    /** Value of what was filled in the quote asset, as the source states it. */
    filledValue: computed().nullable(),
    /** Fee of the whole order in `feeCurrency`; negative for a rebate. */
    fee: computed().nullable(),
    /** Asset of the fee; null means the quote asset. */
    feeCurrency: c.text().nullable(),
    /** When it was placed. */
    placedAt: c.instant(),
    /** When it was last filled. */
    filledAt: c.instant().nullable(),
    /** When it reached its end, filled or not. */
    closedAt: c.instant().nullable(),
    /** When it lapses by itself. */
    expiresAt: c.instant().nullable(),
    /** The id of the broker; not unique: brokers and paper accounts have given one twice. */
    brokerOrderId: c.text().nullable(),
    /** The id that the client gave it. */
    clientOrderId: c.text().nullable(),
    /** The position it opens, adds to or closes. */
    positionId: c.text().nullable(),
    /** The signal that led to it. */
    signalId: c.text().nullable(),
    /** Who had the idea; null when not known. */
    origin: c.oneOf("signal", "manual", "paper_trading").nullable(),
    /** What kind of entry it is; null when it is none or not known. */
    entryType: c.oneOf("initial", "reentry", "manual", "system_recommended", "manual_buy_of_bot_recommendation").nullable(),
    /** Whether it was placed on paper or with money; null when not known. */
    mode: c.oneOf("paper", "broker").nullable(),
    /** `amo` is placed after hours for the next session. */
    variety: c.oneOf("regular", "amo").nullable(),
    /** The exchange, `NSE`. */
    exchange: c.text().nullable(),
    /** The product, `CNC`. */
    product: c.text().nullable(),
    /** Why it failed, was rejected or cancelled, or why it was placed. */
    reason: c.text().nullable(),
    /** Times it was tried again. */
    retryCount: c.int().default(0),
    /** When it first failed. */
    firstFailedAt: c.instant().nullable(),
    /** When it was last tried again. */
    lastRetryAt: c.instant().nullable(),
    /** When its status was last asked for. */
    lastCheckedAt: c.instant().nullable(),
    /** What else the source said: indicators, the placed symbol, notes. */
    attributes: c.json().nullable(),
    ...changedBySource(),
  },
  {
    primaryKey: ["userId", "id"],
    newerBy: "updatedAt",
    clustered: false,
    indexes: {
      by_time: ["userId", "placedAt", "id"],
      by_status: ["userId", "status", "placedAt", "id"],
      by_symbol: ["userId", "symbol", "placedAt", "id"],
      by_broker_order: ["userId", "brokerOrderId"],
    },
    checks: {
      quantity_not_negative: { column: "quantity", is: ">=", value: "0" },
      filled_not_negative: { column: "filledQuantity", is: ">=", value: "0" },
      price_positive: { column: "price", is: ">", value: "0" },
      retries_not_negative: { column: "retryCount", is: ">=", value: 0 },
    },
  },
);

/** An order as read. */
export interface OrderRow extends RowOf<typeof orders> {}

/** An order as given. */
export interface OrderInput extends InputOf<typeof orders> {}
