// The exchange's own list of fills, several per order: kept in a table of this host, beside td's.
import { decimalText, defineImport, instantText, jsonLines, requiredText } from "@td/migrate";
import { c, defineTable, type InputOf } from "@td/storage";
import { z } from "zod";
import { withoutNulls } from "./trade-records.ts";

/** What the exchange says was executed. */
export const exchangeFills = defineTable(
  "exchange_fills",
  {
    userId: c.text(),
    /** The exchange's id of the fill. */
    fillId: c.text(),
    orderId: c.text(),
    symbol: c.text(),
    side: c.oneOf("buy", "sell"),
    /** Units of the base asset. */
    quantity: c.decimal(38, 18),
    /** Quote currency per unit. */
    price: c.decimal(38, 18),
    /** In quote currency; negative for a rebate. */
    fee: c.decimal(38, 18),
    executedAt: c.instant(),
    /** All else that the exchange said. */
    attributes: c.json().nullable(),
  },
  {
    primaryKey: ["userId", "fillId"],
    indexes: { by_symbol: ["userId", "symbol", "executedAt", "fillId"], by_time: ["userId", "executedAt", "fillId"] },
  },
);

function exchangeFill(latest: string) {
  return z.looseObject({
    trade_id: requiredText("missing-id"),
    order_id: requiredText("missing-id"),
    product_id: requiredText("missing-symbol"),
    side: z.enum(["BUY", "SELL", "buy", "sell"], { error: "unknown-side" }),
    size: decimalText({ positive: "size-not-positive" }),
    price: decimalText({ notNegative: true }),
    commission: decimalText().nullish(),
    trade_time: instantText({ notAfter: latest }),
    /** A size in quote currency would be a different number: refused rather than guessed. */
    size_in_quote: z.literal([false, "false", null], { error: "the size is in quote currency" }).optional(),
  });
}

type ExchangeFill = z.infer<ReturnType<typeof exchangeFill>>;

/** The import of the exchange's fills. `latest` is the last instant that is believed; later ones are rejected. */
export function exchangeFillsImport(path: string, latest: string) {
  return defineImport({ name: "exchange-fills", source: jsonLines(path), schema: exchangeFill(latest), into: exchangeFills, map: rowOf });
}

function rowOf(record: ExchangeFill): InputOf<typeof exchangeFills> {
  const { trade_id, order_id, product_id, side, size, price, commission, trade_time, user_id: _personal, ...others } = record;
  return {
    fillId: trade_id,
    orderId: order_id,
    symbol: product_id,
    side: side === "buy" || side === "BUY" ? "buy" : "sell",
    quantity: size,
    price,
    fee: commission ?? "0",
    executedAt: trade_time,
    attributes: withoutNulls(others),
  };
}
