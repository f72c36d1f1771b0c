// A small arena document in its legacy shape: bots with orders, logs and positions, digits that a JavaScript number would lose, odd spaces.
import { createHash } from "node:crypto";

/** How many orders, log entries and open positions the document has. */
export interface ArenaTruth {
  readonly text: string;
  /** The same without orders and logs. */
  readonly slim: string;
  readonly sha256: string;
  readonly orders: number;
  readonly logs: number;
}

/** The document. `bots` bots with `orders` orders each. */
export function arenaBlob(bots = 3, orders = 4): ArenaTruth {
  const order = (bot: number, at: number): string =>
    `{"id":"order_17624${bot}${at}_zz9","symbol":"BTCUSDT","type":"LONG","size":500.10,"leverage":3,"pnl":-15,"fee":15.000,"timestamp":1762400000000,"entryPrice":100000.1,"exitPrice":0}`;
  const log = (at: number): string =>
    `{"timestamp":${1762400000001 + at},"decisions":[{"action":"HOLD","reasoning":"a \\"quoted\\" ] } reason"}],"prompt":"p","notes":[]}`;
  const bot = (at: number, slim: boolean): string =>
    `{"id":"bot_${at}","userId":"0000000000000000000000000000000${at}", ` +
    (slim ? "" : `"orders":[${Array.from({ length: orders }, (_, one) => order(at, one)).join(",")}],`) +
    `"portfolio":{"balance":9500.10,"pnl":1.50,"totalValue":10001.500000000000001,"positions":[]},` +
    (slim ? "" : `"botLogs" : [${log(at)}, ${log(at + 1)}],`) +
    `"realizedPnl":12345678901234567.89,"isPaused":0,"symbolCooldowns":{"ETHUSDT":1762401800000}}`;
  const document = (slim: boolean): string =>
    `{"bots":[${Array.from({ length: bots }, (_, at) => bot(at, slim)).join(",\n")}],"marketData":[{"symbol":"BTCUSDT","price":1e5}]}`;
  const text = document(false);
  return { text, slim: document(true), sha256: createHash("sha256").update(text).digest("hex"), orders: bots * orders, logs: bots * 2 };
}
