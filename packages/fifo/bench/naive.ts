// What td is measured against: the loop that applications have today, in doubles (inexact) and in decimal.js, from the same text to allocation objects.
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

/** In doubles: sums drift, lots never quite close, hence the 1e-9. */
export function doubles(input: readonly Trade[]): Amounts<number>[] {
  const rows = input.map((t) => ({
    id: t.id,
    symbol: t.symbol,
    buy: t.side === "buy",
    q: Number(t.quantity),
    left: Number(t.quantity),
    p: Number(t.price),
    fee: Number(t.fee),
    at: Date.parse(t.executedAt),
  }));
  rows.sort((a, b) => a.at - b.at);
  const queues = new Map<string, { head: number; lots: typeof rows }>();
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

/** Digits enough for every product here; the default of 20 would round them. */
const Exact = Decimal.clone({ precision: 60 });

interface Row {
  readonly q: Decimal;
  readonly p: Decimal;
  readonly fee: Decimal;
  left: Decimal;
}

/** The share of the fee in a part of `q` units. */
type FeePart = (row: Row, q: Decimal) => Decimal;

/** In proportion, to 60 digits: the parts of a fee do not add up to it. */
const proportional: FeePart = (row, q) => row.fee.times(q).div(row.q);

/** Cumulative parts, cut at 18 places: what td writes. */
const cumulative: FeePart = (row, q) => upTo(row, row.q.minus(row.left).plus(q)).minus(upTo(row, row.q.minus(row.left)));

function upTo(row: Row, used: Decimal): Decimal {
  if (used.eq(row.q)) return row.fee;
  return row.fee.times(used).div(row.q).toDecimalPlaces(18, Decimal.ROUND_DOWN);
}

/** The same loop in decimal.js, as applications write it. */
export const decimals = (input: readonly Trade[]): Amounts<Decimal>[] => decimalLoop(input, proportional);

/** In decimal.js, with parts that add up: every text is td's. */
export const decimalsOfParts = (input: readonly Trade[]): Amounts<Decimal>[] => decimalLoop(input, cumulative);

function decimalLoop(input: readonly Trade[], feePart: FeePart): Amounts<Decimal>[] {
  const rows = input.map((t) => ({
    id: t.id,
    symbol: t.symbol,
    buy: t.side === "buy",
    q: new Exact(t.quantity),
    left: new Exact(t.quantity),
    p: new Exact(t.price),
    fee: new Exact(t.fee),
    at: Date.parse(t.executedAt),
  }));
  rows.sort((a, b) => a.at - b.at);
  const queues = new Map<string, { head: number; lots: typeof rows }>();
  const out: Amounts<Decimal>[] = [];
  for (const row of rows) {
    let queue = queues.get(row.symbol);
    if (queue === undefined) queues.set(row.symbol, (queue = { head: 0, lots: [] }));
    if (row.buy) {
      queue.lots.push(row);
      continue;
    }
    for (let lot = queue.lots[queue.head]; lot !== undefined && row.left.gt(0); lot = queue.lots[queue.head]) {
      const q = Exact.min(lot.left, row.left);
      const cost = lot.p.times(q).plus(feePart(lot, q));
      const net = row.p.times(q).minus(feePart(row, q));
      out.push({ sellId: row.id, buyId: lot.id, quantity: q, costBasis: cost, netProceeds: net, pnl: net.minus(cost) });
      lot.left = lot.left.minus(q);
      row.left = row.left.minus(q);
      if (lot.left.lte(0)) queue.head++;
    }
    if (row.left.gt(0)) {
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
