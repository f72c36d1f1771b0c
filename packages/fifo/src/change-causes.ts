// Which entries made the difference between two results: an addition, a removal, another time, quantity or cost, and what it pushed on until both
// sides held the same lots again. The histories of both results say it; where one has none, its rows and open lots say what they can.
import type { AllocationJson } from "./allocation.ts";
import { add, compareExact, negate, subtract, ZERO, type Exact } from "./exact.ts";
import { groupBy } from "./group-by.ts";
import type { Rules } from "./options.ts";
import { compareText } from "./order.ts";
import type { TradeFacts } from "./result.ts";
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
  /** The history of a symbol; undefined where the result does not have it, so that only rows tell what changed. */
  readonly trades: ((symbol: string) => readonly TradeFacts[]) | undefined;
  readonly rules: Rules | undefined;
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
  readonly key: string;
  /** Of one side; of a changed buy left - right. */
  quantity: Exact;
}

/** The causes, oldest first. */
export function causeIds(causes: Causes | null): readonly string[] {
  const ids: string[] = [];
  for (let cause = causes; cause !== null; cause = cause.earlier) ids.push(cause.id);
  return ids.reverse();
}

/** For every sell of either side, the changed entries that were still felt when it was executed; and the books by symbol. */
export function causesBySell(
  left: CauseSide,
  right: CauseSide,
): { readonly causes: ReadonlyMap<string, Causes | null>; readonly books: ReadonlyMap<string, Book> } {
  const sells = [...new Set([...left.bySell.keys(), ...right.bySell.keys()])].map((id) => sellOf(id, left, right));
  const buysBySymbol = left.trades && right.trades ? null : groupBy(changedBuys(left, right), (buy) => buy.symbol);
  const causes = new Map<string, Causes | null>();
  const books = new Map<string, Book>();
  for (const [symbol, list] of groupBy(sells, (sell) => sell.symbol)) {
    const book = buysBySymbol === null ? bookOf(symbol, left, right) : rowsOnly(list, buysBySymbol.get(symbol) ?? []);
    books.set(symbol, book);
    replay(list.flatMap(stepsOf).sort(byTime), book, causes);
  }
  return { causes, books };
}

interface Sell {
  readonly id: string;
  readonly symbol: string;
  readonly left: readonly AllocationJson[] | undefined;
  readonly right: readonly AllocationJson[] | undefined;
}

function sellOf(id: string, { bySell: before }: CauseSide, { bySell: after }: CauseSide): Sell {
  const [left, right] = [before.get(id), after.get(id)];
  return { id, symbol: (left ?? right)?.[0]?.symbol ?? "", left, right };
}

/** A sell when it was executed; twice where the two sides disagree about the time. */
interface Step extends Omit<Sell, "symbol"> {
  readonly at: string;
}

function stepsOf({ id, left, right }: Sell): readonly Step[] {
  const [before, after] = [left?.[0]?.sellTime, right?.[0]?.sellTime];
  if (before === undefined || after === undefined || before === after) return [{ id, at: before ?? after ?? "", left, right }];
  return [
    { id, at: before, left, right: undefined },
    { id, at: after, left: undefined, right },
  ];
}

/** An entry that the two sides have differently, from the moment on at which that is felt. */
interface Change {
  readonly id: string;
  readonly at: string;
  /** Splits and transfers are felt to the end; buys and sells until both sides hold the same lots again. */
  readonly isLasting: boolean;
  /** What it adds to left - right. */
  readonly lot: { readonly key: string; readonly quantity: Exact } | null;
}

/** One symbol's changes, and what a row took: from which lot, in units that are the same on both sides. */
export interface Book {
  readonly changes: readonly Change[];
  taken(row: AllocationJson, side: 0 | 1): { readonly key: string; readonly quantity: Exact } | null;
}

