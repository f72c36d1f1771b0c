// The old files as imports of @td/migrate: what each record must be, and the row that it becomes.
import { csvFile, decimalText, defineImport, instantText, jsonLines, requiredText } from "@td/migrate";
import { botStateSnapshots, fills } from "@td/storage";
import { z } from "zod";

/** The bot whose snapshots are the user's equity curve. */
export const DESK = "desk";

/** The name of the import of the trade log; the migration's gate asks for its rejects. */
export const TRADE_LOG = "trade-log";

const tradeRecord = z.object({
  order_id: requiredText("missing-id"),
  symbol: requiredText("missing-symbol"),
  side: z.enum(["buy", "sell"], { error: "unknown-side" }),
  size: decimalText({ positive: "size-not-positive" }),
  price: decimalText({ notNegative: true }),
  total_fees_usd: decimalText().nullish(),
  order_time: instantText(),
  /** What the bot thought it had gained: kept, never computed with. */
  pnl_usd: z.unknown().optional(),
});

/** The bot's trade log: the fills that the ledger is computed from. */
export function tradeLogImport(path: string) {
  return defineImport({
    name: TRADE_LOG,
    source: jsonLines(path),
    schema: tradeRecord,
    into: fills,
    map: ({ order_id, symbol, side, size, price, total_fees_usd, order_time, pnl_usd }) => ({
      id: order_id,
      symbol,
      side,
      quantity: size,
      price,
      fee: total_fees_usd ?? "0",
      executedAt: order_time,
      source: "import:trade-log",
      attributes: pnl_usd === undefined ? null : { pnl_usd },
    }),
  });
}

/** The CSV of daily values: the points of the equity curve. */
export function equityImport(path: string) {
  return defineImport({
    name: "equity",
    source: csvFile(path),
    schema: z.object({ date: instantText(), total_value: decimalText() }),
    into: botStateSnapshots,
    map: ({ date, total_value }) => ({ botId: DESK, at: date, totalValue: total_value, source: "import:equity" }),
  });
}
