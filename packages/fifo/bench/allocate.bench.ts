// `allocate` in every shape against the naive loop in doubles and in decimal.js, and against the one npm library that does FIFO gains.
// Every side starts from the same texts, reads each once, sorts, takes lots oldest first and shares fees out (naive.ts says what each does beyond that).
// "As text" is four texts for each row (quantity, cost, net proceeds, profit), the same four on every side, and every one is used. Beside that only td
// checks its input, finds ids that are there twice, adds up exactly, and can be read again: "doubles, checked" says what the checks alone cost a loop.
// Prints ratios measured in this run. node --expose-gc packages/fifo/bench/allocate.bench.ts [trades ...] (default 100000; 1000000 takes ten minutes)
import { createRequire } from "node:module";
import { allocate, createAllocator } from "@td/fifo";
import { counted, noteRatio } from "@td/testkit/bench";
import { SHAPES, type Trade } from "./books.ts";
import { amountsAsText, checkedDoubles, checksum, decimals, decimalsOfParts, doubles } from "./naive.ts";

const sizes = process.argv.slice(2).map(Number).filter(Number.isInteger);
const ROUNDS = 5;

interface PeerOperation {
  readonly symbol: string;
  readonly date: Date;
  readonly price: number;
  readonly amount: number;
  readonly type: "BUY" | "SELL";
}
const peer: { calculateFIFOCapitalGains(history: readonly PeerOperation[]): unknown } = createRequire(import.meta.url)(
  "fifo-capital-gains-js",
);

function peerGains(input: readonly Trade[]): unknown {
  return peer.calculateFIFOCapitalGains(
    input.map((t) => ({
      symbol: t.symbol,
      date: new Date(t.executedAt),
      price: Number(t.price),
      amount: Number(t.quantity),
      type: t.side === "buy" ? "BUY" : "SELL",
    })),
  );
}

function texts(input: readonly Trade[]): number {
  let sum = 0;
  for (const row of allocate(input).allocations) {
    sum = checksum(checksum(sum, row.text("quantity")), row.text("costBasis"));
    sum = checksum(checksum(sum, row.text("netProceeds")), row.text("pnl"));
  }
  return sum;
}

const doubleTexts = (input: readonly Trade[]): number => amountsAsText(doubles(input), String);
const checkedTexts = (input: readonly Trade[]): number => amountsAsText(checkedDoubles(input), String);
const decimalTexts = (input: readonly Trade[]): number => amountsAsText(decimals(input), (value) => value.toFixed());

/** decimal.js with td's parts; its texts are td's, or the comparison is of two different things. */
function sameTexts(input: readonly Trade[]): number {
  const sum = amountsAsText(decimalsOfParts(input), (value) => value.toFixed());
  if (!expected.has(input)) throw new Error("td comes first");
  if (expected.get(input) !== sum) throw new Error("td and decimal.js gave different texts");
  return sum;
}

const expected = new WeakMap<readonly Trade[], number>();

interface Case {
  readonly name: string;
  readonly run: (input: readonly Trade[]) => unknown;
  /** Takes long enough to need fewer rounds, and no warming up of its own. */
  readonly isSlow?: true;
}

const CASES = {
  doubles: { name: "doubles, inexact: amounts as numbers", run: doubles },
  read: { name: "td allocate: amounts when read", run: (input) => allocate(input) },
  totals: { name: "td allocate + totals", run: (input) => allocate(input).totals },
  doubleTexts: { name: "doubles, inexact: amounts as text", run: doubleTexts },
  checkedTexts: { name: "doubles, checked: amounts as text", run: checkedTexts },
  texts: { name: "td: amounts as text", run: texts },
  sameTexts: { name: "decimal.js, the same texts", run: sameTexts, isSlow: true },
  decimalTexts: { name: "decimal.js, rounded to 20 digits, as text", run: decimalTexts, isSlow: true },
} as const satisfies Readonly<Record<string, Case>>;

type CaseName = keyof typeof CASES;
type Seconds = Readonly<Record<CaseName, number>>;
const NAMES = Object.keys(CASES) as readonly CaseName[];

