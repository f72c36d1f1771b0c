// What a bot was worth at moments in time: the points of its equity curve.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { computed } from "./amounts.ts";

/** The snapshots of bots. */
export const botStateSnapshots = defineTable(
  "bot_state_snapshots",
  {
    /** The user. */
    userId: c.text(),
    /** The bot. */
    botId: c.text(),
    /** The moment. */
    at: c.instant(),
    /** All it was worth, in the quote currency. */
    totalValue: computed(),
    /** Money free to trade; null when the source states only the total. */
    balance: computed().nullable(),
    /** Profit of open positions. */
    unrealizedPnl: computed().nullable(),
    /** Profit of closed trades. */
    realizedPnl: computed().nullable(),
    /** Closed trades so far, as the source counts them. */
    tradeCount: c.int().nullable(),
    /** Part of them that gained, 0 to 1. */
    winRate: computed().nullable(),
    /** Where the row came from; not part of its content. */
    source: c.text().assigned().default(""),
  },
  {
    primaryKey: ["userId", "botId", "at"],
    indexes: { by_time: ["userId", "at", "botId"] },
    foreignKeys: [{ columns: ["userId", "botId"], references: "bots", to: ["userId", "id"] }],
    checks: {
      trades_not_negative: { column: "tradeCount", is: ">=", value: 0 },
      win_rate_not_negative: { column: "winRate", is: ">=", value: "0" },
      win_rate_at_most_one: { column: "winRate", is: "<=", value: "1" },
    },
  },
);

/** A snapshot as read. */
export interface SnapshotRow extends RowOf<typeof botStateSnapshots> {}

/** A snapshot as given. */
export interface SnapshotInput extends InputOf<typeof botStateSnapshots> {}
