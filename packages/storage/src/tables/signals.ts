// Signals: what an analysis found worth trading, and what became of it.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { computed } from "./amounts.ts";
import { changedBySource } from "./source-columns.ts";

/** The signals. */
export const signals = defineTable(
  "signals",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user. */
    id: c.text(),
    /** The market. */
    symbol: c.text(),
    /** When it was found. */
    at: c.instant(),
    /** What became of it; default active. */
    status: c.oneOf("active", "expired", "traded", "rejected", "failed").default("active"),
    /** What it says (`buy`, `strong_buy`). */
    verdict: c.text().nullable(),
    /** Relative strength over 10 periods, 0 to 100. */
    rsi10: computed().nullable(),
    /** Exponential average over 9 periods, a price. */
    ema9: computed().nullable(),
    /** Exponential average over 200 periods, a price. */
    ema200: computed().nullable(),
    /** Distance of the price from `ema9`, in percent. */
    distanceToEma9: computed().nullable(),
    /** Whether the chart is clean; null when nobody looked. */
    cleanChart: c.bool().nullable(),
    /** Distance to the monthly support, in percent. */
    monthlySupportDist: computed().nullable(),
    /** How sure the analysis is, in the source's measure. */
    confidence: computed().nullable(),
    /** When it ended; null while it holds. */
    endedAt: c.instant().nullable(),
    /** Why it ended, in the source's words. */
    reason: c.text().nullable(),
    /** What else the source said. */
    attributes: c.json().nullable(),
    ...changedBySource(),
  },
  {
    primaryKey: ["userId", "id"],
    newerBy: "updatedAt",
    clustered: false,
    indexes: {
      by_time: ["userId", "at", "id"],
      by_status: ["userId", "status", "at", "id"],
      by_symbol: ["userId", "symbol", "at", "id"],
    },
    checks: { ended_after_it_began: { column: "at", is: "<=", other: "endedAt" } },
  },
);

/** A signal as read. */
export interface SignalRow extends RowOf<typeof signals> {}

/** A signal as given. */
export interface SignalInput extends InputOf<typeof signals> {}
