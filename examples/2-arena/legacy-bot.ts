// One bot of a made arena, as the old server kept it. The old server computed in floating point, noise and all: so does this file, and only this one.
import { random, type Random } from "./random.ts";

/** An entry of `orders` in the old shape. */
export interface LegacyOrder {
  readonly [name: string]: unknown;
  readonly id?: string;
  readonly timestamp: number;
}

/** A bot of the old state, before anything was damaged. */
export interface LegacyBot {
  readonly [name: string]: unknown;
  readonly id: string;
  /** Newest first. */
  readonly orders: readonly LegacyOrder[];
  /** Newest first. */
  readonly botLogs: readonly Readonly<Record<string, unknown>>[];
  readonly portfolio: {
    readonly balance: number;
    readonly pnl: number;
    readonly totalValue: number;
    readonly positions: readonly Readonly<Record<string, unknown>>[];
  };
}

/** A bot and which of its orders belong together: entry and exit. */
export interface MadeBot {
  readonly bot: LegacyBot;
  readonly pairs: readonly (readonly [entry: string, exit: string])[];
}

/** Markets and their prices, with the digits that they are quoted in. */
export const MARKETS = [
  ["BTCUSDT", 100_000.1, 1],
  ["ETHUSDT", 3400.55, 2],
  ["SOLUSDT", 160.2, 2],
  ["DOGEUSDT", 0.17123, 5],
  ["SHIBUSDT", 0.00000912, 8],
] as const;

/** The first moment of every made arena: 2025-11-06T03:33:20Z. */
export const FIRST = 1_762_400_000_000;

/** How much a bot has done. */
export interface Amount {
  readonly orders: number;
  readonly logs: number;
  readonly values: number;
  /** Characters of a prompt. */
  readonly prompt: number;
}

interface Held {
  readonly symbol: string;
  readonly type: "LONG" | "SHORT";
  readonly entryPrice: number;
  readonly size: number;
  readonly leverage: number;
}

/** A bot that trades on paper. */
export function paperBot(seed: number, id: string, amount: Amount, leverages: readonly number[] = [1, 2, 3, 5]): MadeBot {
  const dice = random(seed, id);
  const orders: LegacyOrder[] = [];
  const pairs: [string, string][] = [];
  const positions: (Held & { readonly id: string; readonly entry: string })[] = [];
  let time = FIRST + dice.between(0, 100_000);
  let realized = 0;
  let wins = 0;
  while (orders.length < amount.orders) {
    time += dice.between(60_000, 3_600_000);
    if (positions.length > 0 && (positions.length >= 4 || dice.chance(0.5))) {
      const [position] = positions.splice(dice.between(0, positions.length - 1), 1);
      if (position === undefined) continue;
      const exitPrice = near(dice, position.entryPrice, position.symbol);
      const fee = position.size * 0.03;
      const sign = position.type === "LONG" ? 1 : -1;
      const pnl = (position.size * position.leverage * sign * (exitPrice - position.entryPrice)) / position.entryPrice - fee;
      const exit = `order_${time}_${dice.base36(9)}`;
      orders.unshift({ id: exit, ...held(position), pnl, fee, timestamp: time, exitPrice });
      pairs.push([position.entry, exit]);
      realized += pnl;
      if (pnl > 0) wins++;
    } else {
      const [symbol, price] = dice.pick(MARKETS);
      const position = {
        symbol,
        type: dice.pick(["LONG", "SHORT"] as const),
        entryPrice: near(dice, price, symbol),
        size: dice.between(1, 20) * 25,
        leverage: dice.pick(leverages),
      };
      const fee = position.size * 0.03;
      const entry = `order_${time}_${dice.base36(9)}`;
      orders.unshift({ id: entry, ...position, pnl: -fee, fee, timestamp: time, exitPrice: 0 });
      const liquidationPrice = position.entryPrice * (1 + (position.type === "LONG" ? -1 : 1) / position.leverage);
      const limits = dice.chance(0.5) ? { stopLoss: position.entryPrice * 0.95, takeProfit: position.entryPrice * 1.1 } : {};
      const more = { liquidationPrice, ...limits, pnl: 0 };
      positions.push({ id: `pos_${time - dice.between(0, 2)}_${dice.base36(7)}`, ...position, ...more, entry });
    }
  }
  const closes = orders.filter((order) => order["exitPrice"] !== 0).length;
  const margin = positions.reduce((sum, { size }) => sum + size, 0);
  const balance = 10_000 + realized - margin;
  const bot = {
    ...profile(dice, id, amount),
    tradingMode: "paper",
    initialBalance: 10_000,
    portfolio: { balance, pnl: 0, totalValue: balance + margin, positions: positions.map(({ entry: _entry, ...position }) => position) },
    orders,
    botLogs: logs(dice, amount, time),
    valueHistory: Array.from({ length: amount.values }, (_, at) => ({
      timestamp: FIRST + at * 300_000,
      value: 10_000 + dice.between(-90_000, 90_000) / 100,
    })),
    isLoading: false,
    isPaused: false,
    realizedPnl: realized,
    tradeCount: closes,
    winRate: closes === 0 ? 0 : wins / closes,
    symbolCooldowns: { ETHUSDT: FIRST + 1_800_000 },
  };
  return { bot, pairs };
}

