import { describe, expect, test } from "vitest";
import { allocate, FifoError, type FifoOptions, type LedgerInput } from "../src/index.ts";
import { compare, type AllocationLike } from "../src/audit.ts";
import { book, minuteAt } from "./book.ts";

const differences = (before: string, after: string, options?: FifoOptions) =>
  compare(allocate(book(before)), allocate(book(after), options)).map((difference) => difference.toJSON());

const V1 = "b1 buy 1 @ 10 at=0\n s1 sell 2 @ 20 at=3\n b2 buy 2 @ 12 at=4\n s2 sell 2 @ 30 at=5";

describe("compare says which sells changed, and why", () => {
  test("equal results have no difference, whatever they are read from", () => {
    expect(differences(V1, V1)).toEqual([]);
    expect(compare(allocate(book(V1)), JSON.parse(JSON.stringify(allocate(book(V1)))) as { allocations: AllocationLike[] })).toEqual([]);
  });

  test("a backfilled buy changes the sell it serves and names itself as the cause", () => {
    expect(differences(V1, `${V1}\n late buy 1 @ 11 at=1`)).toEqual([
      {
        symbol: "BTC-USD",
        sellId: "s1",
        pnlBefore: "10",
        pnlAfter: "19",
        pnlChange: "9",
        unmatchedBefore: "1",
        unmatchedAfter: "0",
        lotsBefore: [{ buyId: "b1", quantity: "1" }],
        lotsAfter: [
          { buyId: "b1", quantity: "1" },
          { buyId: "late", quantity: "1" },
        ],
        causes: ["late"],
      },
    ]);
  });

  test("a buy that pushes the others on changes each sell after it and is the only cause: the lot that it pushes out is there on both sides", () => {
    const text = "b1 buy 1 @ 1 at=1\n b2 buy 1 @ 2 at=2\n b3 buy 1 @ 3 at=3\n s1 sell 1 @ 9 at=4\n s2 sell 1 @ 9 at=5";
    const found = differences(text, `${text}\n b0 buy 1 @ 0 at=0`);
    expect(found.map(({ sellId, pnlChange, causes }) => [sellId, pnlChange, causes])).toEqual([
      ["s1", "1", ["b0"]],
      ["s2", "1", ["b0"]],
    ]);
  });

  test("a cause is no cause any more once both sides hold the same lots again", () => {
    const text = "b1 buy 1 @ 1 at=1\n s1 sell 2 @ 9 at=2\n b2 buy 1 @ 2 at=3\n s2 sell 1 @ 9 at=4\n b4 buy 1 @ 2 at=5\n s4 sell 1 @ 9 at=6";
    const found = differences(text, `${text}\n b0 buy 1 @ 0 at=0\n b3 buy 1 @ 1 at=3.5`.replace("3.5", "3"));
    expect(found.map(({ sellId, causes }) => [sellId, causes])).toEqual([
      ["s1", ["b0"]], // it takes what b0 brought: from here on the lots are the same
      ["s4", ["b3"]],
    ]);
  });

  test("a sell of one side is the cause of what it leaves to later sells, and a buy of another quantity of what it lets pass", () => {
    const text = "b1 buy 1 @ 1 at=1\n b2 buy 1 @ 2 at=2\n s2 sell 1 @ 9 at=4";
    const causes = (after: string) => differences(text, after).map(({ sellId, causes: ids }) => [sellId, ids]);
    expect(causes(`${text}\n s1 sell 1 @ 9 at=3`)).toEqual([
      ["s1", ["s1"]],
      ["s2", ["s1"]],
    ]);
    expect(causes(text.replace("b1 buy 1", "b1 buy 0.5"))).toEqual([["s2", ["b1"]]]);
  });

  describe("names a correction of time and an event, from the histories of both results", () => {
    const event = { symbol: "BTC-USD", executedAt: minuteAt(2) } as const;
    const split = { ...event, type: "split", id: "split", ratio: "2:1" } as const;
    const transfer = { ...event, type: "transfer", id: "move", from: "p", to: "q", quantity: "1" } as const;
    const BOOK =
      "b1 buy 1 @ 10 at=0 account=p\n b2 buy 1 @ 20 at=1 account=q\n s1 sell 1 @ 30 at=5 account=q\n s2 sell 1 @ 31 at=6 account=q";
    const causes = (before: readonly LedgerInput[], after: readonly LedgerInput[], options?: FifoOptions) =>
      compare(allocate(before, options), allocate(after, options)).map(({ sellId, causes: ids }) => [sellId, ids]);
    const edited = (from: string, to: string) => causes(book(BOOK), book(BOOK.replace(from, to)));

    test("a buy whose time was corrected", () =>
      expect(edited("b1 buy 1 @ 10 at=0", "b1 buy 1 @ 10 at=3")).toEqual([
        ["s1", ["b1"]],
        ["s2", ["b1"]],
      ]));
    test("a sell whose time was corrected", () =>
      expect(edited("at=5", "at=7")).toEqual([
        ["s1", ["s1"]],
        ["s2", ["s1"]],
      ]));
    test("a sell of another quantity, for itself and for what it leaves", () =>
      expect(edited("s1 sell 1", "s1 sell 0.5")).toEqual([
        ["s1", ["s1"]],
        ["s2", ["s1"]],
      ]));
    test("a split, and no buy", () => {
      expect(causes(book(BOOK), [...book(BOOK), split])).toEqual([
        ["s1", ["split"]],
        ["s2", ["split"]],
      ]);
      expect(causes([...book(BOOK), split], [...book(BOOK), { ...split, ratio: "4:1" }])[0]).toEqual(["s1", ["split"]]);
    });
    test("a split beside a buy that wears off: the lots count in the units of their time", () => {
      const rest = book("b3 buy 1 @ 1 at=7\n s3 sell 1 @ 2 at=8\n b4 buy 1 @ 1 at=9\n s4 sell 1 @ 3 at=9");
      const sold = book(`${BOOK}\n s0 sell 4 @ 9 at=6`);
      const found = causes(
        [...sold, ...rest, split],
        [...sold, ...rest.slice(0, 3), ...book("s4 sell 1 @ 4 at=9"), ...book("b0 buy 1 @ 1 at=-1"), split],
      );
      expect(found.at(-1)).toEqual(["s4", ["s4"]]);
    });
    test("a transfer between accounts", () =>
      expect(causes(book(BOOK), [...book(BOOK), transfer], { scope: "account" })).toEqual([
        ["s1", ["move"]],
        ["s2", ["move"]],
      ]));
    test("a price that changes which lot is dear, where the method looks at cost", () =>
      expect(causes(book(BOOK), book(BOOK.replace("b1 buy 1 @ 10", "b1 buy 1 @ 25")), { method: "hifo" }).map(([, ids]) => ids)).toEqual([
        ["b1"],
        ["b1"],
      ]));
    test("an account that was corrected, where accounts are apart", () => {
      const moved = book(BOOK.replace("at=0 account=p", "at=0 account=q"));
      expect(causes(book(BOOK), moved, { scope: "account" })).toEqual([
        ["s1", ["b1"]],
        ["s2", ["b1"]],
      ]);
      expect(causes(book(BOOK), moved)).toEqual([]);
    });
    test("a trade that was a sell and is a buy", () =>
      expect(causes(book("b1 buy 1 @ 1\n x sell 1 @ 2\n s sell 1 @ 3"), book("b1 buy 1 @ 1\n x buy 1 @ 2\n s sell 1 @ 3"))).toEqual([
        ["x", ["x"]],
        ["s", ["x"]],
      ]));
  });

  test("rows alone tell corrected times, too", () => {
    const rows = (text: string) => {
      const { allocations, openLots } = allocate(book(text)).toJSON();
      return { allocations, openLots };
    };
    const text = "b1 buy 1 @ 1 at=0\n b2 buy 1 @ 2 at=1\n s1 sell 1 @ 9 at=4\n s2 sell 1 @ 8 at=5";
    const causes = (after: string) => compare(rows(text), rows(after)).map(({ sellId, causes: ids }) => [sellId, ids]);
    expect(causes(text.replace("at=0", "at=3"))).toEqual([
      ["s1", ["b1"]],
      ["s2", ["b1"]],
    ]);
    expect(causes(text.replace("at=4", "at=6"))).toEqual([
      ["s1", ["s1"]],
      ["s2", ["s1"]],
    ]);
  });

  test("its own proceeds are a cause, too", () => {
    const [found] = differences("b1 buy 1 @ 1\n s1 sell 1 @ 2", "b1 buy 1 @ 1\n s1 sell 1 @ 3");
    expect([found?.pnlChange, found?.causes]).toEqual(["1", ["s1"]]);
  });

  test("rows without open lots name the lot that was pushed out, too", () => {
    const text = "b1 buy 1 @ 1 at=1\n b2 buy 1 @ 2 at=2\n s1 sell 1 @ 9 at=4";
    const rows = (books: string) => ({ allocations: allocate(book(books)).allocations });
    expect(compare(rows(text), rows(`${text}\n b0 buy 1 @ 0 at=0`))[0]?.causes).toEqual(["b0", "b1"]);
  });

  test("a sell that only one side has counts as nothing on the other", () => {
    const [gone] = differences(V1, "b1 buy 1 @ 10 at=0\n s1 sell 2 @ 20 at=3");
    expect([gone?.sellId, gone?.pnlBefore, gone?.pnlAfter, gone?.lotsAfter]).toEqual(["s2", "36", "0", []]);
    const [come] = differences("b1 buy 1 @ 10 at=0\n s1 sell 2 @ 20 at=3", V1);
    expect([come?.sellId, come?.pnlBefore, come?.pnlAfter, come?.lotsBefore]).toEqual(["s2", "0", "36", []]);
  });

  test("a lot of another cost is itself the cause", () => {
    const [found] = differences("b1 buy 1 @ 10\n s1 sell 1 @ 20", "b1 buy 1 @ 10 fee=1\n s1 sell 1 @ 20");
    expect([found?.sellId, found?.pnlChange, found?.causes]).toEqual(["s1", "-1", ["b1"]]);
  });

  test("one unit in the last place is a difference", () => {
    const [found] = differences("b1 buy 1 @ 10\n s1 sell 1 @ 20", "b1 buy 1 @ 10.000000000000000000000000001\n s1 sell 1 @ 20");
    expect(found?.pnlChange).toBe("-0.000000000000000000000000001");
  });

  test("dust is not called unmatched", () => {
    const [found] = differences("b1 buy 1 @ 1\n s1 sell 1.1 @ 1", "b1 buy 1 @ 1\n s1 sell 1.1 @ 1", { dust: "0.1" });
    expect([found?.unmatchedBefore, found?.unmatchedAfter, found?.pnlChange]).toEqual(["0.1", "0", "0"]);
  });

  test("differences come by symbol, then by the time of the sell", () => {
    const sells = "s3 sell 1 @ 1 at=9\n s1 sell 1 @ 1 at=8\n a9 sell 1 @ 1 at=9 symbol=A-B\n z1 sell 1 @ 1 at=1 symbol=Z-B";
    expect(differences("b buy 1 @ 1 symbol=Q-Q", sells).map(({ sellId }) => sellId)).toEqual(["a9", "s1", "s3", "z1"]);
  });

  test("the amounts of a difference are Decimals", () => {
    const [found] = compare(allocate(book("s1 sell 1 @ 1")), allocate(book("b1 buy 1 @ 1 at=0\n s1 sell 1 @ 1 at=1")));
    expect([found?.unmatchedBefore.toFixed(), found?.pnlAfter.toFixed(), found?.lotsAfter[0]?.quantity.toFixed()]).toEqual(["1", "0", "1"]);
  });

  test("many results of many sells are compared in one pass", () => {
    const count = 20_000;
    const lines = Array.from({ length: count }, (_, i) => `b${i} buy 1 @ 1\n s${i} sell 1 @ 2`).join("\n");
    const found = compare({ allocations: [] }, allocate(book(lines)));
    expect([found.length, found[0]?.causes, found.at(-1)?.causes.length]).toEqual([count, ["b0", "s0"], 2]);
  });

  test("a row whose amount is no decimal is refused by sell and field", () => {
    const [row] = allocate(book("b1 buy 1 @ 1\n s1 sell 1 @ 1")).toJSON().allocations;
    const broken = { allocations: [{ ...row, pnl: 0.1 } as unknown as AllocationLike] };
    expect(() => compare({ allocations: [] }, broken)).toThrow(FifoError);
    expect(() => compare({ allocations: [] }, broken)).toThrow(/The allocation row of sell "s1" has pnl 0\.1 \(not-a-number\)/);
  });
});
