import { Decimal } from "decimal.js";
import { describe, expect, test } from "vitest";
import { allocate, FifoError, type FifoErrorCode, type TradeInput } from "../src/index.ts";
import { reconcile, type ExchangeFill, type Reconciliation } from "../src/audit.ts";
import { book, minuteAt } from "./book.ts";

const ALL = { retention: { from: minuteAt(-1000) } };

/** One fill a line, `fillId orderId side quantity @ price minute fee`. */
function fills(text: string): ExchangeFill[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [fillId = "", orderId = "", side, quantity = "", , price = "", minute = "0", fee] = line.trim().split(/\s+/);
      const known = { fillId, orderId, symbol: "BTC-USD", side: side === "buy" ? "buy" : "sell", quantity, price } as const;
      return { ...known, executedAt: minuteAt(Number(minute)), ...(fee === undefined ? {} : { fee }) };
    });
}

const ids = (trades: readonly { readonly id: string }[]) => trades.map(({ id }) => id);

/** The two equations of the counts. */
function expectBalanced({ counts, missing, partial, extra }: Reconciliation): void {
  expect(counts.equal + counts.different + partial.length + missing.length).toBe(counts.exchangeOrders);
  expect(counts.equal + counts.different + extra.length).toBe(counts.localTrades);
}

describe("the fills of an order are summed", () => {
  test("several fills equal one local trade of the same quantity, gross, fee and first instant", () => {
    const local = book("o1 buy 3 @ 0 gross=7 fee=0.3 at=1");
    const seen = reconcile(local, fills("f2 o1 buy 2 @ 2 5 0.2\n f1 o1 buy 1 @ 3 1 0.1"), ALL);
    expect([seen.counts.equal, seen.counts.exchangeFills, seen.counts.exchangeOrders, seen.different]).toEqual([1, 2, 1, []]);
    expectBalanced(seen);
  });

  test("a local price is compared as the total that it makes", () => {
    expect(reconcile(book("o1 buy 4 @ 2.5 at=0"), fills("f1 o1 buy 2 @ 2 0\n f2 o1 buy 2 @ 3 0"), ALL).counts.equal).toBe(1);
  });

  test("decimals may be spelt differently or be Decimals", () => {
    const [fill] = fills("f1 o1 buy 1.50 @ 2.0 0 0.10");
    const local = { ...book("o1 buy 1.5 @ 2 fee=1e-1 at=0")[0], price: new Decimal("2.000") } as TradeInput;
    expect(reconcile([local], fill === undefined ? [] : [{ ...fill, quantity: new Decimal("1.5") }], ALL).counts.equal).toBe(1);
  });

  test("the same fill twice counts once", () => {
    const { counts } = reconcile(book("o1 buy 2 @ 2 at=0"), fills("f1 o1 buy 1 @ 2 0\n f2 o1 buy 1 @ 2 0\n f1 o1 buy 1.0 @ 2.00 0 0"), ALL);
    expect([counts.equal, counts.exchangeFills, counts.duplicateFills]).toEqual([1, 3, 1]);
  });

  test("equal fills under two ids are two fills", () => {
    expect(reconcile([], fills("f1 o1 buy 1 @ 2 0\n f2 o1 buy 1 @ 2 0"), ALL).missing[0]?.quantity).toBe("2");
  });
});

