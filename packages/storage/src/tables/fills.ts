// The fills: every trade of a user as it happened. Nothing in td ever recomputes or rounds one.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";

/** The table of fills. One row per order or per fill of an order, as the source gives them. */
export const fills = defineTable(
  "fills",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user: the broker's id of the fill, or of the order where a row is a whole order (docs/why/fill-identity.md). */
    id: c.text(),
    /** The account; default the empty text, for sources with one account. */
    account: c.text().default(""),
    /** The order this fill belongs to, an id of `orders` where that is known; null when the row is a whole order. */
    orderId: c.text().nullable(),
    /** The market, `BASE-QUOTE`. */
    symbol: c.text(),
    /** What was done. */
    side: c.oneOf("buy", "sell"),
    /** Amount of the base asset; more than 0. */
    quantity: c.decimal(38, 18),
    /** Price of one unit in the quote asset; 0 or more. */
    price: c.decimal(38, 18),
    /** Value of the whole fill in the quote asset; when given it stands for price x quantity. Wide enough for the sum of any such products. */
    gross: c.decimal(76, 36).nullable(),
    /** Fee of the whole fill in `feeCurrency`; negative for a rebate; default 0. */
    fee: c.decimal(38, 18).default("0"),
    /** Asset of the fee; null means the quote asset. */
    feeCurrency: c.text().nullable(),
    /** Value of the fee in the quote asset, needed when it was paid in a third one. */
    feeInQuote: c.decimal(38, 18).nullable(),
    /** When it happened. */
    executedAt: c.instant(),
    /** Place among fills of the same instant, when the source knows it. */
    sequence: c.int().nullable(),
    /** Where the row came from (`import:NAME`, `exchange-backfill`); not part of its content. */
    source: c.text().assigned(),
    /** What else the source said; kept, never computed with. */
    attributes: c.json().nullable(),
    /** Order of arrival and change within the user. */
    ingestSeq: c.sequence(),
  },
  {
    primaryKey: ["userId", "id"],
    // Order ids are random: in their order every insert would move wide rows about, a half more work at 200,000 rows and growing.
    clustered: false,
    indexes: {
      by_time: ["userId", "executedAt", "id"],
      by_symbol_time: ["userId", "symbol", "executedAt", "id"],
      by_order: ["userId", "orderId"],
      by_symbol_ingest: ["userId", "symbol", "ingestSeq"],
    },
    checks: {
      quantity_positive: { column: "quantity", is: ">", value: "0" },
      price_not_negative: { column: "price", is: ">=", value: "0" },
    },
  },
);

/** A fill as read. */
export interface FillRow extends RowOf<typeof fills> {}

/** A fill as given. */
export interface FillInput extends InputOf<typeof fills> {}
