// Lot orders: which lot a sell takes from first.
import { describe, expect, test } from "vitest";
import { allocate, FifoError } from "../src/index.ts";
import { checkInvariants } from "../src/audit.ts";
import { book, minuteAt, rowsOf } from "./book.ts";

const THREE_LOTS = `
  cheap  buy  2 @ 10
  dear   buy  2 @ 30
  middle buy  2 @ 20
  s1     sell 3 @ 40`;

describe("the order of lots", () => {
  test("fifo takes the oldest lot first", () => {
    expect(rowsOf(THREE_LOTS)).toEqual(["s1 takes 2 of cheap: cost 20, net 80, pnl 60", "s1 takes 1 of dear: cost 30, net 40, pnl 10"]);
  });
  test("lifo takes the newest lot first", () => {
    expect(rowsOf(THREE_LOTS, { method: "lifo" })).toEqual([
      "s1 takes 2 of middle: cost 40, net 80, pnl 40",
      "s1 takes 1 of dear: cost 30, net 40, pnl 10",
    ]);
  });
  test("hifo takes the highest cost per unit first", () => {
    expect(rowsOf(THREE_LOTS, { method: "hifo" })).toEqual([
      "s1 takes 2 of dear: cost 60, net 80, pnl 20",
      "s1 takes 1 of middle: cost 20, net 40, pnl 20",
    ]);
  });
  test("lofo takes the lowest cost per unit first", () => {
    expect(rowsOf(THREE_LOTS, { method: "lofo" })).toEqual([
      "s1 takes 2 of cheap: cost 20, net 80, pnl 60",
      "s1 takes 1 of middle: cost 20, net 40, pnl 20",
    ]);
  });
  test("cost per unit includes the fee, and the oldest goes first among equals", () => {
    const lots = "a buy 2 @ 10\nb buy 2 @ 9 fee=2\nc buy 2 @ 9 fee=2.1\ns sell 5 @ 20";
    expect(rowsOf(lots, { method: "hifo" }).map((row) => row.slice(0, 12))).toEqual(["s takes 2 of", "s takes 2 of", "s takes 1 of"]);
    expect(allocate(book(lots), { method: "hifo" }).allocations.map((row) => row.buyId)).toEqual(["c", "a", "b"]);
    expect(allocate(book(lots), { method: "lofo" }).allocations.map((row) => row.buyId)).toEqual(["a", "b", "c"]);
  });
  test("no method lets a buy serve an earlier sell", () => {
    for (const method of ["fifo", "lifo", "hifo", "lofo", "specific"] as const)
      expect(rowsOf("s sell 1 @ 5\nb buy 1 @ 9", { method })).toEqual(["s unmatched 1: net 5"]);
  });
});

describe("specific lots", () => {
  test("takes the named lots in the named order, then goes on with the oldest", () => {
    const options = { method: "specific", lots: { s1: ["middle", "dear"] } } as const;
    expect(rowsOf(THREE_LOTS.replace("sell 3", "sell 5"), options)).toEqual([
      "s1 takes 2 of middle: cost 40, net 80, pnl 40",
      "s1 takes 2 of dear: cost 60, net 80, pnl 20",
      "s1 takes 1 of cheap: cost 10, net 40, pnl 30",
    ]);
  });
  test("passes over a named lot that is used up, not bought yet or of another symbol", () => {
    const trades = "a buy 1 @ 1\nb buy 1 @ 2\ns1 sell 1 @ 5\ns2 sell 1 @ 5\nlater buy 1 @ 3\nother buy 1 @ 9 symbol=ETH-USD";
    const options = { method: "specific", lots: { s1: ["a"], s2: ["a", "later", "other"] } } as const;
    expect(rowsOf(trades, options)).toEqual(["s1 takes 1 of a: cost 1, net 5, pnl 4", "s2 takes 1 of b: cost 2, net 5, pnl 3"]);
  });
  test("refuses a sell and a buy that no trade is, and takes one that comes after asOf", () => {
    const trades = book("b-1 buy 1 @ 1\nb-2 buy 1 @ 2\ns1 sell 1 @ 5");
    const run = (lots: Record<string, string[]>, asOf?: string) => () =>
      allocate(trades, { method: "specific", lots, ...(asOf === undefined ? {} : { asOf }) }).allocations.length;
    expect(run({ s1: ["b2"] })).toThrow(/Option lots is "b2": give ids of trades that are there/);
    expect(run({ S1: ["b-2"] })).toThrow(/Option lots is "S1"/);
    expect(run({ s1: ["b2"] })).toThrow(expect.objectContaining({ code: "invalid-option", facts: { option: "lots", value: '"b2"' } }));
    expect(run({ s1: ["b-2"] }, minuteAt(0))()).toBe(0);
    expect(run({ s1: ["b-2"] })()).toBe(1);
  });
  test("refuses named lots under another method", () => {
    expect(() => allocate([], { lots: {} })).toThrow(FifoError);
  });
});

