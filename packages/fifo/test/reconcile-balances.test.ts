import { test as property, fc } from "@fast-check/vitest";
import { Decimal as Rounded } from "decimal.js";
import { describe, expect, test } from "vitest";
import { allocate, FifoError, type LedgerInput } from "../src/index.ts";
import { reconcileBalances, type Balance } from "../src/audit.ts";
import { book, minuteAt } from "./book.ts";

const told = (history: Iterable<LedgerInput>, balances: readonly Balance[], options = {}) => {
  const { missing, extra, different, ...rest } = reconcileBalances(history, balances, options);
  const short = (rows: typeof missing) =>
    rows.map((row) => [row.account, row.asset, row.local, row.exchange, row.difference].join(" ").trim());
  return { ...rest, missing: short(missing), extra: short(extra), different: short(different) };
};

const Decimal = Rounded.clone({ precision: 60 });

describe("balances are what the history adds up to", () => {
  test("purchases less sales, fees in the asset taken off, equal to the last digit", () => {
    const history = book("b1 buy 1.000000000000000001 @ 10 fee=0.1 feeCurrency=BTC at=0\n s1 sell 0.4 @ 12 fee=0.05 feeCurrency=BTC at=1");
    expect(told(history, [{ asset: "BTC", quantity: "0.450000000000000001" }])).toEqual({
      asOf: null,
      compared: 1,
      equal: 1,
      missing: [],
      extra: [],
      different: [],
    });
    expect(told(history, [{ asset: "BTC", quantity: new Decimal("0.45") }]).different).toEqual([
      "BTC 0.450000000000000001 0.45 -0.000000000000000001",
    ]);
  });

  test("each side is told what it lacks", () => {
    const history = book("b1 buy 2 @ 10\n e1 buy 1 @ 5 symbol=ETH-USD");
    const seen = told(history, [
      { asset: "BTC", quantity: "3" },
      { asset: "SOL", quantity: "7" },
    ]);
    expect(seen).toEqual({ asOf: null, compared: 3, equal: 0, missing: ["SOL 0 7 7"], extra: ["ETH 1 0 -1"], different: ["BTC 2 3 1"] });
  });

  test("money that only pays is compared where somebody says how much there is", () => {
    const history = book("b1 buy 2 @ 10 fee=0.5\n s1 sell 1 @ 30 gross=29 fee=-0.25");
    expect(told(history, [{ asset: "BTC", quantity: "1" }]).compared).toBe(1);
    const opening = [{ asset: "USD", quantity: "100" }];
    expect(
      told(
        history,
        [
          { asset: "BTC", quantity: "1" },
          { asset: "USD", quantity: "108.75" },
        ],
        { opening },
      ),
    ).toMatchObject({ compared: 2, equal: 2 });
    expect(told(history, [{ asset: "BTC", quantity: "1" }], { opening }).extra).toEqual(["USD 108.75 0 -108.75"]);
  });

  test("an asset that is base here and quote there counts both, and a fee in a third one needs no value", () => {
    const history = book("b1 buy 1 @ 10\n e1 buy 2 @ 0.1 symbol=ETH-BTC fee=0.01 feeCurrency=BNB");
    expect(
      told(history, [
        { asset: "BTC", quantity: "0.8" },
        { asset: "ETH", quantity: "2" },
        { asset: "BNB", quantity: "-0.01" },
      ]),
    ).toMatchObject({ compared: 3, equal: 3 });
  });

  test("a split that every symbol of its asset records counts once, and so does the next one", () => {
    const split = (symbol: string, minute: number, ratio = "2:1"): LedgerInput => ({
      type: "split",
      id: `${symbol} ${minute}`,
      symbol,
      ratio,
      executedAt: minuteAt(minute),
    });
    const holdings = book("b1 buy 10 @ 1 symbol=A-USD\n b2 buy 10 @ 1 symbol=A-EUR\n b3 buy 1 @ 1 symbol=B-USD");
    const held = (...splits: LedgerInput[]) => told([...holdings, ...splits], [{ asset: "A", quantity: "0" }]).extra[0];
    const first = [split("A-USD", 5), split("A-EUR", 6, "4:2"), split("B-USD", 5)];
    expect(held(...first)).toBe("A 40 0 -40");
    expect(held(split("A-USD", 5))).toBe("A 40 0 -40"); // a symbol that holds nothing need not record it
    expect(held(...first, split("A-USD", 5000), split("A-EUR", 5000))).toBe("A 80 0 -80");
    expect(held(...first, split("A-USD", 7), split("A-EUR", 8))).toBe("A 80 0 -80"); // one symbol twice: two splits
    expect(held(...first, split("A-EUR", 7, "3:1"))).toBe("A 120 0 -120");
  });

  test("splits and transfers are followed, each account by itself on request", () => {
    const events: LedgerInput[] = [
      ...book("b1 buy 3 @ 10 account=a at=0"),
      { type: "split", id: "x", symbol: "BTC-USD", ratio: "3:2", executedAt: minuteAt(1) },
      { type: "transfer", id: "t", symbol: "BTC-USD", from: "a", to: "b", quantity: "1", fee: "0.5", executedAt: minuteAt(2) },
    ];
    const balances = [
      { account: "a", asset: "BTC", quantity: "3" },
      { account: "b", asset: "BTC", quantity: "1" },
    ];
    expect(told(events, balances, { scope: "account" })).toMatchObject({ compared: 2, equal: 2 });
    expect(told(events.toReversed(), balances)).toMatchObject({ compared: 1, equal: 1 });
    expect(told(events, [{ account: "b", asset: "BTC", quantity: "4" }], { scope: "account" })).toMatchObject({
      extra: ["a BTC 3 0 -3"],
      different: ["b BTC 1 4 3"],
    });
  });

  test("what comes after the balances were taken does not count", () => {
    const history = book("b1 buy 1 @ 10 at=0\n b2 buy 1 @ 10 at=5");
    expect(told(history, [{ asset: "BTC", quantity: "1" }], { asOf: minuteAt(4) })).toMatchObject({
      equal: 1,
      asOf: "2025-03-01T10:04:00.000000Z",
    });
    expect(told(history, [{ asset: "BTC", quantity: "2" }], { asOf: minuteAt(5) })).toMatchObject({ equal: 1 });
  });

  test("a symbol that names no pair is its own asset", () => {
    expect(told(book("b1 buy 5 @ 10 symbol=ACME"), [{ asset: "ACME", quantity: "5" }])).toMatchObject({ compared: 1, equal: 1 });
  });

  test("what cannot be read is refused, and so is a balance that is there twice", () => {
    const codeOf = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return error instanceof FifoError ? error.code : error;
      }
      return "nothing";
    };
    const one = { asset: "BTC", quantity: "1" };
    expect(codeOf(() => reconcileBalances([], [one, one]))).toBe("duplicate-id");
    expect(codeOf(() => reconcileBalances([], [{ asset: "BTC", quantity: 1 as unknown as string }]))).toBe("invalid-trade");
    expect(codeOf(() => reconcileBalances([], [null as unknown as Balance]))).toBe("invalid-trade");
    expect(codeOf(() => reconcileBalances([], [{ asset: "", quantity: "1" }]))).toBe("invalid-symbol");
    expect(codeOf(() => reconcileBalances([], [one], { asOf: "2025-03-01" }))).toBe("invalid-time");
    expect(
      codeOf(() =>
        reconcileBalances([{ type: "split", id: "x", symbol: "BTC-USD", ratio: "1:3", executedAt: minuteAt(1) }], [], { opening: [one] }),
      ),
    ).toBe("split-not-exact");
  });
});