/** CPU seconds of this process, which other work on the machine disturbs less than the wall clock. */
function cpuSeconds(run: () => unknown): number {
  globalThis.gc?.();
  const before = process.cpuUsage();
  run();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

/** The least time of each case over rounds in which they take turns: other work on the machine only ever adds to it. */
function measure(input: readonly Trade[]): Seconds {
  const least = Object.fromEntries(NAMES.map((name) => [name, Infinity])) as Record<CaseName, number>;
  expected.set(input, texts(input));
  const slowRounds = input.length > 100_000 ? 1 : 3;
  for (let round = 0; round <= ROUNDS; round++)
    for (const name of NAMES) {
      const { run, isSlow }: Case = CASES[name];
      if (isSlow === true ? round > 0 && round <= slowRounds : true) {
        const took = cpuSeconds(() => run(input));
        if (round > 0) least[name] = Math.min(least[name], took);
      }
    }
  return least;
}

/** The lines of a shape that the table of all benchmarks has. */
function note(what: string, trades: number, took: Seconds): void {
  const size = `${counted(trades)} trades`;
  const [read, text] = [`allocate, ${what}, amounts when read, CPU`, `allocate, ${what}, every amount as text, CPU`];
  noteRatio({ what: read, size, against: "a loop in doubles", ratio: took.read / took.doubles });
  noteRatio({ what: text, size, against: "doubles as text", ratio: took.texts / took.doubleTexts });
  noteRatio({ what: text, size, against: "doubles as text, texts and ids checked", ratio: took.texts / took.checkedTexts });
  noteRatio({ what: text, size, against: "decimal.js, the same texts", ratio: took.texts / took.sameTexts });
}

function report(title: string, input: readonly Trade[]): void {
  const took = measure(input);
  note(title, input.length, took);
  console.log(`\n${title}, ${input.length.toLocaleString("en")} trades: CPU seconds, the least of ${ROUNDS}`);
  for (const name of NAMES) {
    const isText = name.endsWith("exts");
    const base = isText ? "doubleTexts" : "doubles";
    const beside = `${(took[name] / took[base]).toFixed(2).padStart(6)} x ${isText ? "doubles as text" : "doubles"}`;
    const fast = isText ? `  ${(took.sameTexts / took[name]).toFixed(1).padStart(5)} x as fast as decimal.js, the same texts` : "";
    console.log(`  ${CASES[name].name.padEnd(42)} ${took[name].toFixed(3).padStart(7)}  ${beside}${fast}`);
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A thousand new trades on a book that is already there; the median of five such thousands. */
function resume(input: readonly Trade[]): void {
  const allocator = createAllocator();
  const push = (trades: readonly Trade[]) => cpuSeconds(() => trades.forEach((trade) => allocator.push(trade)));
  const whole = push(input.slice(0, -5000));
  const more = median([5000, 4000, 3000, 2000, 1000].map((left) => push(input.slice(-left, input.length - left + 1000))));
  const snapshot = allocator.snapshot();
  const restored = cpuSeconds(() => createAllocator(undefined, snapshot));
  console.log(
    `\nStreaming, one symbol in churn: ${input.length.toLocaleString("en")} trades in ${whole.toFixed(2)} s CPU; 1,000 more ${(more * 1000).toFixed(1)} ms = 1/${Math.round(whole / more)} of it; restoring the snapshot (${snapshot.symbols[0]?.lots.length ?? 0} open lots) ${(restored * 1000).toFixed(1)} ms`,
  );
}

for (const size of sizes.length > 0 ? sizes : [100_000]) {
  for (const [shape, make] of Object.entries(SHAPES)) report(`${shape}, 8 decimals`, make(size, 8));
  report("20 symbols, 16 decimals", SHAPES["20 symbols"](size, 16));
  resume(SHAPES["churn, at most two lots open"](size, 8));
}
// The peer refuses to sell more than it holds, which the other books do now and then: here every second trade sells half of the purchase before.
const small = Array.from({ length: 10_000 }, (_, i): Trade => {
  const executedAt = new Date(1_700_000_000_000 + i * 1000).toISOString();
  return {
    id: `t${i}`,
    symbol: "S0-USD",
    side: i % 2 === 0 ? "buy" : "sell",
    quantity: i % 2 === 0 ? "2.5" : "1.25",
    price: "101.5",
    fee: "0",
    executedAt,
  };
});
const [ours, theirs] = [cpuSeconds(() => texts(small)), cpuSeconds(() => peerGains(small))];
noteRatio({
  what: "allocate, every amount as text, CPU",
  size: "10,000 trades of one symbol",
  against: "fifo-capital-gains-js",
  ratio: ours / theirs,
});
console.log(`\nfifo-capital-gains-js, 10,000 trades of one symbol: ${(theirs / ours).toFixed(1)} x td's time`);
console.log(`\nPeak memory of this process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB (all cases together)`);
