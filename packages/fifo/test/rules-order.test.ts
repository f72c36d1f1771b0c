// Rule 1: the total order of trades. Each test goes red when the rule is broken; the numbers are computed by hand.
import { describe, expect, test } from "vitest";
import { allocate, compareTrades, sortTrades, type TradeInput } from "../src/index.ts";
import { book, minuteAt } from "./book.ts";

/** `s1<b1` for a row that matches s1 to b1, `s1<-` for one that no lot covers. */
const taken = (text: string): string[] => allocate(book(text)).allocations.map((row) => `${row.sellId}<${row.buyId ?? "-"}`);

const sortedIds = (text: string): string[] => sortTrades(book(text)).map(({ id }) => id);

describe("rule 1: trades have one total order, and arrival is no part of it", () => {
  test("the earlier instant comes first, wherever it stands in the list", () => {
    expect(taken("b2 buy 1 @ 2 at=2\n s1 sell 1 @ 3 at=3\n b1 buy 1 @ 1 at=1")).toEqual(["s1<b1"]);
  });

  test("one microsecond decides", () => {
    const [late, early] = ["2025-03-01T09:00:00.000002Z", "2025-03-01T09:00:00.000001Z"];
    const trades = book("1 buy 1 @ 1\n 2 buy 1 @ 2\n s1 sell 1 @ 3").map((trade, i) => ({
      ...trade,
      executedAt: [late, early, minuteAt(0)][i] ?? late,
    }));
    expect(allocate(trades).allocations.map((row) => row.buyId)).toEqual(["2"]);
  });

  test("an offset counts, the text of a time does not", () => {
    const trades = book("1 buy 1 @ 1\n 2 buy 1 @ 2\n s1 sell 1 @ 3");
    const times = ["2025-03-01T03:41:00-07:00", "2025-03-01T10:00:00Z", "2025-03-01T12:00:00Z"];
    expect(allocate(trades.map((trade, i) => ({ ...trade, executedAt: times[i] ?? "" }))).allocations.map((row) => row.buyId)).toEqual([
      "2",
    ]);
  });

  test("within one instant the sequence comes before the side", () => {
    expect(taken("s1 sell 1 @ 3 at=0 seq=1\n b1 buy 1 @ 1 at=0 seq=2")).toEqual(["s1<-"]);
    expect(taken("s1 sell 1 @ 3 at=0 seq=2\n b1 buy 1 @ 1 at=0 seq=1")).toEqual(["s1<b1"]);
  });

  test("sequences compare as numbers", () =>
    expect(sortedIds("a buy 1 @ 1 at=0 seq=10\n b buy 1 @ 1 at=0 seq=9\n c buy 1 @ 1 at=0 seq=0")).toEqual(["c", "b", "a"]));

  test("a trade without a sequence comes before those with one", () => {
    expect(taken("b1 buy 1 @ 1 at=0 seq=0\n s1 sell 1 @ 3 at=0")).toEqual(["s1<-"]);
  });

  test("a sequence does not outrank the instant", () =>
    expect(sortedIds("a buy 1 @ 1 at=1 seq=0\n b buy 1 @ 1 at=0 seq=9")).toEqual(["b", "a"]));

  test("within one sequence buys come before sells, whatever their ids", () => {
    expect(taken("1 sell 1 @ 3 at=0\n 2 buy 1 @ 1 at=0")).toEqual(["1<2"]);
    expect(taken("1 sell 1 @ 3 at=0 seq=5\n 2 buy 1 @ 1 at=0 seq=5")).toEqual(["1<2"]);
  });

  test("all-digit ids compare as numbers, even beyond 2^53", () => {
    expect(sortedIds("10 buy 1 @ 1 at=0\n 9 buy 1 @ 1 at=0\n 100 buy 1 @ 1 at=0")).toEqual(["9", "10", "100"]);
    expect(sortedIds("90071992547409930 buy 1 @ 1 at=0\n 9007199254740993 buy 1 @ 1 at=0\n 9007199254740992 buy 1 @ 1 at=0")).toEqual([
      "9007199254740992",
      "9007199254740993",
      "90071992547409930",
    ]);
  });

  test("equal numbers with other zeros before them compare by code unit", () => {
    expect(sortedIds("7 buy 1 @ 1 at=0\n 007 buy 1 @ 1 at=0\n 08 buy 1 @ 1 at=0\n 07 buy 1 @ 1 at=0")).toEqual(["007", "07", "7", "08"]);
    expect(sortedIds("00 buy 1 @ 1 at=0\n 1 buy 1 @ 1 at=0\n 0 buy 1 @ 1 at=0")).toEqual(["0", "00", "1"]);
  });

  test("all-digit ids come before the others", () =>
    expect(sortedIds("-1 buy 1 @ 1 at=0\n 1a buy 1 @ 1 at=0\n 99 buy 1 @ 1 at=0")).toEqual(["99", "-1", "1a"]));

  test("the others compare by code unit, not by locale and not by code point", () => {
    expect(sortedIds("a buy 1 @ 1 at=0\n B buy 1 @ 1 at=0\n ä buy 1 @ 1 at=0\n Z buy 1 @ 1 at=0")).toEqual(["B", "Z", "a", "ä"]);
    expect(sortedIds("\uFF5E buy 1 @ 1 at=0\n \u{1F600} buy 1 @ 1 at=0")).toEqual(["\u{1F600}", "\uFF5E"]);
    expect(sortedIds("t9 buy 1 @ 1 at=0\n t10 buy 1 @ 1 at=0")).toEqual(["t10", "t9"]);
  });

  test("compareTrades says the same of any two", () => {
    const [a, b] = book("9 buy 1 @ 1 at=0\n 10 buy 1 @ 1 at=0") as [TradeInput, TradeInput];
    expect([Math.sign(compareTrades(a, b)), Math.sign(compareTrades(b, a)), compareTrades(a, a)]).toEqual([-1, 1, 0]);
  });
});