describe("both sides are told what they lack", () => {
  const exchange = fills("f1 b1 buy 1 @ 2 1\n f2 s1 sell 1 @ 3 2\n f3 b2 buy 1 @ 4 3 0.1");

  test("an order that only the exchange has is missing; the buys among them can be backfilled", () => {
    const seen = reconcile([], exchange, ALL);
    expect([ids(seen.missing), ids(seen.backfill)]).toEqual([
      ["b1", "s1", "b2"],
      ["b1", "b2"],
    ]);
    expect(seen.backfill[1]).toEqual({
      id: "b2",
      symbol: "BTC-USD",
      side: "buy",
      quantity: "1",
      price: "4",
      gross: "4",
      fee: "0.1",
      feeCurrency: null,
      executedAt: "2025-03-01T10:03:00.000000Z",
      fills: 1,
    });
    expectBalanced(seen);
  });

  test("a trade that only the local side has is extra", () => {
    const seen = reconcile(book("b1 buy 1 @ 2 at=1\n x1 buy 9 @ 9 at=0"), exchange, ALL);
    expect(seen.extra).toEqual([{ id: "x1", symbol: "BTC-USD", side: "buy", executedAt: "2025-03-01T10:00:00.000000Z" }]);
    expectBalanced(seen);
  });

  test("a trade that both have is compared field by field", () => {
    const local = book("b1 sell 2 @ 3 fee=0.5 at=9 symbol=BTC-EUR");
    const seen = reconcile(local, fills("f1 b1 buy 1 @ 2 1"), ALL);
    expect(seen.different.map(({ field, local: mine, exchange: theirs }) => [field, mine, theirs])).toEqual([
      ["symbol", "BTC-EUR", "BTC-USD"],
      ["side", "sell", "buy"],
      ["quantity", "2", "1"],
      ["gross", "6", "2"],
      ["fee", "0.5", "0"],
      ["executedAt", "2025-03-01T10:09:00.000000Z", "2025-03-01T10:01:00.000000Z"],
    ]);
    expect(seen.counts.different).toBe(1);
    expectBalanced(seen);
  });

  test("one unit in the last place or one microsecond is a difference", () => {
    const time = { executedAt: "2025-03-01T10:01:00.000001Z" };
    const local = book("b1 buy 1.000000000000000001 @ 2 at=1").concat(book("s1 sell 1 @ 3 at=2").map((trade) => ({ ...trade, ...time })));
    const fields = reconcile(local, exchange, ALL).different.map(({ field }) => field);
    expect(fields).toEqual(["quantity", "gross", "executedAt"]);
  });

  test("a fee in another currency is compared by its value in quote", () => {
    expect(reconcile(book("b2 buy 1 @ 4 fee=0.002 feeCurrency=BNB feeInQuote=0.1 at=3"), exchange, ALL).different).toEqual([]);
  });

  test("a fee in the base asset is compared in the base asset, and another currency is a difference of its own", () => {
    const [fill] = fills("f1 o1 buy 1 @ 2 0 0.001");
    const compared = (local: string, feeCurrency: string | null) =>
      reconcile(book(local), fill === undefined ? [] : [{ ...fill, feeCurrency }], ALL).different.map((one) => [
        one.field,
        one.local,
        one.exchange,
      ]);
    expect(compared("o1 buy 1 @ 2 fee=0.001 feeCurrency=BTC at=0", "BTC")).toEqual([]);
    expect(compared("o1 buy 1 @ 2 fee=0.002 feeCurrency=BTC at=0", "BTC")).toEqual([["fee", "0.002", "0.001"]]);
    expect(compared("o1 buy 1 @ 2 fee=0.001 feeCurrency=BTC at=0", "USD")).toEqual([["feeCurrency", "BTC", "USD"]]);
    expect(compared("o1 buy 1 @ 2 fee=0.001 at=0", "USD")).toEqual([]);
  });

  test("local trades may be fills: then each is compared with the fill of its id", () => {
    const executions = fills("f1 o1 buy 1 @ 2 0\n f2 o1 buy 2 @ 3 1\n f3 o1 buy 1 @ 3 2");
    const seen = reconcile(book("f1 buy 1 @ 2 at=0\n f2 buy 2 @ 4 at=1\n f9 sell 1 @ 1 at=1"), executions, { ...ALL, match: "fill" });
    expect([seen.counts.equal, ids(seen.missing), ids(seen.extra), seen.different.map(({ id, field }) => [id, field])]).toEqual([
      1,
      ["f3"],
      ["f9"],
      [["f2", "gross"]],
    ]);
    expectBalanced(seen);
  });

  test("what is missing and what is extra come oldest first", () => {
    const seen = reconcile(book("x2 buy 1 @ 1 at=5\n x1 buy 1 @ 1 at=4"), [...exchange].reverse(), ALL);
    expect([ids(seen.missing), ids(seen.extra)]).toEqual([
      ["b1", "s1", "b2"],
      ["x1", "x2"],
    ]);
  });
});

