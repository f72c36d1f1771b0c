// A seeded stand-in for a trading bot's old database and for the exchange's fills, with the exact answer for both versions of its
// ledger. The same seed and scale give the same bytes on every machine; the book streams, so its size does not cost memory.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { answerBook } from "./legacy-book-answer.ts";
import type { AllocationSink, BookAnswer } from "./legacy-book-answer.ts";
import type { DirtyOutcome } from "./legacy-book-dirty.ts";
import { localTable } from "./legacy-book-local.ts";
import type { DirtyLine, LocalTable } from "./legacy-book-local.ts";
import { MARKETS } from "./legacy-book-markets.ts";
import type { Market } from "./legacy-book-markets.ts";
import { bookOrders } from "./legacy-book-orders.ts";
import type { BookOrder } from "./legacy-book-orders.ts";
import { planBook } from "./legacy-book-plan.ts";
import type { MarketPlan } from "./legacy-book-plan.ts";
import { seededRandom, shuffledStream } from "./legacy-book-random.ts";
import type { SeededRandom } from "./legacy-book-random.ts";
import { drawFills, recordDrawer } from "./legacy-book-rows.ts";
import type { TradeRecord } from "./legacy-book-rows.ts";
import { AS_OF, EXCHANGE, RETAINED_FROM, RETENTION_DAYS, stamp } from "./legacy-book-time.ts";
import { lineWriter } from "./legacy-book-writer.ts";
import type { FileTruth, LineWriter } from "./legacy-book-writer.ts";

/** Which book to write. */
export interface BookOptions {
  /** 0 to 999,999,999. */
  readonly seed: number;
  /** 1 (about 6,000 trades, 4 MB) to 1000; fractions are allowed. Multiplies rows and faults; the history is always one year. */
  readonly scale: number;
  /** Respells five good rows of `trade_records.jsonl` and adds 22 bad or repeated lines. */
  readonly dirty: boolean;
  /** Also writes `allocations-v1.txt` and `allocations-v2.txt`, the lines that the digests are taken over. Default false. */
  readonly allocations?: boolean;
}

/** Everything that is true about a written book. */
export interface BookTruth extends BookAnswer {
  readonly seed: number;
  readonly scale: number;
  /** The moment to take for "now", a canonical instant. */
  readonly asOf: string;
  /** What the exchange keeps: every order from `from` (canonical instant) on, nothing older. */
  readonly retention: { readonly days: number; readonly from: string };
  readonly files: Readonly<Record<BookFile, FileTruth>>;
  /** How many of the missing buys the exchange still has. */
  readonly missingInsideRetention: number;
  /** Set on a dirty book: outcomes counted over all lines of `trade_records.jsonl`. */
  readonly dirtyOutcomes?: {
    readonly good: number;
    readonly acceptNormalised: number;
    readonly reject: number;
    readonly duplicateSkipped: number;
    readonly conflict: number;
  };
  /** Set on a dirty book: each respelt, repeated or bad line. */
  readonly dirty?: readonly DirtyLine[];
}

/** The files of a book. */
export type BookFile = "trade_records.jsonl" | "trade_records.csv" | "exchange_fills.jsonl";

/**
 * Writes a book into `dir` (made when absent, files of the same names replaced) and returns its truth.
 *
 * Throws a `RangeError` for a seed or scale out of range, and an `Error` when the seed cannot carry the planned faults.
 */
export function writeLegacyBook(dir: string, options: BookOptions): BookTruth {
  const { seed, scale, dirty } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed > 999_999_999) throw new RangeError(`seed ${seed}: give an integer from 0 to 999999999`);
  if (!(scale >= 1 && scale <= 1000)) throw new RangeError(`scale ${scale}: give a number from 1 to 1000`);
  mkdirSync(dir, { recursive: true });
  const plans = planBook(seed, scale);
  const answer = writeAnswer(dir, seed, plans, options.allocations === true);
  const { files, dirtyLines } = writeFiles(dir, plans, { seed, rows: answer.trades.v1, dirty });
  return {
    seed,
    scale,
    asOf: stamp(AS_OF, EXCHANGE),
    retention: { days: RETENTION_DAYS, from: stamp(RETAINED_FROM, EXCHANGE) },
    files,
    ...answer,
    missingInsideRetention: answer.missingBuys.filter((buy) => buy.insideRetention).length,
    ...(dirty && { dirtyOutcomes: countOutcomes(answer.trades.v1, dirtyLines), dirty: dirtyLines }),
  };
}

