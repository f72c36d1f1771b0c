// What happened to the blob over the years: each damage with how many entries it concerns, so that an import can be checked against it.
import type { LegacyBot, LegacyOrder, MadeBot } from "./legacy-bot.ts";

/** A bot as it is in the blob, and what a migration must find in it. */
export interface DamagedBot extends MadeBot {
  /** The bot as it is written. */
  readonly written: Readonly<Record<string, unknown>>;
  /** Entries that say what another says already. */
  readonly repeated: { readonly orders: number; readonly logs: number };
  /** Entries that contradict another of the same identity. */
  readonly contradicting: { readonly orders: number; readonly logs: number };
  /** Entries that make no sense. */
  readonly senseless: { readonly orders: number; readonly logs: number };
}

const NONE = { orders: 0, logs: 0 };

/** The bot as it is. */
export function undamaged(made: MadeBot, fields: Readonly<Record<string, unknown>>): DamagedBot {
  return { ...made, written: { ...made.bot, ...fields }, repeated: NONE, contradicting: NONE, senseless: NONE };
}

/** Its oldest order is of a time when orders had another shape. */
export function olderShape(damaged: DamagedBot): DamagedBot {
  const orders = damaged.bot.orders.toSpliced(-1, 1, ...damaged.bot.orders.slice(-1).map(asOlder));
  return { ...damaged, written: { ...damaged.written, orders } };
}

function asOlder({ type, entryPrice, exitPrice: _exit, fee: _fee, ...order }: LegacyOrder): LegacyOrder {
  return { ...order, action: type, side: "entry", price: entryPrice };
}

/** The list was filled again from a table that kept the newest ones: older entries are gone, also of pairs whose exit is still there. */
export function cutOff(damaged: DamagedBot, atLeast: number): DamagedBot {
  const { orders: all } = damaged.bot;
  const place = new Map(all.map(({ id }, at) => [id, at]));
  const splits = (at: number): boolean =>
    damaged.pairs.some(([entry, exit]) => (place.get(exit) ?? 0) < at && (place.get(entry) ?? 0) >= at);
  const orders = all.slice(
    0,
    all.findIndex((_, at) => at >= atLeast && splits(at)),
  );
  const there = new Set(orders.map(({ id }) => id));
  const bot: LegacyBot = { ...damaged.bot, orders };
  return { ...damaged, bot, pairs: damaged.pairs.filter(([entry]) => there.has(entry)), written: { ...damaged.written, orders } };
}

/** The list was filled again from a table and from the exchange: entries stand twice, one with another profit, some without what they need. */
export function refilled(damaged: DamagedBot): DamagedBot {
  const { orders, botLogs } = damaged.bot;
  const again = orders.slice(2, 8).map((order) => (order["exitPrice"] === 0 ? { ...order, exitPrice: null } : order));
  const contradicting = orders.slice(8, 9).map((order) => ({ ...order, pnl: 1.25 }));
  const [some] = orders;
  const { id: _id, ...withoutId } = some ?? { timestamp: 0 };
  const senseless = [withoutId, { ...some, id: "order_lost_size", size: null }];
  const logs = botLogs.slice(0, 2);
  const written = {
    ...damaged.written,
    orders: [...orders, ...again, ...contradicting, ...senseless],
    botLogs: [
      ...botLogs,
      ...logs,
      ...botLogs.slice(2, 3).map((log) => ({ ...log, prompt: "another" })),
      { ...botLogs[0], timestamp: null },
    ],
  };
  return {
    ...damaged,
    written,
    repeated: { orders: again.length, logs: logs.length },
    contradicting: { orders: contradicting.length, logs: 1 },
    senseless: { orders: senseless.length, logs: 1 },
  };
}

/** A bot that has never traded: its lists are not there at all. */
export function fresh(made: MadeBot, fields: Readonly<Record<string, unknown>>): DamagedBot {
  const { orders: _orders, botLogs: _logs, portfolio, ...bot } = made.bot;
  const { positions: _positions, ...sums } = portfolio;
  const empty: LegacyBot = { ...made.bot, orders: [], botLogs: [], portfolio: { ...portfolio, positions: [] } };
  const written = { ...bot, portfolio: sums, valueHistory: [], ...fields };
  return { bot: empty, pairs: [], written, repeated: NONE, contradicting: NONE, senseless: NONE };
}