describe("the gross of a backfilled order counts, not its average price", () => {
  const [order] = reconcile([], fills("f1 o1 buy 1 @ 1 0\n f2 o1 buy 2 @ 2 0"), ALL).backfill;

  test("an average that never ends is cut at 18 places", () => {
    expect([order?.price, order?.gross]).toEqual(["1.666666666666666666", "5"]);
  });

  test("its cost in the ledger is the exact total", () => {
    const [lot] = allocate(order === undefined ? [] : [order]).openLots;
    expect(lot?.text("cost")).toBe("5");
  });

  test("an average that ends within 18 places is exact", () => {
    expect(reconcile([], fills("f1 o1 buy 1 @ 1.000000000000000001 0\n f2 o1 buy 1 @ 1.000000000000000003 0"), ALL).missing[0]?.price).toBe(
      "1.000000000000000002",
    );
    expect(reconcile([], fills("f1 o1 buy 0.00000001 @ 123456.789 0"), ALL).missing[0]?.price).toBe("123456.789");
    expect(reconcile([], fills("f1 o1 buy 3 @ 0 0"), ALL).missing[0]?.price).toBe("0");
    expect(reconcile([], fills("f1 o1 buy 1 @ 0.12345678901234567899 0"), ALL).missing[0]?.price).toBe("0.123456789012345678");
  });
});

describe("only what the exchange still keeps is compared", () => {
  const window = { retention: { from: minuteAt(10), to: minuteAt(20) } };

  test("from is inside, to is outside", () => {
    const exchange = fills("f1 o1 buy 1 @ 1 9\n f2 o2 buy 1 @ 1 10\n f3 o3 buy 1 @ 1 19\n f4 o4 buy 1 @ 1 20");
    const local = book("x1 buy 1 @ 1 at=9\n x2 buy 1 @ 1 at=10\n x3 buy 1 @ 1 at=20");
    const seen = reconcile(local, exchange, window);
    expect([ids(seen.missing), ids(seen.extra)]).toEqual([["o2", "o3"], ["x2"]]);
    expect([seen.counts.outsideExchange, seen.counts.outsideLocal]).toEqual([2, 2]);
    expect(seen.retention).toEqual({ from: "2025-03-01T10:10:00.000000Z", to: "2025-03-01T10:20:00.000000Z" });
    expectBalanced(seen);
  });

  test("without an end, everything since from is inside", () => {
    const seen = reconcile([], fills("f1 o1 buy 1 @ 1 9\n f2 o2 buy 1 @ 1 100000"), { retention: { from: minuteAt(10) } });
    expect([ids(seen.missing), seen.retention.to]).toEqual([["o2"], null]);
  });

  describe("an order of which the window has only some fills is told, neither compared nor backfilled", () => {
    const [late] = fills("f2 o1 buy 1 @ 10 12");
    const partOf = (local: TradeInput[], fill: Partial<ExchangeFill>) =>
      reconcile(local, late === undefined ? [] : [{ ...late, ...fill }], window);

    test("where the local trade begins before the window and is larger", () => {
      const seen = partOf(book("o1 buy 3 @ 10 at=9"), {});
      expect([ids(seen.partial), seen.different, seen.missing, seen.extra, seen.counts.localTrades]).toEqual([["o1"], [], [], [], 1]);
      expect([seen.counts.partial, seen.counts.exchangeOrders, seen.counts.different]).toEqual([1, 1, 0]);
      expect(partOf(book("o1 buy 3 @ 10 at=10"), {}).counts).toMatchObject({ partial: 0, different: 1 }); // whole in the window: another quantity
      expect(partOf(book("o1 buy 0.5 @ 10 at=9"), {}).counts).toMatchObject({ partial: 0, different: 1 }); // smaller: no earlier fill explains it
    });
    test("where it is missing locally and the exchange says how large it is", () => {
      const seen = partOf([], { orderQuantity: "3" });
      expect([ids(seen.partial), seen.missing, seen.backfill]).toEqual([["o1"], [], []]);
      expectBalanced(seen);
      expect(ids(partOf([], { orderQuantity: new Decimal("1.0") }).backfill)).toEqual(["o1"]);
      expect(() => partOf([], { orderQuantity: "x" })).toThrow(/orderQuantity/);
    });
    test("but a fill is always whole", () => {
      const seen = reconcile([], late === undefined ? [] : [{ ...late, orderQuantity: "3" }], { ...window, match: "fill" });
      expect(ids(seen.backfill)).toEqual(["f2"]);
    });
  });

  test("a trade that either side places in the window is compared, never extra or missing", () => {
    const early = reconcile(book("o1 buy 1 @ 1 at=9"), fills("f1 o1 buy 1 @ 1 10"), window);
    const late = reconcile(book("o1 buy 1 @ 1 at=10"), fills("f1 o1 buy 1 @ 1 9"), window);
    for (const seen of [early, late]) {
      expect([seen.missing, seen.extra, seen.different.map(({ field }) => field)]).toEqual([[], [], ["executedAt"]]);
      expectBalanced(seen);
    }
  });

  test("an order that both sides place outside is left out on both", () => {
    const seen = reconcile(book("o1 buy 1 @ 1 at=0"), fills("f1 o1 buy 5 @ 1 0"), window);
    expect([seen.counts.outsideLocal, seen.counts.outsideExchange, seen.counts.localTrades, seen.different]).toEqual([1, 1, 0, []]);
  });
});

