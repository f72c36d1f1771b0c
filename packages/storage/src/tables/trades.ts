// A bot's trades as its own books have them: an opening and a closing entry per position, each with the profit that was booked.
// Fills are what a market did; trades are what a bot says it did. The FIFO ledger is computed from fills, the statistics read either.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { amount, computed } from "./amounts.ts";

/** The trades. */
export const trades = defineTable(
  "trades",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user. */
    id: c.text(),
    /** The bot; null for a trade by hand. */
    botId: c.text().nullable(),
    /** The position it opens or closes; null when not known. */
    positionId: c.text().nullable(),
    /** The market. */
    symbol: c.text(),
    /** Whether the position gains when the price rises. */
    tradeType: c.oneOf("LONG", "SHORT"),
    /** Whether the position is opened or closed. */
    action: c.oneOf("OPEN", "CLOSE"),
    /** Price at which the position was opened. */
    entryPrice: amount(),
    /** Price at which it was closed; null for OPEN, never null for CLOSE. 0 is a price: a contract may settle at nothing. */
    exitPrice: amount().nullable(),
    /** What was put up for it in the quote currency: the margin, or the whole value where there is none. */
    size: computed(),
    /** How many times `size` was traded; default 1. Models choose fractions. */
    leverage: amount().default("1"),
    /** Profit that was booked, fees taken off as the source does it; for OPEN the fee, negative. */
    pnl: computed(),
    /** The fee. */
    fee: computed().default("0"),
    /** When it happened. */
    executedAt: c.instant(),
    /** Why, in the source's words (`Target Hit`). */
    reason: c.text().nullable(),
    /** Whether it was traded on paper or with money; null when not known. */
    mode: c.oneOf("paper", "broker").nullable(),
    /** What else the source said. */
    attributes: c.json().nullable(),
    /** Where the row came from; not part of its content. */
    source: c.text().assigned().default(""),
  },
  {
    primaryKey: ["userId", "id"],
    clustered: false,
    indexes: {
      by_time: ["userId", "executedAt", "id"],
      // Statistics of closes in the order of their profit: best and worst, and how many are above nothing.
      by_pnl: ["userId", "action", "pnl", "id"],
      // Profit by time without looking at the rows.
      by_close: ["userId", "action", "executedAt", "pnl"],
      by_bot: ["userId", "botId", "executedAt"],
      by_position: ["userId", "positionId"],
    },
    foreignKeys: [{ columns: ["userId", "botId"], references: "bots", to: ["userId", "id"] }],
    checks: {
      open_without_exit: { when: "action", equals: "OPEN", absent: "exitPrice" },
      close_with_exit: { when: "action", equals: "CLOSE", present: "exitPrice" },
      leverage_positive: { column: "leverage", is: ">", value: "0" },
    },
  },
);

/** A trade as read. */
export interface TradeRow extends RowOf<typeof trades> {}

/** A trade as given. */
export interface TradeInput extends InputOf<typeof trades> {}
