// The rows that a round of the desk leaves behind. The caller puts them in transactions.
import { Decimal } from "decimal.js";
import type { FillInput, PositionRow, Scope } from "@td/storage";
import { DESK } from "./imports.ts";

/** What a round did. */
export interface Round {
  readonly orderId: string;
  readonly side: "buy" | "sell";
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
}

/** When a round is. */
interface Moment {
  readonly at: string;
}

/** The order, before anything has come of it. */
export async function placeOrder(me: Scope, { at }: Moment, { orderId, symbol, side, quantity }: Round): Promise<void> {
  await me.orders.insert({
    id: orderId,
    botId: DESK,
    symbol,
    side,
    orderType: "market",
    quantity,
    status: "pending",
    placedAt: at,
    mode: "paper",
    source: "desk",
  });
}

/** What the market did with it. */
export async function fillOrder(tx: Scope, { at }: Moment, { orderId, symbol, side, quantity, price }: Round, fee: string): Promise<void> {
  const fill: FillInput = { id: orderId, orderId, symbol, side, quantity, price, fee, executedAt: at, source: "desk" };
  await tx.fills.insert(fill);
  await tx.orders.update(
    { id: orderId },
    { status: "closed", filledQuantity: quantity, averagePrice: price, fee, filledAt: at, closedAt: at, updatedAt: at },
  );
}

/** A bought position, and the entry that opens it. */
export async function openPosition(tx: Scope, { at }: Moment, { orderId, symbol, quantity, price }: Round, fee: string): Promise<void> {
  const size = new Decimal(price).times(quantity);
  await tx.positions.insert({ id: orderId, botId: DESK, symbol, quantity, entryPrice: price, openedAt: at, mode: "paper", source: "desk" });
  await tx.trades.insert({
    id: orderId,
    botId: DESK,
    positionId: orderId,
    symbol,
    tradeType: "LONG",
    action: "OPEN",
    entryPrice: price,
    size,
    pnl: new Decimal(fee).neg(),
    fee,
    executedAt: at,
    mode: "paper",
    source: "desk",
  });
}

/** A sold position, and the entry that closes it with its profit. */
export async function closePosition(tx: Scope, { at }: Moment, round: Round, fee: string, position: PositionRow): Promise<void> {
  const { orderId, symbol, quantity, price } = round;
  const entryPrice = position.entryPrice ?? new Decimal(price);
  const pnl = new Decimal(price).minus(entryPrice).times(quantity).minus(fee);
  await tx.positions.update(
    { id: position.id },
    { status: "closed", exitPrice: price, realizedPnl: pnl, closedAt: at, exitReason: "desk" },
  );
  await tx.trades.insert({
    id: orderId,
    botId: DESK,
    positionId: position.id,
    symbol,
    tradeType: "LONG",
    action: "CLOSE",
    entryPrice,
    exitPrice: price,
    size: entryPrice.times(quantity),
    pnl,
    fee,
    executedAt: at,
    mode: "paper",
    source: "desk",
  });
}

/** The desk's worth goes by what it pays in fees and by what a closed position has gained. */
export async function takeSnapshot(
  tx: Scope,
  { at }: Moment,
  { price, quantity }: Round,
  fee: string,
  closed?: PositionRow,
): Promise<void> {
  const { rows } = await tx.snapshots.page({ orderBy: "by_time", direction: "desc", limit: 1 });
  const [last] = rows;
  if (last === undefined) return;
  const gain = closed?.entryPrice == null ? new Decimal(0) : new Decimal(price).minus(closed.entryPrice).times(quantity);
  const totalValue = last.totalValue.plus(gain).minus(fee);
  // The same instant may be spelt in several ways: texts of two sources are not compared as texts.
  if (Date.parse(last.at) < Date.parse(at)) await tx.snapshots.insert({ botId: DESK, at, totalValue, source: "desk" });
  else await tx.snapshots.update({ botId: DESK, at: last.at }, { totalValue });
}