/** Goes through the sells of a symbol in time and keeps what the two sides hold differently. */
function replay(steps: readonly Step[], book: Book, causes: Map<string, Causes | null>): void {
  const differing = new Map<string, Exact>(); // left - right, by lot; no zeros
  let lasting: Causes | null = null;
  let active: Causes | null = null;
  let next = 0;
  for (const step of steps) {
    for (let one = book.changes[next]; one !== undefined && one.at <= step.at; one = book.changes[++next]) {
      active = { id: one.id, earlier: active };
      if (one.isLasting) lasting = { id: one.id, earlier: lasting };
      if (one.lot !== null) change(differing, one.lot.key, one.lot.quantity);
    }
    for (const [rows, side] of [[step.left, 0] as const, [step.right, 1] as const])
      for (const row of rows ?? []) {
        const taken = book.taken(row, side);
        if (taken !== null) change(differing, taken.key, side === 0 ? negate(taken.quantity) : taken.quantity);
      }
    causes.set(step.id, active);
    if (differing.size === 0) active = lasting; // both sides hold the same lots again
  }
}

function change(differing: Map<string, Exact>, id: string, by: Exact): void {
  const now = add(differing.get(id) ?? ZERO, by);
  if (now.units === 0n) differing.delete(id);
  else differing.set(id, now);
}

function factsOf(symbol: string, { trades }: CauseSide): ReadonlyMap<string, TradeFacts & { readonly place: number }> {
  return new Map((trades?.(symbol) ?? []).map((trade, place) => [trade.id, { ...trade, place }]));
}

/** What the histories of both sides say: each entry that one side lacks or has otherwise. */
function bookOf(symbol: string, left: CauseSide, right: CauseSide): Book {
  const [before, after] = [factsOf(symbol, left), factsOf(symbol, right)];
  const sides = [before, after];
  const rules = right.rules ?? left.rules;
  const splits = sides.map((facts) =>
    [...facts.values()].flatMap(({ place, ratio }) => (ratio === null ? [] : [{ place, ratio: ratioOf(ratio) }])),
  );
  const whole = splits.flat().reduce((product, { ratio }) => product * ratio[0], 1n);
  const moved = new Set<string>(); // buys that are other lots on the two sides
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((id): Change[] => {
    const [a, b] = [before.get(id), after.get(id)];
    const first = [a, b].filter((trade) => trade !== undefined).sort((x, y) => x.at - y.at)[0];
    if (first === undefined || (a && b && isSame(a, b, rules) && a.quantity === b.quantity && a.kind === b.kind && a.ratio === b.ratio))
      return [];
    const at = first.executedAt;
    if (a?.kind !== "buy" && b?.kind !== "buy") return [{ id, at, isLasting: first.kind !== "sell", lot: null }];
    const lot = (key: string, { quantity }: TradeFacts, sign: 1n | -1n) => ({ key, quantity: times(exactOf(quantity), sign * whole) });
    if (a && b && a.kind === b.kind && isSame(a, b, rules))
      return [{ id, at, isLasting: false, lot: { key: id, quantity: subtract(lot(id, a, 1n).quantity, lot(id, b, 1n).quantity) } }];
    moved.add(id);
    return [
      ...(a?.kind === "buy" ? [{ id, at: a.executedAt, isLasting: false, lot: lot(`0${id}`, a, 1n) }] : []),
      ...(b?.kind === "buy" ? [{ id, at: b.executedAt, isLasting: false, lot: lot(`1${id}`, b, -1n) }] : []),
    ];
  });
  return {
    changes: changes.sort(byTime),
    taken({ buyId, sellId, quantity }, side) {
      const bought = sides[side]?.get(buyId ?? "")?.place;
      if (buyId === null || bought === undefined) return null;
      const sold = Math.max(bought, sides[side]?.get(sellId)?.place ?? 0);
      const factor = (splits[side] ?? [])
        .filter(({ place }) => bought < place && place < sold)
        .reduce((units, { ratio: [numerator, denominator] }) => (units / numerator) * denominator, whole);
      return { key: moved.has(buyId) ? `${side}${buyId}` : buyId, quantity: times(exactOf(quantity), factor) };
    },
  };
}

