import { Decimal } from "decimal.js";
import { describe, expect, test } from "vitest";
import {
  allocate,
  compareTrades,
  createAllocator,
  FifoError,
  sortTrades,
  type FifoErrorCode,
  type FifoOptions,
  type LedgerInput,
  type TradeInput,
} from "../src/index.ts";
import { createHistory } from "../src/history.ts";
import { isSoak } from "./arbitraries.ts";
import { book, minuteAt } from "./book.ts";

const GOOD = { id: "t1", symbol: "BTC-USD", side: "buy", quantity: "1", price: "2", executedAt: minuteAt(0) } as const;

/** A trade as a caller without types may send it. */
const trade = (change: Readonly<Record<string, unknown>>): TradeInput => ({ ...GOOD, ...change });

function refusalOf(run: () => unknown): FifoError {
  try {
    run();
  } catch (error) {
    if (error instanceof FifoError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const WORDS = ["", " ", "NaN", "Infinity", "-Infinity", "0x10", "1,000", "1 000", "+1", "1.", "1e", "ten"];
const OBJECTS = [{}, [], Object(1.5), Symbol("1"), () => "1", Object.create(null), { toFixed: 5 }];
const DECIMALS = ["NaN", "Infinity", "1e101", "1e9000000000000000"].map((text) => new Decimal(text));
const TOO_LONG = ["9".repeat(400), `1${"0".repeat(500_000)}1`];
const NUMBERS = [1, 1.5, 0, Number.NaN, Infinity, 5n, true];
const NOT_DECIMALS: readonly unknown[] = [WORDS, OBJECTS, DECIMALS, TOO_LONG, NUMBERS].flat();

describe("a value that is no decimal is refused by field", () => {
  const fields = [
    ["quantity", "invalid-quantity"],
    ["price", "invalid-price"],
    ["gross", "invalid-gross"],
    ["fee", "invalid-fee"],
  ] as const;
  test.each(fields)("%s gives %s", (field, code) => {
    for (const value of NOT_DECIMALS) {
      const error = refusalOf(() => allocate([trade({ [field]: value })]));
      expect([error.code, error.facts["tradeId"], error.facts["field"]]).toEqual([code, "t1", field]);
    }
  });

  test("feeInQuote gives invalid-fee, where the fee is in a third currency", () => {
    for (const value of NOT_DECIMALS) {
      expect(refusalOf(() => allocate([trade({ fee: "1", feeCurrency: "BNB", feeInQuote: value })])).code).toBe("invalid-fee");
    }
  });
});

describe("what a trade cannot be is refused", () => {
  const refused: readonly (readonly [string, FifoErrorCode, Readonly<Record<string, unknown>>])[] = [
    ["a quantity of zero", "invalid-quantity", { quantity: "0.000" }],
    ["a negative quantity", "invalid-quantity", { quantity: "-1" }],
    ["a quantity that is null", "invalid-quantity", { quantity: null }],
    ["a quantity that is missing", "invalid-quantity", { quantity: undefined }],
    ["a negative price", "invalid-price", { price: "-0.01" }],
    ["a price that is null", "invalid-price", { price: null }],
    ["a negative gross", "invalid-gross", { gross: "-1" }],
    ["an empty id", "invalid-id", { id: "" }],
    ["a number for an id", "invalid-id", { id: 7 }],
    ["an id that is null", "invalid-id", { id: null }],
    ["an empty symbol", "invalid-symbol", { symbol: "" }],
    ["a symbol that is missing", "invalid-symbol", { symbol: undefined }],
    ["an account that is null", "invalid-account", { account: null }],
    ["a number for an account", "invalid-account", { account: 1 }],
    ["an unknown side", "invalid-side", { side: "BUY" }],
    ["a side that is null", "invalid-side", { side: null }],
    ["a side that is short", "invalid-side", { side: "short" }],
    ["a naive time", "invalid-time", { executedAt: "2025-03-01T10:00:00" }],
    ["a date without a time", "invalid-time", { executedAt: "2025-03-01" }],
    ["an impossible date", "invalid-time", { executedAt: "2025-02-30T10:00:00Z" }],
    ["a leap second", "invalid-time", { executedAt: "2016-12-31T23:59:60Z" }],
    ["a time finer than a microsecond", "invalid-time", { executedAt: "2025-03-01T10:00:00.1234567Z" }],
    ["a time before 1700", "invalid-time", { executedAt: "0001-01-01T00:00:00Z" }],
    ["a time after 2199", "invalid-time", { executedAt: "9999-12-31T23:59:59Z" }],
    ["milliseconds for a time", "invalid-time", { executedAt: 1_740_823_200_000 }],
    ["an invalid Date", "invalid-time", { executedAt: new Date(Number.NaN) }],
    ["a Date beyond 2199", "invalid-time", { executedAt: new Date(8.64e15) }],
    ["a time that is null", "invalid-time", { executedAt: null }],
    ["a negative sequence", "invalid-sequence", { sequence: -1 }],
    ["a fraction for a sequence", "invalid-sequence", { sequence: 1.5 }],
    ["a sequence beyond 2^53", "invalid-sequence", { sequence: 2 ** 53 }],
    ["text for a sequence", "invalid-sequence", { sequence: "1" }],
    ["NaN for a sequence", "invalid-sequence", { sequence: Number.NaN }],
    ["a base fee that leaves nothing of a buy", "fee-exceeds-quantity", { fee: "1", feeCurrency: "BTC" }],
    ["a base rebate that leaves nothing of a sell", "fee-exceeds-quantity", { side: "sell", fee: "-1", feeCurrency: "BTC" }],
    ["a fee in a third currency without its value", "fee-needs-quote-value", { fee: "1", feeCurrency: "BNB" }],
    ["a type that nobody knows", "invalid-trade", { type: "airdrop" }],
  ];
  test.each(refused)("%s gives %s", (_, code, change) => {
    for (const run of [
      () => allocate([trade(change)]),
      () => createAllocator().push(trade(change)),
      () => compareTrades(GOOD, trade(change)),
      () => sortTrades([trade(change)]),
    ]) {
      expect(refusalOf(run).code).toBe(code);
    }
  });

  test.each([null, undefined, 1, "buy 1 BTC", true])("%j for a whole trade gives invalid-trade", (value) => {
    expect(refusalOf(() => allocate([value as unknown as TradeInput])).code).toBe("invalid-trade");
  });

  test("the same id twice gives duplicate-id, whatever the symbol or content", () => {
    expect(refusalOf(() => allocate([GOOD, GOOD])).code).toBe("duplicate-id");
    expect(refusalOf(() => allocate([GOOD, trade({ symbol: "ETH-USD", side: "sell" })])).facts).toEqual({
      tradeId: "t1",
      symbol: "ETH-USD",
    });
  });

  test("optional fields that are null or undefined count as left out", () => {
    const nulls = trade({ gross: null, fee: null, feeCurrency: null, feeInQuote: null, sequence: null });
    const gaps = trade({
      gross: undefined,
      fee: undefined,
      feeCurrency: undefined,
      feeInQuote: undefined,
      sequence: undefined,
      account: undefined,
    });
    for (const input of [nulls, gaps]) expect(JSON.stringify(allocate([input]))).toBe(JSON.stringify(allocate([GOOD])));
  });

  test("the message names the trade and the field, says what to do and stays short", () => {
    const error = refusalOf(() => allocate([trade({ quantity: "x".repeat(10_000) })]));
    expect(error.message).toMatch(/^Trade "t1": quantity is "x+\.\.\. \(not-a-number\); give a decimal as text or Decimal\.$/);
    expect(error.message.length).toBeLessThan(250);
    expect(error.name).toBe("FifoError");
  });
});

describe("an option outside its list is refused as invalid-option", () => {
  const dust = ["-1", "NaN", 0.5, null, { "BTC-USD": 1 }, { "BTC-USD": "-1" }, new Decimal("NaN")].map((value) => ({ dust: value }));
  const picks = [{ lots: {} }, ...[{ s1: "b1" }, { s1: [1] }, { s1: null }].map((value) => ({ method: "specific", lots: value }))];
  const scales = [
    { scale: 19, rounding: "half-up" },
    { scale: 2, rounding: "up" },
    { scale: "2", rounding: "half-up" },
  ];
  const money = [null, {}, ...scales].map((value) => ({ money: value }));
  const words = [{ scope: "wallet" }, { scope: 5 }, { fees: "half" }, { fees: true }, { method: "average" }, { shorts: "yes" }];
  const asOf = ["2025-03-01", 5, null].map((value) => ({ asOf: value }));
  const unknown = [{ methode: "lifo" }, { shorts: "open", Dust: "1" }, { tolerance: undefined }];
  const refused: readonly object[] = [...words, ...dust, ...picks, ...money, ...asOf, ...unknown];
  test.each(refused.map((options) => [JSON.stringify(options), options]))("%s", (_, options) => {
    expect(refusalOf(() => allocate([], options)).code).toBe("invalid-option");
  });

  test("an option that there is not is refused by name, by a stream and a history, too", () => {
    const lifo = { methode: "lifo" } as FifoOptions;
    for (const run of [() => allocate([], lifo), () => createAllocator(lifo), () => createHistory(lifo)])
      expect(refusalOf(run)).toMatchObject({ code: "invalid-option", facts: { option: "methode" } });
    expect(refusalOf(() => createAllocator({ asOf: minuteAt(0) } as FifoOptions)).facts).toMatchObject({ option: "asOf" });
  });

  test("names of JavaScript's own objects are names like any other", () => {
    const names = ["constructor", "toString", "__proto__", "hasOwnProperty"];
    const trades = names.flatMap((symbol) => [
      { ...GOOD, id: `b-${symbol}`, symbol },
      { ...GOOD, id: symbol, symbol, side: "sell" as const, executedAt: minuteAt(1) },
    ]);
    const matched = (options: FifoOptions) => allocate(trades, options).totals.matched;
    expect([matched({ dust: { "BTC-USD": "1" } }), matched({ method: "specific", lots: { toString: ["b-toString"] } })]).toEqual([4, 4]);
  });

  test("options are taken when they are given: changing them later changes nothing", () => {
    const lots = { s1: ["b2"] };
    const allocator = createAllocator({ method: "specific", lots });
    lots.s1[0] = "b1";
    const rows = book("b1 buy 1 @ 1\n b2 buy 1 @ 2\n s1 sell 1 @ 3").flatMap((entry) => allocator.push(entry));
    expect(rows.map((row) => row.buyId)).toEqual(["b2"]);
  });
});

describe("what is given is not changed", () => {
  const frozen = book("b1 buy 3 @ 1 fee=1\n s1 sell 1.25 @ 2 fee=0.5 feeCurrency=BTC\n s2 sell 5 @ 2").map((entry) => Object.freeze(entry));

  test("frozen trades, options and Dates are accepted", () => {
    const options = Object.freeze({ dust: Object.freeze({ "BTC-USD": "0.5" }), scope: "account" } as const);
    const date = Object.freeze(new Date(0));
    expect(allocate(Object.freeze([...frozen, { ...GOOD, id: "d", executedAt: date }]), options).totals.trades).toBe(4);
  });

  test("trades are as they were, and so is the order of the list", () => {
    const trades = [...frozen].reverse().map((entry) => ({ ...entry }));
    const before = JSON.stringify(trades);
    const allocator = createAllocator();
    allocate(trades).toJSON();
    for (const entry of sortTrades(trades)) allocator.push(entry);
    expect(JSON.stringify(trades)).toBe(before);
  });

  test("an iterable is read once, from the beginning to the end", () => {
    let read = 0;
    function* once(): Generator<TradeInput, void, undefined> {
      for (const entry of frozen) {
        read++;
        yield entry;
      }
    }
    expect(allocate(once()).totals.trades).toBe(3);
    expect(read).toBe(3);
  });
});

describe("size is no bad input", () => {
  test("no trades at all give an empty result", () => {
    const { allocations, openLots, totals, symbols } = allocate([]);
    expect([allocations, openLots, totals.trades, totals.realizedPnl.toFixed(), symbols.size]).toEqual([[], [], 0, "0", 0]);
  });

  const many = isSoak ? 1_000_000 : 100_000;
  test(`${many} trades at one instant are ordered by side and id`, () => {
    const trades = Array.from({ length: many }, (_, i) => trade({ id: String(many - i), side: i % 2 === 0 ? "sell" : "buy", price: "1" }));
    const { allocations, totals } = allocate(trades);
    expect([totals.matched, totals.unmatched, totals.openLots]).toEqual([many / 2, 0, 0]);
    expect([allocations[0]?.sellId, allocations[0]?.buyId, allocations.at(-1)?.sellId, allocations.at(-1)?.buyId]).toEqual([
      "2",
      "1",
      String(many),
      String(many - 1),
    ]);
  });

  const lots = isSoak ? 100_000 : 10_000;
  test(`one sell over ${lots} lots has as many parts, and its fee parts add up`, () => {
    const buys = Array.from({ length: lots }, (_, i) => trade({ id: `b${i}`, quantity: "0.1", fee: "0.01", executedAt: new Date(i) }));
    const sell = trade({ id: "s", side: "sell", quantity: String(lots / 10), fee: "1", price: "3", executedAt: new Date(lots) });
    const { allocations, totals } = allocate([...buys, sell]);
    const fees = allocations.reduce((sum, row) => sum.plus(row.sellFee), new Decimal(0));
    expect([allocations.length, allocations.at(-1)?.part, fees.toFixed(), totals.openLots]).toEqual([lots, lots - 1, "1", 0]);
    expect(totals.realizedPnl.toFixed()).toBe(new Decimal(lots).times("0.3").minus(1).minus(new Decimal(lots).times("0.21")).toFixed());
  });

  // A step that looks at every lot for each lot would take minutes here.
  const held = isSoak ? 200_000 : 30_000;
  const buysOf = (account: string, from: number): LedgerInput[] =>
    Array.from({ length: held }, (_, i) => trade({ id: `${account}${i}`, account, quantity: "1", executedAt: new Date(from + i) }));
  const move = (id: string, quantity: number, minute: number): LedgerInput => ({
    type: "transfer",
    id,
    symbol: "BTC-USD",
    from: "p",
    to: "q",
    quantity: String(quantity),
    executedAt: minuteAt(minute),
  });
  test.each(isSoak ? (["fifo", "lifo", "hifo", "lofo"] as const) : (["fifo"] as const))(
    `${held} lots arrive among as many newer ones, half of them at once and half one by one (%s)`,
    (method) => {
      const moves = Array.from({ length: held / 2 }, (_, i) => move(`m${i}`, 1, i));
      const entries = [...buysOf("p", 0), ...buysOf("q", held / 2), move("at once", held / 2, -1), ...moves];
      const accounts = allocate(entries, { scope: "account", method }).openLots.map((lot) => lot.account);
      expect([accounts.length, accounts.every((account) => account === "q")]).toEqual([2 * held, true]);
    },
  );

  test(`${held} sells that name their lot take it, newest first`, () => {
    const sells = Array.from({ length: held }, (_, i) => trade({ id: `s${i}`, side: "sell", quantity: "1" }));
    const named = Object.fromEntries(sells.map(({ id }, i) => [id, [`p${held - 1 - i}`]]));
    const { allocations, totals } = allocate([...buysOf("p", 0), ...sells], { method: "specific", lots: named });
    expect([totals.matched, totals.unmatched, totals.openLots]).toEqual([held, 0, 0]);
    expect(allocations.every(({ sellId, buyId }) => named[sellId]?.[0] === buyId)).toBe(true);
  });

  test("amounts of a hundred digits are exact", () => {
    const wide = `${"9".repeat(50)}.${"9".repeat(50)}`;
    const [row] = allocate([
      trade({ quantity: wide, price: wide }),
      trade({ id: "t2", side: "sell", quantity: wide, price: "0", executedAt: minuteAt(1) }),
    ]).allocations;
    expect(row?.text("pnl")).toBe(negativeSquare());
  });
});

describe("of several faults of a trade", () => {
  test.each<readonly [Readonly<Record<string, unknown>>, FifoErrorCode]>([
    [{ account: 5, executedAt: "x", sequence: -1 }, "invalid-account"],
    [{ executedAt: "x", sequence: -1 }, "invalid-time"],
    [{ fee: "1", feeCurrency: "EUR", gross: "-1" }, "fee-needs-quote-value"],
    [{ fee: "1", feeCurrency: "EUR", feeInQuote: "x", gross: "x" }, "invalid-fee"],
    [{ fee: "5.00", feeCurrency: "BTC", gross: "-1" }, "fee-exceeds-quantity"],
    [{ gross: "-1", account: 5 }, "invalid-gross"],
  ])("%j is refused for the first: %s", (change, code) => {
    expect(refusalOf(() => allocate([trade(change)])).code).toBe(code);
  });

  test("a fee beyond the quantity is shown as it was written", () => {
    const { facts } = refusalOf(() => allocate([trade({ fee: "5.00", feeCurrency: "BTC" })]));
    expect(facts).toMatchObject({ field: "fee", value: '"5.00"' });
  });
});

/** -(10^50 - 10^-50)^2 in plain text. */
function negativeSquare(): string {
  const digits = ((10n ** 100n - 1n) ** 2n).toString();
  return `-${digits.slice(0, 100)}.${digits.slice(100)}`;
}
