// A record of trades_history.json as rows: one position; an order and a fill for each time that it was bought or sold.
import { type FillInput, type OrderInput, type PositionInput } from "@td/storage";
import { kept } from "./attributes.ts";
import { brokerId, refusal } from "./broker-answer.ts";
import { buyOrderId, firstQuantity, positionOf, reentryOrderId, sellOrderId, symbolOf, type TradeRecord } from "./trade-record.ts";

const SOURCE = "import:trades_history";

/** Positions whose rows stood beside each other: each of them carries the symbol's whole quantity. */
export type Overlapping = ReadonlySet<string>;

/** The position. Entry price and quantity are what the row says; what cannot be known from it is null. */
export function positionRow(record: TradeRecord, overlapping: Overlapping): PositionInput {
  const { qty, entry_price, entry_time, exit_price, exit_time, exit_reason, pnl, pnl_pct, status, reentries, ...others } = record;
  const { symbol: _symbol, ...rest } = others;
  const added = reentries ?? [];
  const shared = overlapping.has(positionOf(record));
  return {
    id: positionOf(record),
    symbol: symbolOf(record),
    status,
    quantity: qty,
    // The row keeps the price of the first buy, whatever was added later: the average is in the fills.
    entryPrice: added.length > 0 || shared ? null : entry_price,
    initialEntryPrice: entry_price,
    exitPrice: exit_price,
    realizedPnl: pnl,
    realizedPnlPercent: pnl_pct,
    openedAt: entry_time,
    closedAt: status === "closed" ? exit_time : null,
    exitReason: exit_reason ?? null,
    reentryCount: added.length,
    reentries: added.length > 0 ? added : null,
    mode: "broker",
    attributes: kept({ ...rest, ...(shared && { quantityIs: "the symbol's total, which several rows carry" }) }),
    source: SOURCE,
  };
}

/** The orders. Throws for a record that does not say how much was bought. */
export function orderRows(record: TradeRecord, overlapping: Overlapping): readonly OrderInput[] {
  refuseShared(record, overlapping);
  const refused = refusal(record.order_response);
  const symbol = symbolOf(record);
  const common = { symbol, orderType: "market", mode: "broker", source: SOURCE } as const;
  const first: OrderInput = {
    ...common,
    id: buyOrderId(record),
    side: "buy",
    quantity: firstQuantity(record),
    placedAt: required(record.entry_time, "entry_time"),
    ...(refused === null ? filled(firstQuantity(record), record.entry_price, record.entry_time) : { status: "failed", reason: refused }),
    brokerOrderId: brokerId(record.order_response) ?? record.order_id ?? null,
    positionId: positionOf(record),
    origin: record.entry_type === "manual" || record.entry_type === "manual_buy_of_bot_recommendation" ? "manual" : "signal",
    entryType: record.entry_type ?? null,
    attributes: kept({ placedSymbol: record.placed_symbol, orderType: "not stated; the service placed market orders" }),
  };
  if (refused !== null) return [first];
  const added = (record.reentries ?? []).map((entry): OrderInput => ({
    ...common,
    id: reentryOrderId(symbol, entry),
    side: "buy",
    quantity: entry.qty,
    placedAt: entry.time,
    ...filled(entry.qty, entry.price, entry.time),
    origin: "signal",
    entryType: "reentry",
  }));
  return [first, ...added, ...(record.status === "closed" ? [sellOrder(record)] : [])];
}

function sellOrder(record: TradeRecord): OrderInput {
  return {
    symbol: symbolOf(record),
    orderType: "market",
    mode: "broker",
    source: SOURCE,
    id: sellOrderId(record),
    side: "sell",
    quantity: record.qty,
    placedAt: required(record.exit_time, "exit_time"),
    ...filled(record.qty, record.exit_price, record.exit_time),
    brokerOrderId: record.sell_order_id ?? brokerId(record.sell_order_response),
    positionId: positionOf(record),
    origin: "signal",
    reason: record.exit_reason ?? null,
  };
}

function filled(quantity: string, price: string | null, at: string | null) {
  return { status: "closed", filledQuantity: quantity, averagePrice: price, filledAt: at, closedAt: at } as const;
}

/** The fills: what was really traded. Throws for a record that does not prove a trade, with the reason. */
export function fillRows(record: TradeRecord, overlapping: Overlapping): readonly FillInput[] {
  refuseShared(record, overlapping);
  const refused = refusal(record.order_response);
  if (refused !== null) throw new Error(`the broker refused the order (${refused}): the file does not prove a trade`);
  if (record.entry_price === null) throw new Error("there is no entry price: a holding that was found, not bought");
  if (record.qty === "0") throw new Error("the quantity is 0");
  const symbol = symbolOf(record);
  const fill = (id: string, side: "buy" | "sell", quantity: string, price: string | null, at: string | null): FillInput => {
    const executedAt = required(at, side === "buy" ? "entry_time" : "exit_time");
    return { id, orderId: id, symbol, side, quantity, price: required(price, "exit_price"), executedAt, source: SOURCE };
  };
  const first = firstQuantity(record);
  return [
    ...(first === "0" ? [] : [fill(buyOrderId(record), "buy", first, record.entry_price, record.entry_time)]),
    ...(record.reentries ?? []).map((entry) => fill(reentryOrderId(symbol, entry), "buy", entry.qty, entry.price, entry.time)),
    ...(record.status === "closed" ? [fill(sellOrderId(record), "sell", record.qty, record.exit_price, record.exit_time)] : []),
  ];
}

function refuseShared(record: TradeRecord, overlapping: Overlapping): void {
  if (!overlapping.has(positionOf(record))) return;
  throw new Error(
    `${symbolOf(record)} had several open rows, each with the total of ${record.qty}: which one bought how many is not in the file`,
  );
}

function required<T>(value: T | null, field: string): T {
  if (value === null) throw new Error(`${field} is missing`);
  return value;
}
