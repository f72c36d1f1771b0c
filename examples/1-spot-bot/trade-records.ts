// The bot's old table `trade_records`: one row per order, as JSON Lines or CSV -> fills.
//
// Facts are taken (who, what, how much, at what price, for what fee, when). What the old system derived from them, wrongly, is kept
// as attributes and never computed with: parents, PnL, cost, proceeds, remaining size.
import { csvFile, decimalText, defineImport, instantText, jsonLines, requiredText } from "@td/migrate";
import { fills, type FillInput } from "@td/storage";
import { z } from "zod";

const kept = z.unknown().optional();

/** An order that was only placed is no trade yet; a cancelled one with a size was filled in part. */
const traded = z
  .string()
  .refine((status) => !/^(placed|open|pending|queued|failed|rejected)$/i.test(status), { error: "the order was not filled" })
  .nullish();

function tradeRecord(latest: string) {
  return z.object({
    order_id: requiredText("missing-id"),
    symbol: requiredText("missing-symbol"),
    side: z.enum(["buy", "sell", "BUY", "SELL"], { error: "unknown-side" }),
    size: decimalText({ positive: "size-not-positive" }),
    price: decimalText({ notNegative: true }),
    order_time: instantText({ notAfter: latest }),
    /** Fee of the whole order; the old table means 0 by NULL. */
    total_fees_usd: decimalText().nullish(),
    status: traded,
    order_type: kept,
    source: kept,
    trigger: kept,
    ingest_via: kept,
    last_reconciled_at: kept,
    last_reconciled_via: kept,
    parent_id: kept,
    parent_ids: kept,
    pnl_usd: kept,
    cost_basis_usd: kept,
    sale_proceeds_usd: kept,
    net_sale_proceeds_usd: kept,
    realized_profit: kept,
    remaining_size: kept,
  });
}

type TradeRecord = z.infer<ReturnType<typeof tradeRecord>>;

/** The import of a bot's trade log. `latest` is the last instant that is believed (text with an offset); later ones are rejected. */
export function tradeRecordsImport(path: string, kind: "trade-records-jsonl" | "trade-records-csv", latest: string) {
  return defineImport({
    name: "trade-records",
    source: kind === "trade-records-csv" ? csvFile(path) : jsonLines(path),
    schema: tradeRecord(latest),
    into: fills,
    map: fillOf,
  });
}

function fillOf(record: TradeRecord): FillInput {
  const { order_id, symbol, side, size, price, order_time, total_fees_usd, ...others } = record;
  const fee = total_fees_usd ?? "0";
  if (fee !== "0" && !inDollars(symbol))
    throw new Error(`the fee is in USD but ${symbol} is not quoted in it: its value in the quote currency is unknown`);
  return {
    id: order_id,
    symbol,
    side: side === "buy" || side === "BUY" ? "buy" : "sell",
    quantity: size,
    price,
    fee,
    executedAt: order_time,
    source: "import:trade-records",
    attributes: withoutNulls(others),
  };
}

/** Whether the quote currency is the dollar or a coin that the old table counted as one. */
function inDollars(symbol: string): boolean {
  return /[-/](USD|USDC|USDT)$/.test(symbol);
}

/** JSON says null where CSV has nothing: the same row has the same attributes in both. */
export function withoutNulls(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  const present: Record<string, unknown> = {};
  let any = false;
  for (const name in record) {
    const value = record[name];
    if (value === null || value === undefined) continue;
    present[name] = value;
    any = true;
  }
  return any ? present : null;
}
