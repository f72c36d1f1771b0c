// Whole books of about 6,000 trades with recorded answers: the ledger of the local table, and after the exchange filled its gaps.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RECORDED_BOOKS, writeLegacyBook, type BookFile, type RecordedBook } from "@td/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allocate, createAllocator, sortTrades, type AllocationJson, type TradeInput } from "../src/index.ts";
import { checkInvariants, compare, reconcile, type ExchangeFill, type Reconciliation } from "../src/audit.ts";

let dir: string;
let first: Versions; // of seed 1
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "td-fifo-book-"));
  first = versionsOf(1);
});
afterAll(() => rmSync(dir, { recursive: true }));

type Line = Readonly<Record<string, string>>;

const linesOf = (file: BookFile): Line[] =>
  readFileSync(join(dir, file), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

function tradeOf({
  order_id: id = "",
  symbol = "",
  side,
  size: quantity = "",
  price = "",
  total_fees_usd: fee = "",
  order_time: executedAt = "",
}: Line): TradeInput {
  return { id, symbol, side: side === "buy" ? "buy" : "sell", quantity, price, fee, executedAt };
}

function fillOf({
  trade_id: fillId = "",
  order_id: orderId = "",
  product_id: symbol = "",
  side,
  size: quantity = "",
  price = "",
  commission: fee = "",
  trade_time: executedAt = "",
}: Line): ExchangeFill {
  return { fillId, orderId, symbol, side: side === "BUY" ? "buy" : "sell", quantity, price, fee, executedAt };
}

/** The allocation digest. */
function digest(rows: readonly AllocationJson[]): string {
  const lines = rows.map((row) =>
    [row.sellId, row.buyId ?? "-", row.quantity, row.costBasis ?? "-", row.netProceeds, row.pnl ?? "-"].join("|"),
  );
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

function answerOf(trades: readonly TradeInput[]): RecordedBook["v1"] {
  const { allocations, totals } = allocate(trades);
  const { matched, unmatched } = totals;
  return {
    allocations: { total: allocations.length, matched, unmatched },
    unmatchedQuantity: totals.unmatchedQuantity.toFixed(),
    realizedPnl: totals.realizedPnl.toFixed(),
    sha256: digest(allocations.map((row) => row.toJSON())),
  };
}

interface Versions {
  readonly local: readonly TradeInput[];
  readonly reconciled: Reconciliation;
  readonly healed: readonly TradeInput[];
}

/** The two versions of a seed's book: the local trades, and with what the exchange still had of the missing buys. */
function versionsOf(seed: number): Versions {
  const { retention } = writeLegacyBook(dir, { seed, scale: 1, dirty: false });
  const local = linesOf("trade_records.jsonl").map(tradeOf);
  const reconciled = reconcile(local, linesOf("exchange_fills.jsonl").map(fillOf), { retention: { from: retention.from } });
  return { local, reconciled, healed: [...local, ...reconciled.backfill] };
}

describe("a legacy book", () => {
  test.each(RECORDED_BOOKS)("of seed $seed has the recorded ledger, before and after its backfill", (recorded) => {
    const { local, reconciled, healed } = recorded.seed === 1 ? first : versionsOf(recorded.seed);
    expect([local.length, healed.length]).toEqual([recorded.trades.v1, recorded.trades.v2]);
    expect([answerOf(local), answerOf(healed)]).toEqual([recorded.v1, recorded.v2]);
    expect([reconciled.counts.exchangeOrders, reconciled.missing.length, reconciled.different, reconciled.extra]).toEqual([
      recorded.exchangeOrders,
      recorded.missingBuys.insideRetention,
      [],
      [],
    ]);
  });

  test("gives the recorded digest when it is streamed with a stop at every thousandth trade", () => {
    const { local } = first;
    let allocator = createAllocator();
    const rows = sortTrades(local).flatMap((trade, i) => {
      if (i % 1000 === 0)
        allocator = createAllocator(undefined, JSON.parse(JSON.stringify(allocator.snapshot())) as ReturnType<typeof allocator.snapshot>);
      return allocator.push(trade).map((row) => row.toJSON());
    });
    expect(digest(rows.toSorted((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0)))).toBe(RECORDED_BOOKS[0]?.v1.sha256);
  });

  test("stands the check, and its two versions differ by what the backfill caused", () => {
    const { local, healed, reconciled } = first;
    const [before, after] = [allocate(local), allocate(healed)];
    expect([checkInvariants(local, before), checkInvariants(healed, after)]).toEqual([[], []]);
    const differences = compare(before, after);
    const change = differences.reduce(
      (sum, { pnlChange }) => sum.plus(pnlChange),
      before.totals.realizedPnl.minus(after.totals.realizedPnl),
    );
    expect(change.toFixed()).toBe("0");
    const causes = new Set(differences.flatMap((difference) => difference.causes));
    expect(reconciled.backfill.filter(({ id }) => causes.has(id)).length).toBeGreaterThan(0);
  });
});
