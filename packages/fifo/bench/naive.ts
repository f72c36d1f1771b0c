// What td is measured against: the loop that applications have today, in doubles (inexact) and in decimal.js, from the same texts to allocation objects.
// Each does the whole job: reads each text once, sorts by time, takes lots first in first out, shares fees out by quantity, and gives cost, net proceeds
// and profit of each part. None of them checks anything but `checkedDoubles`.
import { Decimal } from "decimal.js";
import type { Trade } from "./books.ts";

interface Amounts<N> {
  readonly sellId: string;
  readonly buyId: string | null;
  readonly quantity: N;
  readonly costBasis: N | null;
  readonly netProceeds: N;
  readonly pnl: N | null;
}

interface Row<N> {
  readonly id: string;
  readonly symbol: string;
  readonly buy: boolean;
  readonly q: N;
  readonly p: N;
  readonly fee: N;
  readonly at: number;
  left: N;
  /** The shares of the fee given so far. */
  shared: N;
}

interface Queue<N> {
  head: number;
  readonly lots: Row<N>[];
}

/** In doubles: sums drift, lots never quite close, hence the 1e-9. */
export function doubles(input: readonly Trade[]): Amounts<number>[] {
  return doubleLoop(input.map((t) => rowOf(t, Number(t.quantity), Number(t.price), Number(t.fee), 0, Date.parse(t.executedAt))));
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** The same in doubles, with the least of td's checks: each text is a decimal or an instant, each id is there once. */
export function checkedDoubles(input: readonly Trade[]): Amounts<number>[] {
  const ids = new Set<string>();
  const numberOf = (text: string): number => {
    if (!DECIMAL.test(text)) throw new TypeError(text);
    return Number(text);
  };
  const rows = input.map((t) => {
    const at = INSTANT.test(t.executedAt) ? Date.parse(t.executedAt) : Number.NaN;
    const [q, p, fee] = [numberOf(t.quantity), numberOf(t.price), numberOf(t.fee)];
    if (!(at > 0) || !(q > 0) || !(p >= 0) || t.id === "" || t.symbol === "" || ids.has(t.id)) throw new TypeError(t.id);
    ids.add(t.id);
    return rowOf(t, q, p, fee, 0, at);
  });
  return doubleLoop(rows);
}

/** A trade whose texts are read, each once. */
function rowOf<N>({ id, symbol, side }: Trade, q: N, p: N, fee: N, shared: N, at: number): Row<N> {
  return { id, symbol, buy: side === "buy", q, p, fee, at, left: q, shared };
}

function doubleLoop(rows: Row<number>[]): Amounts<number>[] {
  rows.sort((a, b) => a.at - b.at);
  const queues = new Map<string, Queue<number>>();
  const out: Amounts<number>[] = [];
  for (const row of rows) {
    let queue = queues.get(row.symbol);
    if (queue === undefined) queues.set(row.symbol, (queue = { head: 0, lots: [] }));
    if (row.buy) {
      queue.lots.push(row);
      continue;
    }
    for (let lot = queue.lots[queue.head]; lot !== undefined && row.left > 1e-9; lot = queue.lots[queue.head]) {
      const q = Math.min(lot.left, row.left);
      const cost = lot.p * q + (lot.fee * q) / lot.q;
      const net = row.p * q - (row.fee * q) / row.q;
      out.push({ sellId: row.id, buyId: lot.id, quantity: q, costBasis: cost, netProceeds: net, pnl: net - cost });
      lot.left -= q;
      row.left -= q;
      if (lot.left <= 1e-9) queue.head++;
    }
    if (row.left > 1e-9)
      out.push({
        sellId: row.id,
        buyId: null,
        quantity: row.left,
        costBasis: null,
        netProceeds: row.p * row.left - (row.fee * row.left) / row.q,
        pnl: null,
      });
  }
  return out;
}

/**
 * Digits enough for every product and sum here, and for shares cut at 18 places: a quotient by a quantity of at most 17 digits is no nearer to the
 * next 18th place than 10^-35. The default of 20 rounds them.
 */
const Exact = Decimal.clone({ precision: 40 });

/** The share of the fee in a part of `q` units. */
type FeePart = (row: Row<Decimal>, q: Decimal) => Decimal;

/** In proportion, rounded: the parts of a fee do not add up to it. */
const proportional: FeePart = (row, q) => row.fee.times(q).div(row.q);

/** Cumulative parts, cut at 18 places: what td writes. One division for a part, as the share before it is remembered; none for the last one. */
const cumulative: FeePart = (row, q) => {
  const left = row.left.minus(q);
  const upTo = left.isZero() ? row.fee : row.fee.times(row.q.minus(left)).div(row.q).toDecimalPlaces(18, Decimal.ROUND_DOWN);
  const part = upTo.minus(row.shared);
  row.shared = upTo;
  return part;
};

/** The same loop in decimal.js as it comes, with 20 digits: what most applications write. Products of long texts are rounded. */
export const decimals = (input: readonly Trade[]): Amounts<Decimal>[] => decimalLoop(input, Decimal, proportional);

/** In decimal.js, with parts that add up: every text is td's. */
export const decimalsOfParts = (input: readonly Trade[]): Amounts<Decimal>[] => decimalLoop(input, Exact, cumulative);

function decimalLoop(input: readonly Trade[], Value: typeof Decimal, feePart: FeePart): Amounts<Decimal>[] {
  const zero = new Value(0);
  const rows = input.map((t) => rowOf(t, new Value(t.quantity), new Value(t.price), new Value(t.fee), zero, Date.parse(t.executedAt)));
  rows.sort((a, b) => a.at - b.at);
  const queues = new Map<string, Queue<Decimal>>();
  const out: Amounts<Decimal>[] = [];
  for (const row of rows) {
    let queue = queues.get(row.symbol);
    if (queue === undefined) queues.set(row.symbol, (queue = { head: 0, lots: [] }));
    if (row.buy) {
      queue.lots.push(row);
      continue;
    }
    for (let lot = queue.lots[queue.head]; lot !== undefined && !row.left.isZero(); lot = queue.lots[queue.head]) {
      const q = lot.left.lt(row.left) ? lot.left : row.left;
      const cost = lot.p.times(q).plus(feePart(lot, q));
      const net = row.p.times(q).minus(feePart(row, q));
      out.push({ sellId: row.id, buyId: lot.id, quantity: q, costBasis: cost, netProceeds: net, pnl: net.minus(cost) });
      lot.left = lot.left.minus(q);
      row.left = row.left.minus(q);
      if (lot.left.isZero()) queue.head++;
    }
    if (!row.left.isZero()) {
      const net = row.p.times(row.left).minus(feePart(row, row.left));
      out.push({ sellId: row.id, buyId: null, quantity: row.left, costBasis: null, netProceeds: net, pnl: null });
    }
  }
  return out;
}

/** A sum over texts, in any order; reading a character makes the engine put a text of pieces together, as every use of it does. */
export function checksum(sum: number, text: string | null): number {
  if (text === null) return sum;
  const last = text.length - 1;
  return sum + last * 65_536 + text.charCodeAt(last) * 256 + text.charCodeAt(last >> 1);
}

/** Every amount as text, as a database or a response needs it. */
export function amountsAsText<N extends number | Decimal>(rows: readonly Amounts<N>[], text: (value: N) => string): number {
  let sum = 0;
  for (const { quantity, costBasis, netProceeds, pnl } of rows) {
    sum = checksum(checksum(sum, text(quantity)), costBasis === null ? null : text(costBasis));
    sum = checksum(checksum(sum, text(netProceeds)), pnl === null ? null : text(pnl));
  }
  return sum;
}