property.prop([
  fc.array(
    fc.record({ buy: fc.boolean(), units: fc.integer({ min: 1, max: 99_999 }), fee: fc.integer({ min: 0, max: 5 }), inBase: fc.boolean() }),
    {
      maxLength: 40,
    },
  ),
])("for every book, open lots less what no lot covers is the balance of the asset", (rows) => {
  const history = rows.map(({ buy, units, fee, inBase }, at) => ({
    id: `t${at}`,
    symbol: "BTC-USD",
    side: buy ? ("buy" as const) : ("sell" as const),
    quantity: new Decimal(units).div(1000).toFixed(),
    price: "7",
    fee: new Decimal(fee).div(10_000).toFixed(),
    feeCurrency: inBase ? "BTC" : "USD",
    executedAt: minuteAt(at),
  }));
  const { openLots, totals } = allocate(history);
  const held = openLots.reduce((sum, lot) => sum.plus(lot.quantity), new Decimal(0)).minus(totals.unmatchedQuantity);
  const seen = reconcileBalances(history, [{ asset: "BTC", quantity: held }]);
  expect([seen.compared, seen.equal]).toEqual([1, 1]);
  expect(reconcileBalances(history, [{ asset: "BTC", quantity: held.plus("0.000000000000000001") }]).equal).toBe(0);
});
