// What a broker says a user holds now, one row per account and symbol. A statement, not a history: positions have that.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { amount, computed } from "./amounts.ts";

/** The holdings. */
export const holdings = defineTable(
  "holdings",
  {
    /** The user. */
    userId: c.text(),
    /** The account; default the empty text, for sources with one account. */
    account: c.text().default(""),
    /** What is held. */
    symbol: c.text(),
    /** Units held; negative when they are owed. */
    quantity: amount(),
    /** Price of one unit, on average, when they were bought. */
    averagePrice: computed().nullable(),
    /** Price of one unit now. */
    currentPrice: computed().nullable(),
    /** What they cost. */
    costBasis: computed().nullable(),
    /** What they are worth now. */
    marketValue: computed().nullable(),
    /** Profit so far, as the source states it. */
    pnl: computed().nullable(),
    /** The same in percent. */
    pnlPercent: computed().nullable(),
    /** The exchange, `NSE`. */
    exchange: c.text().nullable(),
    /** The product, `CNC`. */
    product: c.text().nullable(),
    /** The security's international number. */
    isin: c.text().nullable(),
    /** What else the source said. */
    attributes: c.json().nullable(),
    /** When the source last changed it; decides which of two is newer. */
    updatedAt: c.instant().nullable(),
    /** Grows with each update here; not part of the content. */
    revision: c.int().assigned().default(1),
  },
  { primaryKey: ["userId", "account", "symbol"], newerBy: "updatedAt" },
);

/** A holding as read. */
export interface HoldingRow extends RowOf<typeof holdings> {}

/** A holding as given. */
export interface HoldingInput extends InputOf<typeof holdings> {}
