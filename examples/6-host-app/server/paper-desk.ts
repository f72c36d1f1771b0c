// A desk that trades on paper: each round it opens a position or closes one. What a round changes is one transaction, so a kill leaves none of it or all.
import { appendFile } from "node:fs/promises";
import { Decimal } from "decimal.js";
import type { FillInput, PositionRow, Scope } from "@td/storage";
import { DESK } from "./imports.ts";
import type { Random } from "./random.ts";
import { unitsOf, unitsText } from "./units.ts";

/** What a round did. */
export interface Round {
  readonly orderId: string;
  readonly side: "buy" | "sell";
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
}

/** What a round needs. */
export interface DeskWork {
  readonly me: Scope;
  /** Unique among the user's. */
  readonly orderId: string;
  /** When. */
  readonly at: string;
  readonly random: Random;
  /** The exchange's own list, which grows with what it executes. */
  readonly exchange: string;
}

const SYMBOLS = ["BTC-USD", "ETH-USD", "SOL-USD"];
/** Positions that are open at once, at most. */
const MOST_OPEN = 4;

/** Trades one round. */
export async function tradeOnce(work: DeskWork): Promise<Round> {
  const { rows: held } = await work.me.positions.page({ where: { status: "open", botId: DESK }, orderBy: "by_status", limit: MOST_OPEN });
  const closing =
    held.length === MOST_OPEN || (held.length > 0 && work.random.below(2) === 0) ? held[work.random.below(held.length)] : undefined;
  const symbol = closing?.symbol ?? SYMBOLS[work.random.below(SYMBOLS.length)] ?? "BTC-USD";
  const price = await nextPrice(work, symbol);
  const quantity = closing?.quantity?.toFixed() ?? sizeFor(price, work.random);
  const fee = feeOf(price, quantity);
  const round: Round = { orderId: work.orderId, side: closing === undefined ? "buy" : "sell", symbol, quantity, price };
  await placeOrder(work, round);
  await work.me.transaction(async (tx) => {
    await fillOrder(tx, work, round, fee);
    await (closing === undefined ? openPosition(tx, work, round, fee) : closePosition(tx, work, round, fee, closing));
    await takeSnapshot(tx, work, round, fee, closing);
  });
  // After the commit, as the exchange is another party: a kill here is what reconciliation finds.
  await appendFile(work.exchange, exchangeLine(work, round, fee));
  return round;
}

/** The market's last price, a little up or down. */
async function nextPrice({ me, random }: DeskWork, symbol: string): Promise<string> {
  const { rows } = await me.fills.page({ where: { symbol }, orderBy: "by_symbol_time", direction: "desc", limit: 1 });
  const last = unitsOf(rows[0]?.price.toFixed() ?? "100", 4);
  return unitsText(last + (last * BigInt(random.below(1_201) - 590)) / 100_000n, 4);
}

/** Units for some hundred dollars. */
function sizeFor(price: string, random: Random): string {
  const dollars = BigInt(200 + random.below(600));
  return unitsText((dollars * 10n ** 10n) / unitsOf(price, 4), 6);
}

const feeOf = (price: string, quantity: string): string =>
  new Decimal(price).times(quantity).times("0.004").toDecimalPlaces(6, Decimal.ROUND_DOWN).toFixed();

async function placeOrder({ me, at }: DeskWork, { orderId, symbol, side, quantity }: Round): Promise<void> {
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

async function fillOrder(tx: Scope, { at }: DeskWork, { orderId, symbol, side, quantity, price }: Round, fee: string): Promise<void> {
  const fill: FillInput = { id: orderId, orderId, symbol, side, quantity, price, fee, executedAt: at, source: "desk" };
  await tx.fills.insert(fill);
  await tx.orders.update(
    { id: orderId },
    { status: "closed", filledQuantity: quantity, averagePrice: price, fee, filledAt: at, closedAt: at, updatedAt: at },
  );
}

async function openPosition(tx: Scope, { at }: DeskWork, { orderId, symbol, quantity, price }: Round, fee: string): Promise<void> {
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

async function closePosition(tx: Scope, { at }: DeskWork, round: Round, fee: string, position: PositionRow): Promise<void> {
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
async function takeSnapshot(tx: Scope, { at }: DeskWork, { price, quantity }: Round, fee: string, closed?: PositionRow): Promise<void> {
  const { rows } = await tx.snapshots.page({ orderBy: "by_time", direction: "desc", limit: 1 });
  const [last] = rows;
  if (last === undefined) return;
  const gain = closed?.entryPrice == null ? new Decimal(0) : new Decimal(price).minus(closed.entryPrice).times(quantity);
  const totalValue = last.totalValue.plus(gain).minus(fee);
  // The same instant may be spelt in several ways: texts of two sources are not compared as texts.
  if (Date.parse(last.at) < Date.parse(at)) await tx.snapshots.insert({ botId: DESK, at, totalValue, source: "desk" });
  else await tx.snapshots.update({ botId: DESK, at: last.at }, { totalValue });
}

function exchangeLine({ at }: DeskWork, { orderId, symbol, side, quantity, price }: Round, fee: string): string {
  return (
    JSON.stringify({
      trade_id: orderId,
      order_id: orderId,
      product_id: symbol,
      side,
      size: quantity,
      price,
      commission: fee,
      trade_time: at,
    }) + "\n"
  );
}