describe("shorts", () => {
  const SHORT = "s1 sell 3 @ 10 fee=0.3\nb1 buy 2 @ 8\nb2 buy 4 @ 9";
  test("are refused unless they are asked for: the sell is unmatched", () => {
    expect(rowsOf(SHORT)).toEqual(["s1 unmatched 3: net 29.7"]);
  });
  test("a sell beyond its lots opens a short, which later buys close oldest first", () => {
    expect(rowsOf(SHORT, { shorts: "open" })).toEqual([
      "s1 takes 2 of b1: cost 16, net 19.8, pnl 3.8",
      "s1 takes 1 of b2: cost 9, net 9.9, pnl 0.9",
    ]);
  });
  test("what the closing buy has left becomes a lot", () => {
    const result = allocate(book(SHORT), { shorts: "open" });
    expect(result.openLots.map((lot) => [lot.id, lot.side, lot.text("quantity"), lot.text("cost")])).toEqual([["b2", "long", "3", "27"]]);
    expect(result.allocations.map((row) => [row.short, row.part])).toEqual([
      [true, 0],
      [true, 1],
    ]);
  });
  test("an open short is a negative holding with what it brought in", () => {
    const { openLots, totals } = allocate(book("b buy 1 @ 5\ns sell 3 @ 10 fee=0.3"), { shorts: "open" });
    expect(openLots.map((lot) => [lot.id, lot.side, lot.text("quantity"), lot.text("cost")])).toEqual([["s", "short", "2", "19.8"]]);
    expect([totals.openQuantity.toFixed(), totals.openCost.toFixed(), totals.unmatched]).toEqual(["-2", "-19.8", 0]);
  });
});

describe("money in cents", () => {
  const THIRDS = "b buy 3 @ 0.333 fee=0.005\ns1 sell 1 @ 1\ns2 sell 1 @ 1\ns3 sell 1 @ 1";
  const costs = (rounding: "half-even" | "half-up"): unknown[] =>
    allocate(book(THIRDS), { money: { scale: 2, rounding } }).allocations.map((row) => row.text("costBasis"));

  test("parts are rounded cumulatively, so that they add up to the rounded total", () => {
    expect(costs("half-up")).toEqual(["0.33", "0.35", "0.33"]); // cumulated: the lot 0.33 0.67 1.00, the fee 0.00 0.01 0.01
    expect(costs("half-even")).toEqual(["0.33", "0.34", "0.33"]); // the fee of 0.005 goes to 0.00
  });
  test("halves go away from zero or to the even cent, for rebates too", () => {
    const fee = (rounding: "half-even" | "half-up", value: string): unknown =>
      allocate(book(`b buy 1 @ 0 fee=${value}\ns sell 1 @ 0`), { money: { scale: 2, rounding } }).allocations[0]?.text("buyFee");
    expect(["0.005", "0.015", "-0.005", "-0.015", "0.0051"].map((value) => fee("half-up", value))).toEqual([
      "0.01",
      "0.02",
      "-0.01",
      "-0.02",
      "0.01",
    ]);
    expect(["0.005", "0.015", "-0.005", "-0.015", "0.0051"].map((value) => fee("half-even", value))).toEqual([
      "0",
      "0.02",
      "0",
      "-0.02",
      "0.01",
    ]);
  });
  test("refuses a scale that is none", () => {
    for (const scale of [-1, 19, 1.5]) expect(() => allocate([], { money: { scale, rounding: "half-up" } })).toThrow(/money.scale/);
  });
});

test("the checker knows every method", () => {
  const trades = book(THREE_LOTS);
  const result = allocate(trades, { method: "lifo" });
  expect(checkInvariants(trades, result)).toEqual([]);
  expect(checkInvariants(trades, result, { method: "fifo" }).length).toBeGreaterThan(0);
});
