// A desk that trades on paper: each round it opens a position or closes one. What a round changes is one transaction, so a kill leaves none of it or all.
import { appendFile } from "node:fs/promises";
import { Decimal } from "decimal.js";
import type { Scope } from "@td/storage";
import { closePosition, fillOrder, openPosition, placeOrder, takeSnapshot, type Round } from "./desk-rows.ts";
import { DESK } from "./imports.ts";
import type { Random } from "./random.ts";
import { unitsOf, unitsText } from "./units.ts";

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
  await placeOrder(work.me, work, round);
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
