// Which trades made the difference between two results: an addition, a removal or a changed cost, and what it pushed on until both sides held
// the same lots again.
import type { AllocationJson } from "./allocation.ts";
import { add, negate, subtract, ZERO, type Exact } from "./exact.ts";
import { groupBy } from "./group-by.ts";
import { compareText } from "./order.ts";
import { exactOf } from "./units.ts";

/** The trades that are at work at one moment, newest first; shared between sells, so that a million sells keep no million lists. */
export interface Causes {
  readonly id: string;
  readonly earlier: Causes | null;
}

/** One result as this looks at it. */
export interface CauseSide {
  readonly bySell: ReadonlyMap<string, readonly AllocationJson[]>;
  /** Open lots; null where the result does not have them, so that a lot which no sell took is not known. */
  readonly openLots: readonly OpenLotFacts[] | null;
}

/** What is asked of an open lot. */
export interface OpenLotFacts {
  readonly id: string;
  readonly symbol: string;
  /** Still open, canonical text. */
  readonly quantity: string;
  /** Canonical instant of its purchase. */
  readonly executedAt: string;
}

/** A buy as one side has it. */
interface Buy {
  readonly id: string;
  readonly symbol: string;
  readonly at: string;
  quantity: Exact;
}

/** The causes, oldest first. */
export function causeIds(causes: Causes | null): readonly string[] {
  const ids: string[] = [];
  for (let cause = causes; cause !== null; cause = cause.earlier) ids.push(cause.id);
  return ids.reverse();
}

/** For every sell of either side, the one-sided trades that were still felt when it was executed. */
export function causesBySell(left: CauseSide, right: CauseSide): ReadonlyMap<string, Causes | null> {
  const buysBySymbol = groupBy(
    [...changedBuys(left, right)].filter(({ quantity }) => quantity.units !== 0n),
    (buy) => buy.symbol,
  );
  const sells = [...new Set([...left.bySell.keys(), ...right.bySell.keys()])].map((id) => sellOf(id, left, right));
  const causes = new Map<string, Causes | null>();
  for (const [symbol, list] of groupBy(sells, (sell) => sell.symbol))
    replay(list.sort(byTime), (buysBySymbol.get(symbol) ?? []).sort(byTime), causes);
  return causes;
}

interface Sell {
  readonly id: string;
  readonly symbol: string;
  readonly at: string;
  readonly left: readonly AllocationJson[] | undefined;
  readonly right: readonly AllocationJson[] | undefined;
}

function sellOf(id: string, { bySell: before }: CauseSide, { bySell: after }: CauseSide): Sell {
  const [left, right] = [before.get(id), after.get(id)];
  const first = (left ?? right)?.[0];
  return { id, symbol: first?.symbol ?? "", at: first?.sellTime ?? "", left, right };
}

/** Goes through the sells of a symbol in time and keeps what the two sides hold differently. */
function replay(sells: readonly Sell[], buys: readonly Buy[], causes: Map<string, Causes | null>): void {
  const differing = new Map<string, Exact>(); // left - right, by lot; no zeros
  let active: Causes | null = null;
  let next = 0;
  for (const sell of sells) {
    for (let buy = buys[next]; buy !== undefined && buy.at <= sell.at; buy = buys[++next]) {
      active = { id: buy.id, earlier: active };
      change(differing, buy.id, buy.quantity);
    }
    if (sell.left === undefined || sell.right === undefined) active = { id: sell.id, earlier: active };
    take(differing, sell.left, 1);
    take(differing, sell.right, -1);
    causes.set(sell.id, active);
    if (differing.size === 0) active = null; // both sides hold the same lots again
  }
}

function take(differing: Map<string, Exact>, rows: readonly AllocationJson[] | undefined, sign: 1 | -1): void {
  for (const { buyId, quantity } of rows ?? []) {
    if (buyId === null) continue;
    const units = exactOf(quantity);
    change(differing, buyId, sign === 1 ? negate(units) : units);
  }
}

function change(differing: Map<string, Exact>, id: string, by: Exact): void {
  const now = add(differing.get(id) ?? ZERO, by);
  if (now.units === 0n) differing.delete(id);
  else differing.set(id, now);
}

/** Buys of one side, and with the open lots of both also those of another quantity; `quantity` is left - right. */
function* changedBuys(left: CauseSide, right: CauseSide): Generator<Buy> {
  const before = buysOf(left),
    after = buysOf(right);
  const whole = left.openLots !== null && right.openLots !== null;
  for (const buy of before.values()) {
    const other = after.get(buy.id);
    if (other === undefined) yield buy;
    else if (whole) yield { ...buy, quantity: subtract(buy.quantity, other.quantity) };
  }
  for (const buy of after.values()) if (!before.has(buy.id)) yield { ...buy, quantity: negate(buy.quantity) };
}

function buysOf({ bySell, openLots }: CauseSide): Map<string, Buy> {
  const buys = new Map<string, Buy>();
  const meet = (id: string, symbol: string, at: string, quantity: string) => {
    const buy = buys.get(id) ?? { id, symbol, at, quantity: ZERO };
    buy.quantity = add(buy.quantity, exactOf(quantity));
    buys.set(id, buy);
  };
  for (const rows of bySell.values())
    for (const { buyId, symbol, buyTime, quantity } of rows) if (buyId !== null) meet(buyId, symbol, buyTime ?? "", quantity);
  for (const { id, symbol, executedAt, quantity } of openLots ?? []) meet(id, symbol, executedAt, quantity);
  return buys;
}

function byTime(a: { readonly at: string; readonly id: string }, b: { readonly at: string; readonly id: string }): number {
  return compareText(a.at, b.at);
}
