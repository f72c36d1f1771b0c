// A small bot loop. It trades through the store that it is given and never learns in which phase of a migration it is.
import { Decimal } from "decimal.js";
import type { RecordStore, StoredRecord } from "@td/migrate";
import type { DecisionFact, Fact, PositionFact, TradeFact } from "./facts.ts";
import { MARKETS } from "./legacy-bot.ts";
import { random, type Random } from "./random.ts";
import { instantOf } from "./times.ts";

/** What a turn of a bot changed in its sums. */
export interface Turn {
  readonly botId: string;
  readonly trade: TradeFact;
}

/** Exact, whatever a host sets for `Decimal` elsewhere. */
const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN });

/** Lets a bot decide once, at a moment: it writes what it decided, and opens or closes one position. */
export async function takeTurn(store: RecordStore<Fact>, botId: string, ms: number, seed: number): Promise<Turn> {
  const dice = random(seed, botId, ms);
  const open = await openPositions(store, botId);
  const closing = open.length > 0 && (open.length >= 4 || dice.chance(0.5)) ? dice.pick(open) : undefined;
  const reasoning = closing === undefined ? "a new chance" : "enough of it";
  const action = closing === undefined ? "OPEN" : "CLOSE";
  const decision: DecisionFact = {
    kind: "decision",
    at: instantOf(String(ms)),
    prompt: "What now?",
    decisions: [{ action, reasoning }],
    notes: [],
    succeeded: true,
    error: null,
    attributes: null,
  };
  await store.put([{ key: `${botId}/botLogs/${ms}`, value: decision }]);
  return { botId, trade: closing === undefined ? await enter(store, botId, ms, dice) : await leave(store, botId, ms, dice, closing) };
}

async function openPositions(store: RecordStore<Fact>, botId: string): Promise<readonly PositionFact[]> {
  const found: PositionFact[] = [];
  const prefix = `${botId}/positions/`;
  for await (const page of store.scan({ after: prefix, through: `${prefix}\u{10ffff}` }))
    for (const { value } of page) if (value.kind === "position") found.push(value);
  return found;
}

/** The position first: one without an entry is found and taken back at the next start, an entry without a position would stand for ever. */
async function enter(store: RecordStore<Fact>, botId: string, ms: number, dice: Random): Promise<TradeFact> {
  const [symbol, base] = dice.pick(MARKETS);
  const entryPrice = moved(String(base), dice);
  const size = String(dice.between(1, 20) * 25);
  const leverage = String(dice.between(1, 5));
  const fee = new Exact(size).times("0.03").toFixed();
  const tradeType = dice.pick(["LONG", "SHORT"] as const);
  const positionId = `pos_${ms}_${dice.base36(7)}`;
  const common = { symbol, entryPrice, size, leverage, mode: "paper", attributes: null } as const;
  const liquidationPrice = new Exact(entryPrice)
    .times(new Exact(1).plus(new Exact(tradeType === "LONG" ? -1 : 1).div(leverage)))
    .toDecimalPlaces(8)
    .toFixed();
  const position: PositionFact = {
    kind: "position",
    id: positionId,
    ...common,
    positionType: tradeType,
    liquidationPrice,
    stopLoss: null,
    takeProfit: null,
    unrealizedPnl: "0",
    openedAt: instantOf(String(ms)),
  };
  const trade: TradeFact = {
    kind: "trade",
    id: `order_${ms}_${dice.base36(9)}`,
    ...common,
    tradeType,
    action: "OPEN",
    exitPrice: null,
    positionId,
    pnl: new Exact(fee).negated().toFixed(),
    fee,
    executedAt: instantOf(String(ms)),
  };
  await store.put([at(botId, position), at(botId, trade)]);
  return trade;
}

/** The exit first: a position whose exit is there is found and taken away at the next start. */
async function leave(store: RecordStore<Fact>, botId: string, ms: number, dice: Random, position: PositionFact): Promise<TradeFact> {
  const { symbol, positionType: tradeType, entryPrice, size, leverage } = position;
  const exitPrice = moved(entryPrice, dice);
  const fee = new Exact(size).times("0.03");
  const move = new Exact(exitPrice).minus(entryPrice).times(tradeType === "LONG" ? 1 : -1);
  const pnl = move.times(size).times(leverage).div(entryPrice).minus(fee).toDecimalPlaces(8);
  const trade: TradeFact = {
    kind: "trade",
    id: `order_${ms}_${dice.base36(9)}`,
    symbol,
    tradeType,
    action: "CLOSE",
    entryPrice,
    exitPrice,
    size,
    leverage,
    pnl: pnl.toFixed(),
    fee: fee.toFixed(),
    executedAt: instantOf(String(ms)),
    positionId: position.id,
    mode: "paper",
    attributes: null,
  };
  await store.put([at(botId, trade)]);
  await store.delete([`${botId}/positions/${position.id}`]);
  return trade;
}

function at(botId: string, fact: PositionFact | TradeFact): StoredRecord<Fact> {
  return { key: `${botId}/${fact.kind === "trade" ? "orders" : "positions"}/${fact.id}`, value: fact };
}

/** A price up to 9 % away, exact. */
function moved(price: string, dice: Random): string {
  return new Exact(price)
    .times(10_000 + dice.between(-900, 900))
    .div(10_000)
    .toFixed();
}

/**
 * Takes back what a kill left half done since a moment: positions without an entry, and those whose exit is there. How many. What is older was
 * half done by the old server, and is left as it is.
 */
export async function mendHalfDone(store: RecordStore<Fact>, botId: string, since: string): Promise<number> {
  const open = await openPositions(store, botId);
  const entries = new Set<string>();
  const exits = new Set<string>();
  const prefix = `${botId}/orders/`;
  for await (const page of store.scan({ after: prefix, through: `${prefix}\u{10ffff}` })) {
    for (const { value } of page)
      if (value.kind === "trade" && value.positionId !== null) (value.action === "OPEN" ? entries : exits).add(value.positionId);
  }
  const wrong = open.filter(({ id, openedAt }) => exits.has(id) || ((openedAt ?? "") > since && !entries.has(id)));
  await store.delete(wrong.map(({ id }) => `${botId}/positions/${id}`));
  return wrong.length;
}
