// What the bot did before there was a database: a history made up from a seed, in whole units (prices in 1e-4 dollars, quantities in 1e-6), so exact.
import type { Random } from "./random.ts";
import { unitsText } from "./units.ts";

/** One order that was filled. Money and sizes are decimal text. */
export interface OldOrder {
  readonly id: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly size: string;
  readonly price: string;
  readonly fee: string;
  /** With `Z`, to the millisecond. */
  readonly at: string;
}

/** A user's past. */
export interface OldBook {
  readonly orders: readonly OldOrder[];
  /** What all was worth at the end of each day, the earliest first. */
  readonly equity: readonly { readonly at: string; readonly value: string }[];
}

/** Markets and where their price begins, in 1e-4 dollars. */
const MARKETS: readonly (readonly [symbol: string, price: bigint])[] = [
  ["BTC-USD", 641_250_000n],
  ["ETH-USD", 31_420_000n],
  ["SOL-USD", 1_382_500n],
  ["LINK-USD", 143_800n],
  ["ADA-USD", 4_480n],
];

/** The market whose holdings are all sold at the end; a buy of it goes missing, so that its last sell has a part that no lot covers. */
export const CLOSED_MARKET = "LINK-USD";

const DAY = 86_400_000;
const DAYS = 150;

interface State {
  cash: bigint;
  readonly prices: Map<string, bigint>;
  readonly held: Map<string, bigint>;
  readonly orders: OldOrder[];
}

/** Makes up the past that ends on the day before `until`. */
export function oldBook(user: string, until: Date, random: Random): OldBook {
  const state: State = { cash: 25_000n * 10n ** 10n, prices: new Map(MARKETS), held: new Map(), orders: [] };
  const equity: { at: string; value: string }[] = [];
  const first = Math.floor(until.getTime() / DAY) - DAYS;
  for (let day = first; day < first + DAYS; day++) {
    for (const [symbol, price] of state.prices) state.prices.set(symbol, moved(price, random));
    const orders = random.below(4);
    for (let at = 0; at < orders; at++)
      trade(state, user, day * DAY + (at * 6 + random.below(6)) * 3_600_000 + random.below(3_600_000), random);
    if (day === first + DAYS - 1) sellAll(state, user, day * DAY + DAY - 60_000, CLOSED_MARKET);
    equity.push({ at: new Date((day + 1) * DAY).toISOString(), value: unitsText(worthOf(state), 10) });
  }
  return { orders: state.orders, equity };
}

/** A day's change: up to 3 % either way, and a little upwards in the long run. */
function moved(price: bigint, random: Random): bigint {
  return price + (price * BigInt(random.below(6001) - 2960)) / 100_000n;
}

function trade(state: State, user: string, at: number, random: Random): void {
  const [symbol] = MARKETS[random.below(MARKETS.length)] ?? ["BTC-USD"];
  const held = state.held.get(symbol) ?? 0n;
  if (held > 0n && random.below(100) < 46)
    return book(state, user, at, symbol, "sell", random.below(3) === 0 ? held : (held * BigInt(20 + random.below(70))) / 100n);
  const dollars = BigInt(400 + random.below(1_900)) * 10n ** 10n;
  if (dollars < state.cash) book(state, user, at, symbol, "buy", dollars / (state.prices.get(symbol) ?? 1n));
}

function sellAll(state: State, user: string, at: number, symbol: string): void {
  const held = state.held.get(symbol) ?? 0n;
  if (held > 0n) book(state, user, at, symbol, "sell", held);
}

function book(state: State, user: string, at: number, symbol: string, side: "buy" | "sell", units: bigint): void {
  const price = state.prices.get(symbol) ?? 1n;
  if (units <= 0n) return;
  const gross = price * units;
  const fee = (gross / 250n / 10n ** 4n) * 10n ** 4n; // 0.4 %, to 1e-6 dollars
  state.cash += (side === "buy" ? -gross : gross) - fee;
  state.held.set(symbol, (state.held.get(symbol) ?? 0n) + (side === "buy" ? units : -units));
  const id = `${user}-${String(state.orders.length + 1).padStart(4, "0")}`;
  state.orders.push({
    id,
    symbol,
    side,
    size: unitsText(units, 6),
    price: unitsText(price, 4),
    fee: unitsText(fee, 10),
    at: new Date(at).toISOString(),
  });
}

function worthOf({ cash, held, prices }: State): bigint {
  return [...held].reduce((sum, [symbol, units]) => sum + units * (prices.get(symbol) ?? 0n), cash);
}
