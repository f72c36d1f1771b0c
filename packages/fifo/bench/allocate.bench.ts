// `allocate` against the same loop in plain doubles (inexact) and in decimal.js. Prints ratios measured in this run.
// node packages/fifo/bench/allocate.bench.ts [trades=1000000] [rounds=5]
import { Decimal } from "decimal.js";
import { allocate, type TradeInput } from "@td/fifo";
import { writeDecimal } from "@td/fifo/values";

type Trade = Required<Pick<TradeInput, "id" | "symbol" | "side">> & { quantity: string; price: string; fee: string; executedAt: string };

const trades = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 5);

/** Seeded 32-bit generator (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function book(count: number, symbols: number, buyShare: number, digits: number): Trade[] {
  const next = random(7);
  const integer = (n: number): number => Math.floor(next() * n);
  let at = Date.UTC(2024, 0, 1);
  return Array.from({ length: count }, (_, i) => {
    at += integer(1000);
    const fraction = Array.from({ length: digits / 4 }, () => String(integer(10_000)).padStart(4, "0")).join("");
    return {
      id: `t${i}`,
      symbol: `S${integer(symbols)}-USD`,
      side: next() < buyShare ? "buy" : "sell",
      quantity: `${1 + integer(9)}.${fraction}`,
      price: `${100 + integer(900)}.${String(integer(100)).padStart(2, "0")}`,
      fee: `0.${String(integer(1_000_000)).padStart(6, "0")}`,
      executedAt: new Date(at).toISOString(),
    };
  });
}

/** The naive loop, in doubles: what most applications have today. Returns allocation objects. */
function doubles(input: readonly Trade[]): object[] {
  const rows = input.map((t) => ({ id: t.id, symbol: t.symbol, buy: t.side === "buy", q: Number(t.quantity), left: Number(t.quantity), p: Number(t.price), fee: Number(t.fee), at: Date.parse(t.executedAt) }));
  rows.sort((a, b) => a.at - b.at);
  const lots = new Map<string, { head: number; rows: typeof rows }>();
  const out: object[] = [];
  for (const row of rows) {
    let queue = lots.get(row.symbol);
    if (queue === undefined) lots.set(row.symbol, (queue = { head: 0, rows: [] }));
    if (row.buy) {
      queue.rows.push(row);
      continue;
    }
    for (let lot = queue.rows[queue.head]; lot !== undefined && row.left > 1e-9; lot = queue.rows[queue.head]) {
      const q = Math.min(lot.left, row.left);
      const cost = lot.p * q + (lot.fee * q) / lot.q;
      const net = row.p * q - (row.fee * q) / row.q;
      out.push({ sellId: row.id, buyId: lot.id, quantity: q, costBasis: cost, netProceeds: net, pnl: net - cost });
      lot.left -= q;
      row.left -= q;
      if (lot.left <= 1e-9) queue.head++;
    }
    if (row.left > 1e-9) out.push({ sellId: row.id, buyId: null, quantity: row.left, costBasis: null, netProceeds: row.p * row.left - (row.fee * row.left) / row.q, pnl: null });
  }
  return out;
}

const Exact = Decimal.clone({ precision: 60 });

/** The same loop in decimal.js. */
function decimals(input: readonly Trade[]): object[] {
  const rows = input.map((t) => ({ id: t.id, symbol: t.symbol, buy: t.side === "buy", q: new Exact(t.quantity), left: new Exact(t.quantity), p: new Exact(t.price), fee: new Exact(t.fee), at: Date.parse(t.executedAt) }));
  rows.sort((a, b) => a.at - b.at);
  const lots = new Map<string, { head: number; rows: typeof rows }>();
  const out: object[] = [];
  for (const row of rows) {
    let queue = lots.get(row.symbol);
    if (queue === undefined) lots.set(row.symbol, (queue = { head: 0, rows: [] }));
    if (row.buy) {
      queue.rows.push(row);
      continue;
    }
    for (let lot = queue.rows[queue.head]; lot !== undefined && row.left.gt(0); lot = queue.rows[queue.head]) {
      const q = Decimal.min(lot.left, row.left);
      const cost = lot.p.times(q).plus(lot.fee.times(q).div(lot.q));
      const net = row.p.times(q).minus(row.fee.times(q).div(row.q));
      out.push({ sellId: row.id, buyId: lot.id, quantity: q, costBasis: cost, netProceeds: net, pnl: net.minus(cost) });
      lot.left = lot.left.minus(q);
      row.left = row.left.minus(q);
      if (lot.left.lte(0)) queue.head++;
    }
    if (row.left.gt(0)) out.push({ sellId: row.id, buyId: null, quantity: row.left, costBasis: null, netProceeds: row.p.times(row.left).minus(row.fee.times(row.left).div(row.q)), pnl: null });
  }
  return out;
}

/** Reads what the other two computed: every amount of every allocation, as text. */
function readAll(input: readonly Trade[]): number {
  let length = 0;
  for (const row of allocate(input).allocations) {
    const { quantity, costBasis, netProceeds, pnl } = row.amounts();
    for (const value of [quantity, costBasis, netProceeds, pnl]) if (value !== null) length += writeDecimal(value.units, value.scale).length;
  }
  return length;
}

function doublesRead(input: readonly Trade[]): number {
  let length = 0;
  for (const row of doubles(input)) for (const value of Object.values(row)) if (typeof value === "number") length += String(value).length;
  return length;
}

const seconds = (run: () => unknown): number => {
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1e9;
};
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function compare(title: string, input: readonly Trade[]): void {
  const cases: readonly (readonly [string, () => unknown])[] = [
    ["plain doubles, inexact", () => doubles(input)],
    ["@td/fifo allocate", () => allocate(input)],
    ["@td/fifo allocate + totals", () => allocate(input).totals],
    ["plain doubles, amounts as text", () => doublesRead(input)],
    ["@td/fifo, amounts as text", () => readAll(input)],
    ["decimal.js", () => decimals(input)],
  ];
  const times = cases.map((): number[] => []);
  for (let round = 0; round <= rounds; round++)
    cases.forEach(([, run], i) => {
      if (i === cases.length - 1 && round > 2) return; // the slow one: two counted rounds are enough
      const took = seconds(run);
      if (round > 0) times[i]?.push(took);
    });
  const base = median(times[0] ?? []);
  const slow = median(times.at(-1) ?? []);
  console.log(`\n${title}, ${input.length.toLocaleString("en")} trades (median of ${rounds})`);
  cases.forEach(([name], i) => {
    const took = median(times[i] ?? []);
    console.log(`  ${name.padEnd(32)} ${took.toFixed(3)} s   ${(took / base).toFixed(2)} x doubles   ${(slow / took).toFixed(1)} x faster than decimal.js`);
  });
}

compare("20 symbols, 8 decimals", book(trades, 20, 0.55, 8));
compare("20 symbols, 16 decimals", book(trades, 20, 0.55, 16));
console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
