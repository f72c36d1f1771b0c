// The books that the benchmarks run on: seeded, so that every run measures the same trades.

/** A trade as it comes from a file: everything is text. */
export interface Trade {
  readonly id: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly quantity: string;
  readonly price: string;
  readonly fee: string;
  readonly executedAt: string;
}

/** The shapes in which queues behave differently. */
export const SHAPES = {
  "20 symbols": (count: number, digits: number) => book(count, 20, digits, (next) => next() < 0.55),
  "one symbol, growing backlog": (count: number, digits: number) => book(count, 1, digits, (next) => next() < 0.75),
  "churn, at most two lots open": (count: number, digits: number) => book(count, 1, digits, (_, i) => i % 2 === 0, "2"),
  "one sell over all lots": (count: number, digits: number) => book(count, 1, digits, (_, i) => i < count - 1, undefined, true),
} as const;

/** mulberry32. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type IsBuy = (next: () => number, index: number) => boolean;

function book(count: number, symbols: number, digits: number, isBuy: IsBuy, fixed?: string, sweep = false): Trade[] {
  const next = random(7);
  const integer = (n: number): number => Math.floor(next() * n);
  const fraction = (): string => Array.from({ length: digits / 4 }, () => String(integer(10_000)).padStart(4, "0")).join("");
  let at = Date.UTC(2020, 0, 1);
  return Array.from({ length: count }, (_, i) => {
    at += 1 + integer(1000);
    const all = sweep && i === count - 1 ? `${count * 10}` : undefined;
    return {
      id: `t${i}`,
      symbol: `S${integer(symbols)}-USD`,
      side: isBuy(next, i) ? "buy" : "sell",
      quantity: all ?? fixed ?? `${1 + integer(9)}.${fraction()}`,
      price: `${100 + integer(900)}.${String(integer(100)).padStart(2, "0")}`,
      fee: `0.${String(integer(1_000_000)).padStart(6, "0")}`,
      executedAt: new Date(at).toISOString(),
    };
  });
}
