// A user's positions, open and closed. A symbol may have several: closed ones beside an open one, and one per bot.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { amount, computed } from "./amounts.ts";
import { changedBySource } from "./source-columns.ts";

/** The positions. */
export const positions = defineTable(
  "positions",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user. */
    id: c.text(),
    /** The account; default the empty text, for sources with one account. */
    account: c.text().default(""),
    /** The bot that holds it; null for none. */
    botId: c.text().nullable(),
    /** The market. */
    symbol: c.text(),
    /** Whether it gains when the price rises; default LONG. */
    positionType: c.oneOf("LONG", "SHORT").default("LONG"),
    /** Whether it is still held; default open. */
    status: c.oneOf("open", "closed").default("open"),
    /** Units held (or once held); null when the source states only `size`. */
    quantity: amount().nullable(),
    /** What was put up for it in the quote currency; null when the source states only `quantity`. */
    size: computed().nullable(),
    /** How many times `size` was traded; default 1. */
    leverage: amount().default("1"),
    /** Price of one unit when it was opened, the average after additions; null when not known. */
    entryPrice: computed().nullable(),
    /** Price of the first entry, before additions. */
    initialEntryPrice: computed().nullable(),
    /** Price at which it was closed. */
    exitPrice: computed().nullable(),
    /** Price at which it would be closed by force. */
    liquidationPrice: computed().nullable(),
    /** Price at which it is to be closed at a loss. */
    stopLoss: computed().nullable(),
    /** Price at which it is to be closed at a profit. */
    takeProfit: computed().nullable(),
    /** Profit so far, as the source states it; null when not known. */
    unrealizedPnl: computed().nullable(),
    /** Profit at its close, as the source states it. */
    realizedPnl: computed().nullable(),
    /** The same in percent of what was put up. */
    realizedPnlPercent: computed().nullable(),
    /** When it was opened; null when not known. Never the time of an import. */
    openedAt: c.instant().nullable(),
    /** When it was closed; null while it is open. */
    closedAt: c.instant().nullable(),
    /** Why it was closed, in the source's words. */
    exitReason: c.text().nullable(),
    /** Times it was added to. */
    reentryCount: c.int().default(0),
    /** The additions, as the source has them. */
    reentries: c.json().nullable(),
    /** Whether it is held on paper or with money; null when not known. */
    mode: c.oneOf("paper", "broker").nullable(),
    /** What else the source said. */
    attributes: c.json().nullable(),
    ...changedBySource(),
  },
  {
    primaryKey: ["userId", "id"],
    newerBy: "updatedAt",
    clustered: false,
    indexes: {
      by_status: ["userId", "status", "id"],
      by_symbol: ["userId", "symbol", "id"],
      by_bot: ["userId", "botId", "status"],
    },
    foreignKeys: [{ columns: ["userId", "botId"], references: "bots", to: ["userId", "id"] }],
    checks: {
      quantity_or_size: { anyPresent: ["quantity", "size"] },
      quantity_not_negative: { column: "quantity", is: ">=", value: "0" },
      open_without_close: { when: "status", equals: "open", absent: "closedAt" },
      opened_before_closed: { column: "openedAt", is: "<=", other: "closedAt" },
      leverage_positive: { column: "leverage", is: ">", value: "0" },
      reentries_not_negative: { column: "reentryCount", is: ">=", value: 0 },
    },
  },
);

/** A position as read. */
export interface PositionRow extends RowOf<typeof positions> {}

/** A position as given. */
export interface PositionInput extends InputOf<typeof positions> {}
