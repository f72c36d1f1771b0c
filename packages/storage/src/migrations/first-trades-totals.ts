// The totals of trades as they came: kept for the migration that made them, never changed.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";

/** The totals. */
export const firstTradesTotals = defineTable(
  "trades_totals",
  {
    userId: c.text(),
    firstAt: c.instant(),
    lastAt: c.instant(),
    closes: c.int(),
    wins: c.int(),
    losses: c.int(),
    pnl: c.decimal(94, 36),
  },
  { primaryKey: ["userId", "firstAt"], digested: false },
);
