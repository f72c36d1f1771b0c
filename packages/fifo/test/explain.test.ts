import { describe, expect, test } from "vitest";
import { allocate, FifoError, type FifoOptions } from "../src/index.ts";
import { explain, type AllocationLike } from "../src/audit.ts";
import { book, minuteAt } from "./book.ts";

const explained = (text: string, sellId: string, options?: FifoOptions) => explain(allocate(book(text), options), sellId);

const TEXT = "b1 buy 2 @ 10 fee=1\n b2 buy 8 @ 11\n s1 sell 5 @ 20 fee=0.5 seq=3 account=spot\n s2 sell 9 @ 30";

describe("explain says where the numbers of a sell come from", () => {
  test("the sell, its place in the order, the rule, and each lot with its shares", () => {
    expect(explained(TEXT, "s1")).toEqual({
      sellId: "s1",
      symbol: "BTC-USD",
      soldAt: "2025-03-01T10:02:00.000000Z",
      quantity: "5",
      price: "20",
      orderKey: ["2025-03-01T10:02:00.000000Z", 3, "sell", "s1"],
      rule: "FIFO: the oldest open lot of the symbol first; age by instant, then sequence, then buys before sells, then id; buy fee in the cost, sell fee off the proceeds",
      lots: [
        {
          buyId: "b1",
          boughtAt: "2025-03-01T10:00:00.000000Z",
          buyPrice: "10",
          quantity: "2",
          share: "2/5",
          shareOfLot: "1/1",
          costBasis: "21",
          buyFee: "1",
          netProceeds: "39.8",
          sellFee: "0.2",
          pnl: "18.8",
        },
        {
          buyId: "b2",
          boughtAt: "2025-03-01T10:01:00.000000Z",
          buyPrice: "11",
          quantity: "3",
          share: "3/5",
          shareOfLot: "3/8",
          costBasis: "33",
          buyFee: "0",
          netProceeds: "59.7",
          sellFee: "0.3",
          pnl: "26.7",
        },
      ],
      unmatched: null,
      open: "0",
      costBasis: "54",
      netProceeds: "99.5",
      pnl: "45.5",
    });
  });

  test("what no lot covers stands apart, with what was held, the reason and a likely cause", () => {
    const { unmatched, pnl, netProceeds, quantity } = explained(TEXT, "s2");
    expect([quantity, pnl, netProceeds]).toEqual(["9", "95", "150"]);
    expect(unmatched).toMatchObject({ quantity: "4", netProceeds: "120", reason: "more was sold than the open lots held", held: "5" });
    expect(unmatched?.causes.map(({ code }) => code)).toEqual(["missing-buy"]);
  });

  test("shares are fractions in lowest terms, whatever the places", () => {
    const { lots } = explained("b1 buy 0.25 @ 1\n b2 buy 1 @ 1\n s1 sell 0.750 @ 1", "s1");
    expect(lots.map(({ share, shareOfLot }) => [share, shareOfLot])).toEqual([
      ["1/3", "1/1"],
      ["2/3", "1/2"],
    ]);
  });

  test("the quantity counts a base fee, and the remnant of a lot is no part of the sell", () => {
    const found = explained("b1 buy 2 @ 10\n s1 sell 1.9 @ 20 fee=0.05 feeCurrency=BTC", "s1", { dust: "0.05" });
    expect([found.quantity, found.lots.map(({ share }) => share), found.unmatched]).toEqual(["1.95", ["1/1"], null]);
  });

  test("dust of a sell is explained as its shortfall", () => {
    expect(explained("b1 buy 1 @ 10\n s1 sell 1.01 @ 20", "s1", { dust: "0.05" }).unmatched).toMatchObject({
      quantity: "0.01",
      reason: "sell remainder at or below the dust threshold",
    });
  });

  describe("with splits and shorts", () => {
    const split = (minute: number, ratio: string) =>
      ({ type: "split", id: `split ${minute}`, symbol: "BTC-USD", ratio, executedAt: minuteAt(minute) }) as const;

    test("a lot's share counts in the units that the splits before the sell made of it", () => {
      const entries = [...book("b1 buy 10 @ 5\n s1 sell 5 @ 9\n s2 sell 15 @ 4 at=5"), split(2, "2:1"), split(3, "3:2"), split(9, "1:3")];
      const found = ["s1", "s2"].map((id) => explain(allocate(entries), id));
      expect(found.map(({ quantity, lots }) => [quantity, lots[0]?.share, lots[0]?.shareOfLot])).toEqual([
        ["5", "1/1", "1/2"],
        ["15", "1/1", "1/2"],
      ]);
    });

    const SHORT = "s1 sell 10 @ 5 fee=0.1\n b1 buy 4 @ 4 at=5";
    test("a short that is closed in part says what was sold, what is closed and what is open", () => {
      const { quantity, lots, open, unmatched, pnl } = explained(SHORT, "s1", { shorts: "open" });
      expect([quantity, lots.map(({ share, shareOfLot }) => [share, shareOfLot]), open, unmatched, pnl]).toEqual([
        "10",
        [["2/5", "1/1"]],
        "6",
        null,
        "3.96",
      ]);
    });

    test("a short that no buy has closed yet is explained, and a buy is no sell for being open", () => {
      const result = allocate(book("b0 buy 1 @ 1 symbol=ETH-USD\n s1 sell 10.0 @ 5.50"), { shorts: "open" });
      expect(explain(result, "s1")).toMatchObject({
        soldAt: "2025-03-01T10:01:00.000000Z",
        quantity: "10",
        price: "5.5",
        open: "10",
        lots: [],
      });
      expect(() => explain(result, "b0")).toThrow(FifoError);
    });

    test("a split between a short and its closing counts for the short, not for the buy", () => {
      const result = allocate([...book(SHORT), split(1, "2:1")], { shorts: "open" });
      const { quantity, lots, open } = explain(result, "s1");
      expect([quantity, lots.map(({ share, shareOfLot }) => [share, shareOfLot]), open]).toEqual(["10", [["1/5", "1/1"]], "16"]);
    });

    test("rows of a database with their open lots say so, too", () => {
      const { allocations, openLots } = allocate(book(SHORT), { shorts: "open" }).toJSON();
      expect(explain({ allocations, openLots }, "s1")).toMatchObject({
        quantity: "10",
        open: "6",
        lots: [{ share: "2/5", shareOfLot: null }],
      });
    });
  });

  test("the rule names scope and fees as they were", () => {
    expect(explained(TEXT, "s1", { scope: "account", fees: "excluded" }).rule).toMatch(
      /^FIFO: the oldest open lot of the symbol and account first; .*; fees left out$/,
    );
  });

  test("a sell that is not in the result is refused by name", () => {
    for (const id of ["s9", "b1", ""]) expect(() => explained(TEXT, id)).toThrow(FifoError);
    expect(() => explained(TEXT, "s9")).toThrow('No sell "s9" in this result');
  });

  test("rows of a database are explained alike, without what only the history tells", () => {
    const { allocations } = JSON.parse(JSON.stringify(allocate(book(TEXT)))) as { allocations: AllocationLike[] };
    const [whole, rows] = [explained(TEXT, "s2"), explain({ allocations }, "s2")];
    expect(rows).toEqual({
      ...whole,
      lots: whole.lots.map((lot) => ({ ...lot, shareOfLot: null })),
      unmatched: { ...whole.unmatched, causes: [] },
    });
  });
});