/** Whether a trade has the same place among the lots on both sides. */
function isSame(a: TradeFacts, b: TradeFacts, rules: Rules | undefined): boolean {
  const isByCost = rules?.method === "hifo" || rules?.method === "lofo";
  return (
    a.executedAt === b.executedAt &&
    a.sequence === b.sequence &&
    (rules?.scope !== "account" || a.account === b.account) &&
    (!isByCost || a.kind !== "buy" || a.price === b.price)
  );
}

function ratioOf(ratio: string): readonly [numerator: bigint, denominator: bigint] {
  const [numerator = "1", denominator = "1"] = ratio.split(":");
  return [BigInt(numerator), BigInt(denominator)];
}

const times = ({ units, scale }: Exact, by: bigint): Exact => ({ units: units * by, scale });

/** What rows alone say: sells that one side lacks, or has at another time or of another size, and buys likewise. */
function rowsOnly(sells: readonly Sell[], buys: readonly Buy[]): Book {
  const soldAlike = ({ left, right }: Sell): boolean =>
    left?.[0]?.sellTime === right?.[0]?.sellTime && compareExact(total(left), total(right)) === 0;
  const changes = [
    ...buys.map(({ id, at, key, quantity }) => ({ id, at, isLasting: false, lot: { key, quantity } })),
    ...sells
      .filter((sell) => !soldAlike(sell))
      .map((sell) => ({
        id: sell.id,
        at:
          stepsOf(sell)
            .map(({ at }) => at)
            .sort()[0] ?? "",
        isLasting: false,
        lot: null,
      })),
  ];
  return {
    changes: changes.sort(byTime),
    taken: ({ buyId, buyTime, quantity }) => (buyId === null ? null : { key: lotKey(buyId, buyTime ?? ""), quantity: exactOf(quantity) }),
  };
}

/** A buy at another time is another lot. */
const lotKey = (id: string, at: string): string => `${at} ${id}`;

function total(rows: readonly AllocationJson[] = []): Exact {
  return rows.reduce((sum, { quantity }) => add(sum, exactOf(quantity)), ZERO);
}

/** Buys of one side, and with the open lots of both also those of another quantity; `quantity` is left - right. */
function* changedBuys(left: CauseSide, right: CauseSide): Generator<Buy> {
  const before = buysOf(left),
    after = buysOf(right);
  const whole = left.openLots !== null && right.openLots !== null;
  for (const buy of before.values()) {
    const other = after.get(buy.key);
    const quantity = subtract(buy.quantity, other?.quantity ?? ZERO);
    if (other === undefined || (whole && quantity.units !== 0n)) yield { ...buy, quantity };
  }
  for (const buy of after.values()) if (!before.has(buy.key)) yield { ...buy, quantity: negate(buy.quantity) };
}

function buysOf({ bySell, openLots }: CauseSide): Map<string, Buy> {
  const buys = new Map<string, Buy>();
  const meet = (id: string, symbol: string, at: string, quantity: string) => {
    const key = lotKey(id, at);
    const buy = buys.get(key) ?? { id, symbol, at, key, quantity: ZERO };
    buy.quantity = add(buy.quantity, exactOf(quantity));
    buys.set(key, buy);
  };
  for (const rows of bySell.values())
    for (const { buyId, symbol, buyTime, quantity } of rows) if (buyId !== null) meet(buyId, symbol, buyTime ?? "", quantity);
  for (const { id, symbol, executedAt, quantity } of openLots ?? []) meet(id, symbol, executedAt, quantity);
  return buys;
}

function byTime(a: { readonly at: string; readonly id: string }, b: { readonly at: string; readonly id: string }): number {
  return compareText(a.at, b.at);
}
