// The files that the old bot left: its own log with what such logs have wrong, the exchange's list of fills, a CSV of values, and the price alerts.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CLOSED_MARKET, oldBook, type OldOrder } from "./old-book.ts";
import type { Places } from "./places.ts";
import { seededRandom } from "./random.ts";
import { unitsOf, unitsText } from "./units.ts";

/** Writes a user's old files, once: a host that has real ones leaves this out. */
export function writeOldFiles(places: Places, user: string, until: Date): void {
  if (existsSync(places.tradeLog(user))) return;
  const { orders, equity } = oldBook(user, until, seededRandom(user));
  mkdirSync(dirname(places.tradeLog(user)), { recursive: true, mode: 0o700 });
  const write = (path: string, text: string): void => writeFileSync(path, text, { mode: 0o600 });
  write(places.exchange(user), orders.flatMap(exchangeFills).join(""));
  write(places.equity(user), `date,total_value\n${equity.map(({ at, value }) => `${at},${value}\n`).join("")}`);
  write(places.alerts(user), JSON.stringify({ updated: until.toISOString(), alerts: ALERTS }, null, 2) + "\n");
  // Last, as the others are only written when it is missing.
  write(places.tradeLog(user), damaged(orders.filter(({ id }) => id !== lostBuy(orders))).join("\n") + "\n");
}

/** The buy that the bot never heard of: the exchange has it. */
function lostBuy(orders: readonly OldOrder[]): string | undefined {
  return orders.find(({ symbol, side }) => symbol === CLOSED_MARKET && side === "buy")?.id;
}

const ALERTS = [
  { id: "btc-high", symbol: "BTC-USD", direction: "above", price: 72_500.0, note: "take some off" },
  { id: "eth-low", symbol: "ETH-USD", direction: "below", price: 2_850.5, note: "" },
  { id: "sol-low", symbol: "SOL-USD", direction: "below", price: 119.9, note: "buy back" },
];

/** A line of the log: numbers as JSON numbers, and a profit that was never right. */
function line({ id, symbol, side, size, price, fee, at }: OldOrder): string {
  const pnl = side === "sell" ? `,"pnl_usd":${fee.replace(/^\d+/, "7")}` : "";
  return `{"order_id":"${id}","symbol":"${symbol}","side":"${side}","size":${size},"price":${price},"total_fees_usd":${fee},"order_time":"${at}"${pnl}}`;
}

/** The log with the faults that logs have: repeated, contradicting, cut off, without a zone, below nothing, not a number. */
function damaged(orders: readonly OldOrder[]): readonly string[] {
  const lines = orders.map(line);
  const pick = (share: number): string => lines[Math.floor(lines.length * share)] ?? "";
  const faults: readonly (readonly [share: number, text: string])[] = [
    [0.15, pick(0.14)],
    [0.3, pick(0.29).replace(/"price":\d+/, '"price":1')],
    [0.45, pick(0.44).slice(0, 61)],
    [0.6, renamed(pick(0.59), "zone").replace(/\.\d+Z/, "")],
    [0.75, renamed(pick(0.74), "below").replace('"size":', '"size":-')],
    [0.9, renamed(pick(0.89), "nan").replace(/"price":[\d.]+/, '"price":"NaN"')],
  ];
  return lines.flatMap((text, at) => [
    text,
    ...faults.filter(([share]) => Math.floor(lines.length * share) === at).map(([, fault]) => fault),
  ]);
}

const renamed = (text: string, ending: string): string => text.replace(/"order_id":"([^"]+)"/, `"order_id":"$1-${ending}"`);

/** The exchange executed every third order in two parts. */
function exchangeFills(order: OldOrder, index: number): readonly string[] {
  const { id, symbol, side, size, price, fee, at } = order;
  const fill = (part: number, units: string, commission: string): string =>
    JSON.stringify({ trade_id: `${id}/${part}`, order_id: id, product_id: symbol, side, size: units, price, commission, trade_time: at }) +
    "\n";
  const units = unitsOf(size, 6);
  if (index % 3 !== 0 || units < 2n) return [fill(1, size, fee)];
  return [fill(1, unitsText(units / 2n, 6), "0"), fill(2, unitsText(units - units / 2n, 6), fee)];
}