describe("a shortfall comes with its likely causes", () => {
  const causes = (text: string, options?: FifoOptions) => explained(text, "s1", options).unmatched?.causes.map(({ code }) => code);

  test("no buy before it: the history starts later", () => expect(causes("s1 sell 1 @ 1")).toEqual(["history-starts-later"]));

  test("a twin within a minute: it was recorded twice", () => {
    expect(causes("b1 buy 1 @ 1 at=0\n s0 sell 1 @ 1 at=5\n s1 sell 1 @ 1 at=6")).toEqual(["duplicate-sell"]);
    expect(causes("b1 buy 1 @ 1 at=0\n s0 sell 1 @ 1 at=5\n s1 sell 1 @ 1 at=7")).toEqual(["missing-buy"]);
  });

  test("at most one part in a hundred: fees in the base asset that nobody recorded", () => {
    expect(causes("b1 buy 99 @ 1\n s1 sell 100 @ 1")).toEqual(["base-fee"]);
    expect(causes("b1 buy 98.9 @ 1\n s1 sell 100 @ 1")).toEqual(["missing-buy"]);
  });

  test("a buy that covers it follows within a day", () => {
    expect(causes("b1 buy 1 @ 1\n s1 sell 3 @ 1\n b2 buy 2 @ 1")).toEqual(["bought-just-after"]);
    expect(causes("b1 buy 1 @ 1\n s1 sell 3 @ 1\n b2 buy 1.9 @ 1")).toEqual(["missing-buy"]);
    expect(causes("b1 buy 1 @ 1 at=0\n s1 sell 3 @ 1 at=1\n b2 buy 2 @ 1 at=1442")).toEqual(["missing-buy"]);
  });

  test("another account holds enough: a transfer is missing", () => {
    const text = "b0 buy 1 @ 1 account=spot\n b1 buy 5 @ 1 account=vault\n s1 sell 3 @ 1 account=spot";
    expect(causes(text, { scope: "account" })).toEqual(["other-account"]);
    expect(causes(text.replace("buy 5", "buy 1.9"), { scope: "account" })).toEqual(["missing-buy"]);
  });
});
