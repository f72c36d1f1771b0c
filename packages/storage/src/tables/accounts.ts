// A user's accounts with brokers and exchanges, and the money that each was last said to hold.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { computed } from "./amounts.ts";

/** The accounts. The `account` column of fills, orders, positions and holdings names one; the empty text is a source's only account. */
export const accounts = defineTable(
  "accounts",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user. */
    id: c.text(),
    /** The broker or exchange. */
    broker: c.text(),
    /** Whether it trades on paper or with money. */
    mode: c.oneOf("paper", "broker"),
    /** What the user calls it; null for nothing. */
    label: c.text().nullable(),
    /** Currency of the amounts, `USD`; null when not known. */
    currency: c.text().nullable(),
    /** The credential that opens it, an id of `me.credentials`; null for none. */
    credentialId: c.text().nullable(),
    /** Money it began with. */
    initialCapital: computed().nullable(),
    /** Money free to trade. */
    availableCash: computed().nullable(),
    /** Money held as margin. */
    marginUsed: computed().nullable(),
    /** Profit of closed trades, as the source states it. */
    realizedPnl: computed().nullable(),
    /** Profit of open positions, as the source states it. */
    unrealizedPnl: computed().nullable(),
    /** All profit, as the source states it: need not be the sum of the other two. */
    totalPnl: computed().nullable(),
    /** What else the source said. */
    attributes: c.json().nullable(),
    /** When it was opened; null when not known. */
    createdAt: c.instant().nullable(),
    /** When the source last changed it; decides which of two is newer. */
    updatedAt: c.instant().nullable(),
    /** Grows with each update here; not part of the content. */
    revision: c.int().assigned().default(1),
  },
  { primaryKey: ["userId", "id"], newerBy: "updatedAt", clustered: false },
);

/** An account as read. */
export interface AccountRow extends RowOf<typeof accounts> {}

/** An account as given. */
export interface AccountInput extends InputOf<typeof accounts> {}
