// The entries of `orders` as trades, and back. Why each rule is as it is: docs/why/arena-trades.md.
import { decimalText, requiredText } from "@td/migrate";
import { z } from "zod";
import type { TradeFact } from "./facts.ts";
import { instantOf, msOf, msText } from "./times.ts";
import { leftOver } from "./left-over.ts";

const side = z.enum(["LONG", "SHORT"], { error: "unknown-side" });

/** An entry of `orders`: today's shape, and the older one with `action`, `side` and `price`. */
export const orderSchema = z
  .looseObject({
    id: requiredText("missing-id"),
    symbol: requiredText("missing-symbol"),
    type: side.optional(),
    action: side.optional(),
    side: z.enum(["entry", "exit"]).optional(),
    size: decimalText({ positive: "size-not-positive" }),
    leverage: decimalText({ positive: true }).default("1"),
    pnl: decimalText(),
    fee: decimalText().default("0"),
    timestamp: msText(),
    entryPrice: decimalText({ notNegative: true }).optional(),
    price: decimalText({ notNegative: true }).optional(),
    exitPrice: decimalText({ notNegative: true }).nullish(),
    positionId: z.string().optional(),
  })
  .refine(({ type, action }) => (type ?? action) !== undefined, { error: "unknown-side", path: ["type"] })
  .refine(({ entryPrice, price }) => (entryPrice ?? price) !== undefined, { error: "missing-value", path: ["entryPrice"] });

/** An entry, checked. */
export type Order = z.infer<typeof orderSchema>;

const KNOWN = ["id", "symbol", "type", "action", "side", "size", "leverage", "pnl", "fee", "timestamp", "entryPrice", "price", "exitPrice"];

/** Whether an id is a trade number of an exchange: such rows are fills, and mean other things by the same names. */
function isExchangeId(id: string): boolean {
  return /^\d+$/.test(id);
}

/** The trade of an entry. */
export function tradeOf(order: Order): TradeFact {
  const { id, symbol, size, leverage, pnl, fee, timestamp, positionId } = order;
  const attributes = leftOver(order, [...KNOWN, "positionId"]);
  const facts = { kind: "trade", id, symbol, size, leverage, pnl, fee, executedAt: instantOf(timestamp), attributes } as const;
  return isExchangeId(id)
    ? { ...facts, ...exchangeSide(order), positionId: null, mode: "broker" }
    : { ...facts, ...paperSide(order), positionId: positionId ?? null, mode: "paper" };
}

type SideOfTrade = Pick<TradeFact, "tradeType" | "action" | "entryPrice" | "exitPrice">;

/** On paper an entry has no exit price, or 0. The older shape has one price and says which it is. */
function paperSide({ type, action, side: part, entryPrice, price, exitPrice }: Order): SideOfTrade {
  const tradeType = type ?? action ?? "LONG";
  const exit = exitPrice ?? (part === "exit" ? price : undefined) ?? "0";
  const entry = entryPrice ?? price ?? "0";
  return exit === "0"
    ? { tradeType, action: "OPEN", entryPrice: entry, exitPrice: null }
    : { tradeType, action: "CLOSE", entryPrice: entry, exitPrice: exit };
}

/** At an exchange LONG means bought and SHORT sold, and both prices are the fill's: only a booked profit tells that something was closed. */
function exchangeSide({ type, action, entryPrice, price, pnl }: Order): SideOfTrade {
  const bought = (type ?? action) === "LONG";
  const at = entryPrice ?? price ?? "0";
  return pnl === "0"
    ? { tradeType: bought ? "LONG" : "SHORT", action: "OPEN", entryPrice: at, exitPrice: null }
    : { tradeType: bought ? "SHORT" : "LONG", action: "CLOSE", entryPrice: at, exitPrice: at };
}

/** Fields of an order that are numbers in the blob. */
export const ORDER_NUMBERS = ["size", "leverage", "pnl", "fee", "timestamp", "entryPrice", "exitPrice"];

/** The entry of a trade, as the arena writes it today; numbers are text. */
export function orderOf({ id, symbol, mode, tradeType, action, ...trade }: TradeFact): Readonly<Record<string, unknown>> {
  const { size, leverage, pnl, fee, executedAt, entryPrice, exitPrice, positionId, attributes } = trade;
  const real = mode === "broker";
  const type = real && action === "CLOSE" ? (tradeType === "LONG" ? "SHORT" : "LONG") : tradeType;
  return {
    id,
    symbol,
    type,
    size,
    leverage,
    pnl,
    fee,
    timestamp: msOf(executedAt),
    entryPrice,
    exitPrice: exitPrice ?? (real ? entryPrice : "0"),
    ...(positionId !== null && { positionId }),
    ...attributes,
  };
}

/** The key of an entry among its bot's, which is also the id of its row: exchanges count per account and market, so bot and market are part of it. */
export function orderKey(botId: string, order: Readonly<Record<string, unknown>>): string {
  const id = typeof order["id"] === "string" && order["id"] !== "" ? order["id"] : "(no id)";
  return isExchangeId(id) ? `${botId}/${String(order["symbol"])}/${id}` : id;
}
