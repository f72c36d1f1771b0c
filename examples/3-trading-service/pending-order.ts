// A pending order: a record of pending_orders.json, a row of `orders`, and what both mean.
import type { OrderInput, OrderRow } from "@td/storage";
import { z } from "zod";
import { kept } from "./attributes.ts";
import { indianText, time, timeIfAny } from "./indian-time.ts";
import { statusOf, wordOf, type Status } from "./order-status.ts";
import { priceIfAny, shares, sharesIfAny } from "./rupees.ts";
import { firstSymbol } from "./symbols.ts";

/** An order that waits at the broker: amounts as exact text, times as UTC instants. */
export interface PendingOrder {
  readonly orderId: string;
  /** Base symbol. */
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly quantity: string;
  readonly orderType: "market" | "limit";
  readonly variety: "amo" | "regular" | null;
  /** Limit price; null at the market's. */
  readonly price: string | null;
  readonly status: Status;
  /** The broker's own word for it. */
  readonly statusWord: string;
  readonly placedAt: string;
  readonly lastCheckedAt: string | null;
  readonly executedQuantity: string;
  readonly executionPrice: string | null;
  readonly reason: string | null;
  /** All other fields of the record. */
  readonly others: Readonly<Record<string, unknown>> | null;
}

const name = z.string().nullish();

/** The record: as the application writes it (`order_id`, `qty`, no side), or as the importer's test has it (`side`, `quantity`, no id). */
export const pendingRecord = z
  .looseObject({
    order_id: name,
    symbol: name,
    ticker: name,
    side: z.string().nullish(),
    qty: shares().nullish(),
    quantity: shares().nullish(),
    order_type: z.string().nullish(),
    variety: name,
    price: priceIfAny(),
    status: z.string(),
    placed_at: time(),
    last_status_check: timeIfAny(),
    rejection_reason: name,
    executed_qty: sharesIfAny(),
    execution_price: priceIfAny(),
  })
  .refine(({ symbol, ticker }) => firstSymbol(symbol, ticker) !== null, { error: "missing-symbol" })
  .refine(({ qty, quantity }) => (qty ?? quantity) !== undefined && (qty ?? quantity) !== null, { error: "missing-value", path: ["qty"] })
  .refine(({ side }) => isSide(side), { error: "unknown-side", path: ["side"] });

/** The order that a record is. Throws for a status that is not known. */
export function pendingOf(record: z.infer<typeof pendingRecord>): PendingOrder {
  const { order_id, symbol, ticker, side, qty, quantity, order_type, variety, price, status, placed_at, ...rest } = record;
  const { last_status_check, rejection_reason, executed_qty, execution_price, ...others } = rest;
  const base = firstSymbol(symbol, ticker) ?? "";
  const amount = qty ?? quantity ?? "0";
  return {
    orderId: order_id ?? madeId(base, side ?? "buy", placed_at, amount, price),
    symbol: base,
    side: side?.toLowerCase() === "sell" ? "sell" : "buy",
    quantity: amount,
    // Without a price there is nothing to limit by, whatever the type says.
    orderType: price === null || order_type?.toUpperCase() === "MARKET" ? "market" : "limit",
    variety: varietyOf(variety, status),
    price,
    status: statusOf(status),
    statusWord: status,
    placedAt: placed_at,
    lastCheckedAt: last_status_check,
    executedQuantity: executed_qty,
    executionPrice: execution_price,
    reason: rejection_reason ?? null,
    others: kept({ placed_symbol: symbol === base ? null : symbol, ticker, ...others }),
  };
}

/** The key of a record as it lies in the file. */
export function pendingKey(record: Readonly<Record<string, unknown>>): string {
  return pendingOf(pendingRecord.parse(record)).orderId;
}

/** The record to write: the application's own form. Read again, it is the same order. */
export function pendingToRecord(order: PendingOrder): Readonly<Record<string, unknown>> {
  const { placed_symbol, ...others } = order.others ?? {};
  return {
    order_id: order.orderId,
    symbol: placed_symbol ?? order.symbol,
    ...(order.side === "sell" && { side: "sell" }),
    qty: order.quantity,
    order_type: order.orderType.toUpperCase(),
    ...(order.variety !== null && { variety: order.variety.toUpperCase() }),
    price: order.price ?? "0.0",
    placed_at: indianText(order.placedAt),
    last_status_check: order.lastCheckedAt === null ? null : indianText(order.lastCheckedAt),
    status: order.statusWord,
    rejection_reason: order.reason,
    executed_qty: order.executedQuantity,
    ...(order.executionPrice !== null && { execution_price: order.executionPrice }),
    ...others,
  };
}

/** Fields of the record that are JSON numbers. */
export const PENDING_NUMBERS = ["qty", "price", "executed_qty", "execution_price", "check_count"];

/** The source of the rows that pending orders are. */
export const PENDING_SOURCE = "import:pending_orders";

/** The row. */
export function pendingRow(order: PendingOrder): OrderInput {
  return {
    id: order.orderId,
    brokerOrderId: order.orderId,
    symbol: order.symbol,
    side: order.side,
    orderType: order.orderType,
    quantity: order.quantity,
    price: order.price,
    status: order.status,
    sourceStatus: order.statusWord,
    variety: order.variety,
    filledQuantity: order.executedQuantity,
    averagePrice: order.executionPrice,
    placedAt: order.placedAt,
    lastCheckedAt: order.lastCheckedAt,
    reason: order.reason,
    mode: "broker",
    attributes: order.others,
    source: PENDING_SOURCE,
  };
}

/** The order that a row is. */
export function pendingOfRow(row: OrderRow): PendingOrder {
  return {
    orderId: row.id,
    symbol: row.symbol,
    side: row.side,
    quantity: row.quantity.toFixed(),
    orderType: row.orderType === "limit" ? "limit" : "market",
    variety: row.variety,
    price: row.price?.toFixed() ?? null,
    status: row.status,
    statusWord: row.sourceStatus ?? wordOf(row.status),
    placedAt: row.placedAt,
    lastCheckedAt: row.lastCheckedAt,
    executedQuantity: row.filledQuantity.toFixed(),
    executionPrice: row.averagePrice?.toFixed() ?? null,
    reason: row.reason,
    others: row.attributes as PendingOrder["others"],
  };
}

function varietyOf(variety: string | null | undefined, status: string): PendingOrder["variety"] {
  if (variety?.toUpperCase() === "AMO" || status.toLowerCase() === "amo") return "amo";
  return variety?.toUpperCase() === "REGULAR" ? "regular" : null;
}

function isSide(side: string | null | undefined): boolean {
  return side === null || side === undefined || /^(buy|sell)$/i.test(side);
}

/** The importer's form has no ids: what was asked for, and when, is one. */
function madeId(symbol: string, side: string, placedAt: string, quantity: string, price: string | null): string {
  return `${symbol}:${side.toLowerCase()}:${placedAt}:${quantity}:${price ?? "market"}`;
}