describe("what cannot be reconciled is refused", () => {
  const codeOf = (run: () => unknown): FifoErrorCode | undefined => {
    try {
      run();
    } catch (error) {
      if (error instanceof FifoError) return error.code;
      throw error;
    }
    return undefined;
  };
  const fill = { fillId: "f1", orderId: "o1", symbol: "BTC-USD", side: "buy", quantity: "1", price: "2", executedAt: minuteAt(0) } as const;
  const exchange = (change: Readonly<Record<string, unknown>>) => () => reconcile([], [{ ...fill, ...change }], ALL);

  test("one fill id with two contents", () => {
    for (const change of [
      { quantity: "2" },
      { price: "3" },
      { fee: "1" },
      { orderId: "o2" },
      { side: "sell" as const },
      { executedAt: minuteAt(1) },
    ]) {
      expect(codeOf(() => reconcile([], [fill, { ...fill, ...change }], ALL))).toBe("duplicate-id");
    }
  });

  test("one order with fills of two sides or symbols", () => {
    for (const change of [{ side: "sell" as const }, { symbol: "ETH-USD" }])
      expect(codeOf(() => reconcile([], [fill, { ...fill, fillId: "f2", ...change }], ALL))).toBe("invalid-trade");
  });

  test("one order whose fees were taken in two currencies; matched by fill it can be compared", () => {
    const mixed = [fill, { ...fill, fillId: "f2", fee: "0.001", feeCurrency: "BNB" }, { ...fill, fillId: "f3", fee: "0.1" }] as const;
    expect(codeOf(() => reconcile([], mixed, ALL))).toBe("mixed-fee-currencies");
    expect(reconcile([], mixed, { ...ALL, match: "fill" }).missing.map((one) => [one.id, one.fee, one.feeCurrency])).toEqual([
      ["f1", "0", null],
      ["f2", "0.001", "BNB"],
      ["f3", "0.1", null],
    ]);
  });

  test("one local trade twice", () => {
    expect(codeOf(() => reconcile(book("o1 buy 1 @ 2 at=0\n o1 buy 1 @ 2 at=0"), [fill], ALL))).toBe("duplicate-id");
  });

  const bad: readonly (readonly [string, FifoErrorCode, Readonly<Record<string, unknown>>])[] = [
    ["a number for a quantity: it is never rounded", "invalid-trade", { quantity: 1.5 }],
    ["a number for a price", "invalid-trade", { price: 2 }],
    ["a number for a fee", "invalid-trade", { fee: 0.1 }],
    ["a price that is null", "invalid-trade", { price: null }],
    ["a quantity of zero", "invalid-quantity", { quantity: "0" }],
    ["a negative quantity", "invalid-quantity", { quantity: "-1" }],
    ["a negative price", "invalid-price", { price: "-1" }],
    ["an unknown side", "invalid-side", { side: "BUY" }],
    ["a naive time", "invalid-time", { executedAt: "2025-03-01T10:00:00" }],
    ["a number for a time", "invalid-time", { executedAt: 5 }],
    ["no fill id", "invalid-id", { fillId: undefined }],
    ["no order id", "invalid-id", { orderId: "" }],
    ["no symbol", "invalid-symbol", { symbol: null }],
  ];
  test.each(bad)("a fill with %s gives %s", (_, code, change) => expect(codeOf(exchange(change))).toBe(code));

  test("a fill that is null, a window that is no time, a local number", () => {
    expect(codeOf(() => reconcile([], [null as unknown as ExchangeFill], ALL))).toBe("invalid-trade");
    expect(codeOf(() => reconcile([], [], { retention: { from: "2025-03-01" } }))).toBe("invalid-time");
    expect(codeOf(() => reconcile([], [], { retention: { from: minuteAt(0), to: "never" } }))).toBe("invalid-time");
    expect(codeOf(() => reconcile([{ ...book("o1 buy 1 @ 2")[0], price: 2 } as unknown as TradeInput], [fill], ALL))).toBe("invalid-trade");
  });
});
