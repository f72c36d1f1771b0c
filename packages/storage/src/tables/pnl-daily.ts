// Profit by day as a source booked it. What td computes itself is `me.stats.pnlByDay`, and is stored nowhere.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { computed } from "./amounts.ts";

/** The booked days. */
export const pnlDaily = defineTable(
  "pnl_daily",
  {
    /** The user. */
    userId: c.text(),
    /** The account; default the empty text, for sources with one account. */
    account: c.text().default(""),
    /** The day, `2025-03-01`, in the source's zone. */
    day: c.text(),
    /** Profit of trades closed that day; default 0. */
    realizedPnl: computed().default("0"),
    /** Profit of open positions at the day's end; default 0. */
    unrealizedPnl: computed().default("0"),
    /** Fees paid that day; default 0. */
    fees: computed().default("0"),
    /** IANA zone of the day; null when the source does not say. */
    zone: c.text().nullable(),
    /** When the source last changed it; decides which of two is newer. */
    updatedAt: c.instant().nullable(),
    /** Where the row came from; not part of its content. */
    source: c.text().assigned().default(""),
  },
  {
    primaryKey: ["userId", "account", "day"],
    newerBy: "updatedAt",
    indexes: { by_day: ["userId", "day", "account"] },
    checks: { day_form: { column: "day", form: "day" } },
  },
);

/** A booked day as read. */
export interface PnlDailyRow extends RowOf<typeof pnlDaily> {}

/** A booked day as given. */
export interface PnlDailyInput extends InputOf<typeof pnlDaily> {}