/** A bot that trades with money: orders are an exchange's fills, oldest first and cut to 50; a position has a new id at every sync. */
export function realBot(seed: number, id: string, amount: Amount): MadeBot {
  const dice = random(seed, id);
  const orders: LegacyOrder[] = [];
  let time = FIRST;
  const bought = new Map<string, number>();
  for (let at = 0; at < Math.min(50, amount.orders); at++) {
    time += dice.between(60_000, 7_200_000);
    const [symbol, price] = dice.pick(MARKETS);
    const fill = near(dice, price, symbol);
    const before = bought.get(symbol);
    const size = dice.between(1, 20) * 5.5;
    const pnl = before === undefined ? 0 : ((fill - before) / before) * size || 0.01;
    if (before === undefined) bought.set(symbol, fill);
    else bought.delete(symbol);
    const number = String(500_000_000 + dice.between(0, 9) + at * 10);
    orders.push({
      id: number,
      symbol,
      type: before === undefined ? "LONG" : "SHORT",
      size,
      leverage: 1,
      pnl,
      fee: size * 0.001,
      timestamp: time,
      entryPrice: fill,
      exitPrice: fill,
    });
  }
  const positions = [...bought].map(([symbol, entryPrice]) => ({
    id: `${symbol}_${time + 5}`,
    symbol,
    type: "LONG",
    entryPrice,
    size: 55,
    leverage: 1,
    liquidationPrice: 0,
    pnl: 0,
  }));
  const bot = {
    ...profile(dice, id, amount),
    tradingMode: "real",
    initialBalance: 950,
    portfolio: {
      balance: 700.5,
      pnl: 0,
      totalValue: 950.25,
      positions,
    },
    orders,
    botLogs: logs(dice, amount, time),
    valueHistory: Array.from({ length: amount.values }, (_, at) => ({
      timestamp: FIRST + at * 3e5,
      value: 950 + dice.between(-9e3, 9e3) / 100,
    })),
    isLoading: false,
    isPaused: 0,
    realizedPnl: orders.reduce((sum, { pnl }) => sum + Number(pnl), 0),
    tradeCount: orders.length,
    winRate: 0.5,
  };
  return { bot, pairs: [] };
}

function profile(dice: Random, id: string, amount: Amount) {
  return {
    id,
    name: `${id.slice(4, 5).toUpperCase()}${id.slice(5)}`,
    prompt: words(dice, Math.min(amount.prompt, 1500)),
    provider: dice.pick(["gemini", "grok"]),
    provider_id: 1,
    history_summary: null,
    avatarUrl: `data:image/png;base64,${dice.hex(400)}`,
  };
}

function held({ symbol, type, entryPrice, size, leverage }: Held): Held {
  return { symbol, type, entryPrice, size, leverage };
}

/** A price within 3 % of another, in the digits of its market. */
function near(dice: Random, price: number, symbol: string): number {
  const digits = 10 ** (MARKETS.find(([name]) => name === symbol)?.[2] ?? 2);
  return Math.round(price * (1 + dice.between(-300, 300) / 10_000) * digits) / digits;
}

function logs(dice: Random, amount: Amount, last: number): readonly Readonly<Record<string, unknown>>[] {
  return Array.from({ length: amount.logs }, (_, at) => {
    const failed = dice.chance(0.06);
    const notes = failed ? { notes: ["⚠️ API ERROR: 503 model overloaded"] } : dice.chance(0.2) ? {} : { notes: ["market looks quiet"] };
    return { timestamp: last + 1 - at * 300_000, decisions: failed ? [] : [decision(dice)], prompt: words(dice, amount.prompt), ...notes };
  });
}

function decision(dice: Random): Readonly<Record<string, unknown>> {
  const action = dice.pick(["LONG", "SHORT", "CLOSE", "HOLD", "ANALYZE"]);
  const reasoning = words(dice, 120);
  if (action === "ANALYZE") return { action, reasoning, tool: "candles", parameters: { interval: "1h", lookback: 50 } };
  if (action === "LONG" || action === "SHORT")
    return { action, reasoning, symbol: "BTCUSDT", size: dice.between(1, 20) * 25, leverage: 2.5, stopLoss: 95_000.5 };
  return { action, reasoning };
}

const WORDS =
  'the a of momentum support resistance volume trend risk long short wait breakout range funding above below daily hourly price keep reduce size stop target "quoted" naïve'.split(
    " ",
  );

/** So many characters of what a model reads and writes. */
function words(dice: Random, length: number): string {
  let text = "";
  while (text.length < length) text += `${dice.pick(WORDS)} `;
  return text.slice(0, length).trim();
}
