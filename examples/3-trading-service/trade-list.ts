// One line per trade: trades_history.csv (or trade_history.csv), and the JSON list of the same lines.
import type { FillInput, OrderInput } from "@td/storage";
import { requiredText } from "@td/migrate";
import { z } from "zod";
import { kept } from "./attributes.ts";
import { time } from "./indian-time.ts";
import { rupees, rupeesIfAny, shares } from "./rupees.ts";
import { baseSymbol } from "./symbols.ts";

const SOURCE = "import:trades_history_lines";

/** The line. A time that is missing is not invented: the old importer took the time of the import. */
export const tradeLine = z.object({
  timestamp: time(),
  ticker: requiredText("missing-symbol"),
  side: z.string().refine((side) => /^(buy|sell)$/i.test(side), { error: "unknown-side" }),
  quantity: shares().refine((quantity) => quantity !== "0", { error: "size-not-positive" }),
  price: rupees(),
  order_id: z.string().nullish(),
  verdict: z.string().nullish(),
  combined_score: rupeesIfAny(),
});

type TradeLine = z.infer<typeof tradeLine>;

/** The columns of the CSV. */
export const LINE_COLUMNS = ["timestamp", "ticker", "side", "quantity", "price", "order_id", "verdict", "combined_score"];

/** The order: it was filled, for a line is only written then. */
export function lineOrder(line: TradeLine): OrderInput {
  return {
    id: lineId(line),
    symbol: baseSymbol(line.ticker),
    side: sideOf(line),
    orderType: "market",
    quantity: line.quantity,
    status: "closed",
    filledQuantity: line.quantity,
    averagePrice: line.price,
    placedAt: line.timestamp,
    filledAt: line.timestamp,
    closedAt: line.timestamp,
    brokerOrderId: given(line.order_id),
    mode: "broker",
    attributes: kept({ verdict: given(line.verdict), combinedScore: line.combined_score }),
    source: SOURCE,
  };
}

/** The fill: the same as that of trades_history.json for the same order, so that the second of two files finds it known already. */
export function lineFill(line: TradeLine): FillInput {
  const id = lineId(line);
  const { quantity, price, timestamp: executedAt } = line;
  return { id, orderId: id, symbol: baseSymbol(line.ticker), side: sideOf(line), quantity, price, executedAt, source: SOURCE };
}

/** The broker's id, else what was traded, and when. */
function lineId(line: TradeLine): string {
  return given(line.order_id) ?? [baseSymbol(line.ticker), sideOf(line), line.timestamp, line.quantity, line.price].join(":");
}

function sideOf({ side }: TradeLine): "buy" | "sell" {
  return side.toLowerCase() === "buy" ? "buy" : "sell";
}

function given(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === "" ? null : text;
}