function writeAnswer(dir: string, seed: number, plans: ReadonlyMap<Market, MarketPlan>, keepLines: boolean): BookAnswer {
  if (!keepLines) return answerBook(seed, plans);
  const files = { v1: lineWriter(join(dir, "allocations-v1.txt")), v2: lineWriter(join(dir, "allocations-v2.txt")) };
  const sink: AllocationSink = (version, line) => files[version].line((files[version].lines() > 0 ? "\n" : "") + line, "");
  const answer = answerBook(seed, plans, sink);
  files.v1.close();
  files.v2.close();
  return answer;
}

interface WrittenFiles {
  readonly files: BookTruth["files"];
  readonly dirtyLines: readonly DirtyLine[];
}

function writeFiles(
  dir: string,
  plans: ReadonlyMap<Market, MarketPlan>,
  options: { seed: number; rows: number; dirty: boolean },
): WrittenFiles {
  const [jsonl, csv, exchange] = [
    lineWriter(join(dir, "trade_records.jsonl")),
    lineWriter(join(dir, "trade_records.csv")),
    lineWriter(join(dir, "exchange_fills.jsonl")),
  ];
  const table = localTable(jsonl, csv, options);
  writeOrders(options.seed, plans, table, exchange);
  const dirtyLines = table.end();
  return {
    files: { "trade_records.jsonl": jsonl.close(), "trade_records.csv": csv.close(), "exchange_fills.jsonl": exchange.close() },
    dirtyLines,
  };
}

function writeOrders(seed: number, plans: ReadonlyMap<Market, MarketPlan>, table: LocalTable, exchange: LineWriter): void {
  const local = shuffledStream<TradeRecord>(seededRandom(String(seed), "local order"), (record) => table.add(record));
  const fills = shuffledStream<object>(seededRandom(String(seed), "exchange order"), (fill) => exchange.line(JSON.stringify(fill)));
  for (const { order, random, record } of mergeMarkets(seed, plans)) {
    if (order.time >= RETAINED_FROM) for (const fill of drawFills(order, random)) fills.add(fill);
    if (order.held === "locally") local.add(record(order));
  }
  local.end();
  fills.end();
}

interface MarketHead {
  readonly orders: Iterator<BookOrder, void>;
  order: BookOrder;
  /** The market's own stream for what its files say. */
  readonly random: SeededRandom;
  readonly record: (order: BookOrder) => TradeRecord;
}

/** All orders of all markets by time; at equal times the market that comes first by name. */
function* mergeMarkets(seed: number, plans: ReadonlyMap<Market, MarketPlan>): Generator<Readonly<MarketHead>, void, undefined> {
  let live = MARKETS.flatMap((market) => openMarket(seed, market, plans.get(market)));
  for (let head = earliest(live); head !== undefined; head = earliest(live)) {
    yield head;
    const next = head.orders.next();
    if (next.done === true) live = live.filter((other) => other !== head);
    else head.order = next.value;
  }
}

function openMarket(seed: number, market: Market, plan: MarketPlan | undefined): MarketHead[] {
  if (plan === undefined) return [];
  const orders = flatten(bookOrders(seed, market, plan));
  const first = orders.next();
  if (first.done === true) return [];
  const random = seededRandom(String(seed), market.name, "files");
  return [{ orders, order: first.value, random, record: recordDrawer(random) }];
}

function* flatten<T>(groups: Iterable<readonly T[]>): Generator<T, void, undefined> {
  for (const group of groups) yield* group;
}

function earliest(heads: readonly MarketHead[]): MarketHead | undefined {
  let first = heads[0];
  for (const head of heads) if (first !== undefined && head.order.time < first.order.time) first = head;
  return first;
}

function countOutcomes(good: number, lines: readonly DirtyLine[]): NonNullable<BookTruth["dirtyOutcomes"]> {
  const count = (outcome: DirtyOutcome) => lines.filter((line) => line.outcome === outcome).length;
  return {
    good,
    acceptNormalised: count("accept-normalised"),
    reject: count("reject"),
    duplicateSkipped: count("duplicate-skipped"),
    conflict: count("conflict"),
  };
}
