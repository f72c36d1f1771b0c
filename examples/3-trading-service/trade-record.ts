// A record of `trades` in trades_history.json. In spite of the name it is a position: bought once, added to, sold once.
import { z } from "zod";
import { brokerAnswer, brokerId } from "./broker-answer.ts";
import { timeIfAny, time } from "./indian-time.ts";
import { rupees, rupeesIfAny, shares } from "./rupees.ts";
import { firstSymbol } from "./symbols.ts";

const name = z.string().nullish();

const reentry = z.looseObject({ qty: shares(), price: rupees(), time: time() });

/** The record. Older rows have only `ticker`. */
export const tradeRecord = z
  .looseObject({
    symbol: name,
    ticker: name,
    placed_symbol: name,
    status: z.enum(["open", "closed"]),
    qty: shares(),
    entry_price: rupeesIfAny(),
    entry_time: timeIfAny(),
    exit_price: rupeesIfAny(),
    exit_time: timeIfAny(),
    exit_reason: z.string().nullish(),
    pnl: rupeesIfAny(),
    pnl_pct: rupeesIfAny(),
    entry_type: z.enum(["initial", "reentry", "manual", "system_recommended", "manual_buy_of_bot_recommendation"]).nullish(),
    order_id: z.string().nullish(),
    order_response: brokerAnswer,
    sell_order_id: z.string().nullish(),
    sell_order_response: brokerAnswer,
    reentries: z.array(reentry).nullish(),
  })
  .refine((record) => firstSymbol(record.symbol, record.ticker, record.placed_symbol) !== null, { error: "missing-symbol" });

/** The record as read. */
export type TradeRecord = z.infer<typeof tradeRecord>;

/** Its base symbol. */
export function symbolOf(record: Pick<TradeRecord, "symbol" | "ticker" | "placed_symbol">): string {
  return firstSymbol(record.symbol, record.ticker, record.placed_symbol) ?? "";
}

/** A position's id: what was bought, and when. No file gives it one. */
export function positionId(symbol: string, opened: string | null): string {
  return `${symbol}@${opened ?? "unknown"}`;
}

/** The id of the position that a record is. */
export function positionOf(record: TradeRecord): string {
  return positionId(symbolOf(record), record.entry_time);
}

/** The id of the order that opened it: the broker's, else one made of the position. */
export function buyOrderId(record: TradeRecord): string {
  return brokerId(record.order_response) ?? notEmpty(record.order_id) ?? `${positionOf(record)}:buy`;
}

/** The id of the order that closed it. */
export function sellOrderId(record: TradeRecord): string {
  return notEmpty(record.sell_order_id) ?? brokerId(record.sell_order_response) ?? `${positionOf(record)}:sell`;
}

/** The id of an order that added to it. It does not name the position: rows of one symbol list the same addition, which is one order. */
export function reentryOrderId(symbol: string, { time: at, qty, price }: NonNullable<TradeRecord["reentries"]>[number]): string {
  return `${symbol}:reentry:${at}:${qty}:${price}`;
}

/** The shares of the first buy: the row carries the total, the additions are listed. Throws when they come to more. */
export function firstQuantity(record: TradeRecord): string {
  const added = (record.reentries ?? []).reduce((sum, { qty }) => sum + BigInt(qty), 0n);
  const first = BigInt(record.qty) - added;
  if (first < 0n) throw new Error(`the additions come to ${added} shares, more than the row's ${record.qty}`);
  return String(first);
}

function notEmpty(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === "" ? null : text;
}
