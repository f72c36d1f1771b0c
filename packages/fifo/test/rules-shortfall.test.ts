// Rule 5: what no lot covers, and what is too little to matter. Each test goes red when the rule is broken; the numbers are computed by hand.
import { describe, expect, test } from "vitest";
import { allocate } from "../src/index.ts";
import { book, lotsOf, rowsOf, rowText } from "./book.ts";

describe("rule 5: what no lot covers is one row of its own, with its reason", () => {
  test("a sell beyond its lots takes what there is; the rest is unmatched and has no cost", () => {
    const [matched, rest] = allocate(book("b1 buy 1 @ 1\n s1 sell 3 @ 2 fee=0.3")).allocations;
    expect(matched === undefined ? "" : rowText(matched)).toBe("s1 takes 1 of b1: cost 1, net 1.9, pnl 0.9");
    expect(rest?.toJSON()).toEqual({
      kind: "unmatched",
      symbol: "BTC-USD",
      account: "",
      sellId: "s1",
      buyId: null,
      part: 1,
      short: false,
      reason: "more was sold than the open lots held",
      quantity: "2",
      costBasis: null,
      proceeds: "4",
      netProceeds: "3.8",
      pnl: null,
      buyFee: null,
      sellFee: "0.2",
      buyPrice: null,
      sellPrice: "2",
      sellTime: "2025-03-01T10:01:00.000000Z",
      buyTime: null,
    });
  });

  test("a sell without any lot says so", () => {
    expect(allocate(book("s1 sell 3 @ 2")).unmatched.map((row) => row.reason)).toEqual(["no open lot when it was sold"]);
  });

  test("realised profit counts matched parts; unmatched proceeds stand beside it", () => {
    const { totals } = allocate(book("b1 buy 1 @ 1\n s1 sell 3 @ 2 fee=0.3\n b2 buy 5 @ 7"));
    expect(totals.toJSON()).toEqual({
      trades: 3,
      buys: 2,
      sells: 1,
      matched: 1,
      unmatched: 1,
      dust: 0,
      fee: 0,
      realizedPnl: "0.9",
      unmatchedQuantity: "2",
      unmatchedProceeds: "3.8",
      openLots: 1,
      openQuantity: "5",
      openCost: "35",
    });
  });

  test("the totals of a symbol are its own", () => {
    const { symbols } = allocate(book("b1 buy 1 @ 1\n s1 sell 1 @ 3\n s2 sell 1 @ 9 symbol=ETH-USD"));
    expect([...symbols].map(([symbol, totals]) => [symbol, totals.realizedPnl.toFixed(), totals.unmatchedProceeds.toFixed()])).toEqual([
      ["BTC-USD", "2", "0"],
      ["ETH-USD", "0", "9"],
    ]);
  });
});

describe("rule 5: dust is a classified row, never a silent drop", () => {
  test("without a threshold there is none", () => {
    expect(rowsOf("b1 buy 829.14 @ 1\n s1 sell 829.140002 @ 1")).toEqual([
      "s1 takes 829.14 of b1: cost 829.14, net 829.14, pnl 0",
      "s1 unmatched 0.000002: net 0.000002",
    ]);
  });

  test("the remainder of a sell at or below the threshold is dust, above it is unmatched", () => {
    const text = "b1 buy 829.14 @ 1\n s1 sell 829.140002 @ 1";
    expect(rowsOf(text, { dust: "0.000002" }).at(-1)).toBe("s1 dust 0.000002: net 0.000002");
    expect(rowsOf(text, { dust: "0.000001" }).at(-1)).toBe("s1 unmatched 0.000002: net 0.000002");
  });

  test("the remnant of a lot at or below the threshold is written off with its cost, above it stays open", () => {
    const text = "b1 buy 10 @ 2 fee=1\n s1 sell 9.9 @ 3\n s2 sell 1 @ 3";
    expect(rowsOf(text, { dust: "0.1" })).toEqual([
      "s1 takes 9.9 of b1: cost 20.79, net 29.7, pnl 8.91",
      "s1 dust 0.1 of b1, cost 0.21: net 0",
      "s2 unmatched 1: net 3",
    ]);
    expect(lotsOf(text, { dust: "0.1" })).toEqual([]);
    expect(lotsOf("b1 buy 10 @ 2 fee=1\n s1 sell 9.9 @ 3", { dust: "0.09" })).toEqual(["b1 0.1: cost 0.21"]);
  });

  test("dust is in neither the profit nor the unmatched sums", () => {
    const { totals, dust } = allocate(book("b1 buy 10 @ 2\n s1 sell 9.9 @ 3\n b2 buy 1 @ 2\n s2 sell 1.1 @ 3"), { dust: "0.1" });
    expect([totals.dust, totals.matched, totals.unmatched, totals.realizedPnl.toFixed(), totals.unmatchedQuantity.toFixed()]).toEqual([
      2,
      2,
      0,
      "10.9",
      "0",
    ]);
    expect(dust.map((row) => row.reason)).toEqual([
      "lot remainder at or below the dust threshold",
      "sell remainder at or below the dust threshold",
    ]);
  });

  test("a lot that nobody sold from is no dust, however small", () => {
    expect(lotsOf("b1 buy 0.01 @ 2\n b2 buy 5 @ 1", { dust: "0.1" })).toEqual(["b1 0.01: cost 0.02", "b2 5: cost 5"]);
  });

  test("a threshold by symbol holds for that symbol only", () => {
    const text = "b1 buy 1 @ 1\n s1 sell 1.1 @ 1\n b2 buy 1 @ 1 symbol=SHIB-USD\n s2 sell 1.1 @ 1 symbol=SHIB-USD";
    expect(allocate(book(text), { dust: { "SHIB-USD": "0.1" } }).allocations.map((row) => row.kind)).toEqual([
      "matched",
      "unmatched",
      "matched",
      "dust",
    ]);
  });

  test("a threshold finer or coarser than every quantity is exact", () => {
    expect(rowsOf("b1 buy 1 @ 1\n s1 sell 1.5 @ 1", { dust: "0.499999999999999999999999" }).at(-1)).toBe("s1 unmatched 0.5: net 0.5");
    expect(rowsOf("b1 buy 1 @ 1\n s1 sell 1.0000000000000000000001 @ 1", { dust: "1" }).at(-1)).toBe(
      "s1 dust 0.0000000000000000000001: net 0.0000000000000000000001",
    );
    expect(rowsOf("b1 buy 1 @ 1\n s1 sell 1.5 @ 1", { dust: "1" }).at(-1)).toBe("s1 dust 0.5: net 0.5");
    expect(rowsOf("b1 buy 12345678901234567890.5 @ 1\n s1 sell 12345678901234567890.25 @ 1", { dust: "1" }).at(-1)).toBe(
      "s1 dust 0.25 of b1, cost 0.25: net 0",
    );
  });
});
