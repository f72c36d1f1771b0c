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

const Exact = Decimal.clone({ precision: 60 });

/** The same loop in decimal.js. */
export function decimals(input: readonly Trade[]): Amounts<Decimal>[] {
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
      const cost = lot.p.times(q).plus(lot.fee.times(q).div(lot.q));
      const net = row.p.times(q).minus(row.fee.times(q).div(row.q));
      out.push({ sellId: row.id, buyId: lot.id, quantity: q, costBasis: cost, netProceeds: net, pnl: net.minus(cost) });
      lot.left = lot.left.minus(q);
      row.left = row.left.minus(q);
      if (lot.left.lte(0)) queue.head++;
    }
    if (row.left.gt(0))
      out.push({
        sellId: row.id,
        buyId: null,
        quantity: row.left,
        costBasis: null,
        netProceeds: row.p.times(row.left).minus(row.fee.times(row.left).div(row.q)),
        pnl: null,
      });
  }
  return out;
}

/** Every amount as text, as a database or a response needs it. */
export function amountsAsText(rows: readonly Amounts<number>[] | readonly Amounts<Decimal>[]): number {
  let length = 0;
  for (const { quantity, costBasis, netProceeds, pnl } of rows)
    for (const value of [quantity, costBasis, netProceeds, pnl])
      if (value !== null) length += (typeof value === "number" ? String(value) : value.toFixed()).length;
  return length;
}
