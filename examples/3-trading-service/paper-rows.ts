// The files of one paper account as rows: orders, fills, what is held, the account and its settings.
import type { AccountInput, FillInput, HoldingInput, OrderInput, PositionInput } from "@td/storage";
import { requiredText } from "@td/migrate";
import { z } from "zod";
import { kept } from "./attributes.ts";
import { time, timeIfAny, timeOrWords } from "./indian-time.ts";
import { statusOf } from "./order-status.ts";
import { priceIfAny, rupees, rupeesIfAny, shares, sharesIfAny } from "./rupees.ts";
import { baseSymbol } from "./symbols.ts";

const side = z.enum(["BUY", "SELL"], { error: "unknown-side" });
const name = z.string().nullish();

/** A record of orders.json. */
export const paperOrder = z.looseObject({
  order_id: requiredText("missing-id"),
  symbol: requiredText("missing-symbol"),
  quantity: shares(),
  order_type: z.enum(["MARKET", "LIMIT", "SL", "SL-M"]),
  transaction_type: side,
  price: priceIfAny(),
  product_type: name,
  variety: z.enum(["REGULAR", "AMO"]).nullish(),
  exchange: name,
  status: z.string(),
  created_at: time(),
  placed_at: timeIfAny(),
  executed_at: timeOrWords(),
  cancelled_at: timeOrWords(),
  executed_price: priceIfAny(),
  executed_quantity: sharesIfAny(),
  remarks: name,
  last_updated: timeIfAny(),
});

/** An order's id: the old counter began anew with its process and gave numbers twice, so the time is part of it. */
function paperOrderId(orderId: string, createdAt: string): string {
  return `${orderId}@${createdAt}`;
}

/** The order. */
export function paperOrderRow(record: z.infer<typeof paperOrder>): OrderInput {
  const { order_id, symbol, quantity, order_type, transaction_type, price, product_type, variety, exchange, ...rest } = record;
  const { status, created_at, placed_at, executed_at, cancelled_at, executed_price, executed_quantity, remarks, last_updated, ...others } =
    rest;
  const isStop = order_type.startsWith("SL");
  return {
    id: paperOrderId(order_id, created_at),
    brokerOrderId: order_id,
    symbol: baseSymbol(symbol),
    side: transaction_type === "BUY" ? "buy" : "sell",
    orderType: isStop ? (order_type === "SL" ? "stop_limit" : "stop") : price === null ? "market" : "limit",
    quantity,
    price: order_type === "SL-M" ? null : price,
    stopPrice: order_type === "SL-M" ? price : null,
    status: statusOf(status),
    sourceStatus: status,
    filledQuantity: executed_quantity,
    averagePrice: executed_price,
    placedAt: placed_at ?? created_at,
    filledAt: executed_at,
    closedAt: cancelled_at ?? executed_at,
    // Old files do not say it, and meant REGULAR.
    variety: variety === "AMO" ? "amo" : "regular",
    product: product_type ?? null,
    exchange: exchange ?? null,
    origin: "paper_trading",
    mode: "paper",
    reason: remarks === "" ? null : (remarks ?? null),
    updatedAt: last_updated,
    attributes: kept({ placedSymbol: symbol, ...others }),
    source: "import:paper_orders",
  };
}

/** A record of transactions.json: one fill. */
export const paperFill = z.looseObject({
  order_id: requiredText("missing-id"),
  symbol: requiredText("missing-symbol"),
  transaction_type: side,
  quantity: shares(),
  price: rupees(),
  charges: rupeesIfAny(),
  timestamp: time(),
});

/** When each order of a number was created: what a transaction, which has the number alone, is matched by. */
export type CreatedAt = ReadonlyMap<string, readonly string[]>;

/** The fill. Its place in the file, which is only added to, is its identity: one order may have two equal fills. */
export function paperFillRow(record: z.infer<typeof paperFill>, place: number, orders: CreatedAt): FillInput {
  const { order_id, symbol, transaction_type, quantity, price, charges, timestamp, ...others } = record;
  // Of several orders with its number it belongs to the last one that was there by then.
  const created = orders.get(order_id)?.findLast((at) => at <= timestamp);
  return {
    id: `${order_id}#${place}`,
    orderId: created === undefined ? null : paperOrderId(order_id, created),
    symbol: baseSymbol(symbol),
    side: transaction_type === "BUY" ? "buy" : "sell",
    quantity,
    price,
    fee: charges ?? "0",
    executedAt: timestamp,
    // order_value is price x quantity in floating point; the exact product needs no column.
    attributes: kept(others),
    source: "import:paper_transactions",
  };
}

/** A value of holdings.json. */
export const paperHolding = z.looseObject({
  symbol: requiredText("missing-symbol"),
  quantity: shares(),
  average_price: rupeesIfAny(),
  current_price: rupeesIfAny(),
  cost_basis: rupeesIfAny(),
  market_value: rupeesIfAny(),
  pnl: rupeesIfAny(),
  pnl_percentage: rupeesIfAny(),
  exchange: name,
  product_type: name,
  isin: name,
  last_updated: timeIfAny(),
});

/** What is held. */
export function holdingRow(record: z.infer<typeof paperHolding>): HoldingInput {
  const { symbol, quantity, average_price, current_price, cost_basis, market_value, pnl, pnl_percentage, ...rest } = record;
  const { exchange, product_type, isin, last_updated, ...others } = rest;
  return {
    symbol: baseSymbol(symbol),
    quantity,
    averagePrice: average_price,
    currentPrice: current_price,
    costBasis: cost_basis,
    marketValue: market_value,
    pnl,
    pnlPercent: pnl_percentage,
    exchange: exchange ?? null,
    product: product_type ?? null,
    isin: isin ?? null,
    updatedAt: last_updated,
    attributes: kept({ placedSymbol: symbol, ...others }),
  };
}

/** The same as an open position. The file does not say since when: `openedAt` is null, never the time of the import. */
export function heldPositionRow(record: z.infer<typeof paperHolding>): PositionInput {
  const { symbol, quantity, average_price, pnl, last_updated } = record;
  return {
    id: `held-${baseSymbol(symbol)}`,
    symbol: baseSymbol(symbol),
    quantity,
    entryPrice: average_price,
    unrealizedPnl: pnl,
    mode: "paper",
    updatedAt: last_updated,
    source: "import:paper_holdings",
  };
}

/** account.json. */
export const paperAccount = z.looseObject({
  initial_capital: rupeesIfAny(),
  available_cash: rupeesIfAny(),
  margin_used: rupeesIfAny(),
  total_pnl: rupeesIfAny(),
  realized_pnl: rupeesIfAny(),
  unrealized_pnl: rupeesIfAny(),
  created_at: timeIfAny(),
  last_updated: timeIfAny(),
});

/** The account. */
export function accountRow(record: z.infer<typeof paperAccount>): AccountInput {
  const { initial_capital, available_cash, margin_used, total_pnl, realized_pnl, unrealized_pnl, created_at, last_updated, ...others } =
    record;
  return {
    id: "paper",
    broker: "paper",
    mode: "paper",
    currency: "INR",
    initialCapital: initial_capital,
    availableCash: available_cash,
    marginUsed: margin_used,
    totalPnl: total_pnl,
    realizedPnl: realized_pnl,
    unrealizedPnl: unrealized_pnl,
    createdAt: created_at,
    updatedAt: last_updated,
    attributes: kept(others),
  };
}
