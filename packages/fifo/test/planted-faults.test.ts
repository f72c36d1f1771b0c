// Is the checker any good? Each line plants one fault in the JSON of a correct result and says what must be found.
import { describe, expect, test } from "vitest";
import { allocate, FifoError, type AllocationJson, type OpenLotJson } from "../src/index.ts";
import { checkInvariants, type ViolationCode } from "../src/audit.ts";
import { book } from "./book.ts";
import { shortText, unitsOf } from "./exact-text.ts";

// b1 is shared by s1 and s2, s2 is shared by b1 and b2, b3 stays open, s3 is partly and s4 wholly unmatched, dust on both sides of Y.
const TRADES = book(`
  b1 buy 3 @ 10 fee=1
  b2 buy 3 @ 11 gross=32.99 fee=-1
  s1 sell 1 @ 20 fee=1 account=spot
  s2 sell 3 @ 21 fee=1
  s3 sell 4 @ 22
  s4 sell 1 @ 22
  b3 buy 2 @ 13
  b4 buy 2 @ 14
  s5 sell 1 @ 15
  y1 buy 10 @ 1 symbol=Y-USD
  y2 sell 9.9 @ 2 symbol=Y-USD
  y3 sell 0.1 @ 2 symbol=Y-USD
`);

interface Draft {
  allocations: { -readonly [K in keyof AllocationJson]: AllocationJson[K] }[];
  openLots: { -readonly [K in keyof OpenLotJson]: OpenLotJson[K] }[];
}

const OPTIONS = { dust: { "Y-USD": "0.1" } };
const correct = (): Draft => JSON.parse(JSON.stringify(allocate(TRADES, OPTIONS))) as Draft;

const codesOf = ({ allocations, openLots }: Draft): ViolationCode[] =>
  [...new Set(checkInvariants(TRADES, { allocations, openLots }, OPTIONS).map(({ code }) => code))].sort();

type Row = Draft["allocations"][number];

/** The row of a sell and a lot; the mutants below say which they mean. */
function rowOf(draft: Draft, sellId: string, buyId: string | null, kind?: Row["kind"]): Row {
  const row = draft.allocations.find((found) => found.sellId === sellId && found.buyId === buyId && (kind ?? found.kind) === found.kind);
  if (row === undefined) throw new Error(`no row ${sellId} of ${buyId}`);
  return row;
}

function lotOf(draft: Draft, id: string): Draft["openLots"][number] {
  const lot = draft.openLots.find((found) => found.id === id);
  if (lot === undefined) throw new Error(`no lot ${id}`);
  return lot;
}

/** A decimal one unit of its 18th place higher. */
const nudged = (text: string | null): string => shortText(unitsOf(text, 18) + 1n, 18);

const without = <T>(list: readonly T[], item: T): T[] => list.filter((other) => other !== item);

type Fault = readonly [name: string, plant: (draft: Draft) => void, found: readonly ViolationCode[]];

const rows: readonly Fault[] = [
  [
    "a matched row is dropped",
    (d) => (d.allocations = without(d.allocations, rowOf(d, "s2", "b2"))),
    ["missing-row", "sell-not-conserved"],
  ],
  [
    "an unmatched row is hidden",
    (d) => (d.allocations = without(d.allocations, rowOf(d, "s4", null))),
    ["missing-row", "sell-not-conserved"],
  ],
  ["a dust row of a lot is hidden", (d) => (d.allocations = without(d.allocations, rowOf(d, "y2", "y1", "dust"))), ["missing-row"]],
  [
    "a dust row of a sell is hidden",
    (d) => (d.allocations = without(d.allocations, rowOf(d, "y3", null))),
    ["missing-row", "sell-not-conserved"],
  ],
  ["a row is there twice", (d) => d.allocations.push({ ...rowOf(d, "s1", "b1") }), ["extra-row", "sell-not-conserved"]],
  ["all rows are gone", (d) => (d.allocations = []), ["missing-row", "sell-not-conserved"]],
  ["a row of a sell that does not exist", (d) => d.allocations.push({ ...rowOf(d, "s1", "b1"), sellId: "s9" }), ["extra-row"]],
  ["a row of a symbol that does not exist", (d) => d.allocations.push({ ...rowOf(d, "s1", "b1"), symbol: "Z-USD" }), ["extra-row"]],
  ["a row is in another symbol", (d) => (rowOf(d, "s1", "b1").symbol = "Y-USD"), ["extra-row", "missing-row", "sell-not-conserved"]],
  [
    "two rows have each other's place",
    (d) => ([d.allocations[0], d.allocations[1]] = [d.allocations[1] as Row, d.allocations[0] as Row]),
    ["wrong-order"],
  ],
  ["the rows run backwards", (d) => d.allocations.reverse(), ["wrong-order"]],
];

const lots: readonly Fault[] = [
  ["the newest lot is taken first", takeNewest, ["extra-row", "missing-row", "wrong-lot", "wrong-value"]],
  ["the lots of two sells are swapped", swapLots, ["extra-row", "missing-row"]],
  ["a later buy serves an earlier sell", borrowLater, ["extra-row", "missing-row", "wrong-lot"]],
  ["an unmatched row is passed off as matched at no cost", inventLot, ["extra-row", "missing-row"]],
  ["an unmatched row is passed off as dust", (d) => (rowOf(d, "s4", null).kind = "dust"), ["extra-row", "missing-row"]],
  ["dust is passed off as unmatched", (d) => (rowOf(d, "y3", null).kind = "unmatched"), ["extra-row", "missing-row"]],
  ["an open lot is missing", (d) => (d.openLots = without(d.openLots, lotOf(d, "b4"))), ["missing-lot"]],
  ["an open lot is there twice", (d) => d.openLots.push({ ...lotOf(d, "b4") }), ["extra-lot"]],
  ["a used-up lot is still open", (d) => d.openLots.push({ ...lotOf(d, "b4"), id: "b1" }), ["extra-lot"]],
  ["a lot holds one unit more", (d) => (lotOf(d, "b3").quantity = nudged(lotOf(d, "b3").quantity)), ["wrong-lot"]],
  ["a lot costs one unit more", (d) => (lotOf(d, "b3").cost = nudged(lotOf(d, "b3").cost)), ["wrong-lot"]],
  ["a lot was larger than it was", (d) => (lotOf(d, "b3").original = "3"), ["wrong-lot"]],
  ["a lot is older than it is", (d) => (lotOf(d, "b3").executedAt = "2025-03-01T10:00:00.000000Z"), ["wrong-lot"]],
  ["a lot lies in another account", (d) => (lotOf(d, "b3").account = "vault"), ["extra-lot", "missing-lot"]],
];

const shares: readonly Fault[] = [
  ["a fee share is rounded up", roundFeeUp, ["wrong-value"]],
  ["the residual of a fee is in the first part", moveResidual, ["wrong-value"]],
  ["a fee is given to the first match alone", wholeFeeFirst, ["wrong-value"]],
  [
    "cost comes from price x quantity where a gross was stated",
    (d) => (rowOf(d, "s3", "b2").costBasis = "32.666666666666666667"),
    ["wrong-value"],
  ],
  ["the profit leaves the sell fee out", (d) => (rowOf(d, "s1", "b1").pnl = nudged(rowOf(d, "s1", "b1").proceeds)), ["wrong-value"]],
  ["a unit moves from one part to the next", moveUnit, ["wrong-value"]],
  ["parts are numbered from 1", (d) => d.allocations.forEach((row) => row.part++), ["wrong-value"]],
  ["a sell is in another account", (d) => (rowOf(d, "s1", "b1").account = ""), ["wrong-value"]],
  ["a sell is one microsecond later", (d) => (rowOf(d, "s1", "b1").sellTime = "2025-03-01T10:02:00.000001Z"), ["wrong-value"]],
  ["a buy is one microsecond later", (d) => (rowOf(d, "s1", "b1").buyTime = "2025-03-01T10:00:00.000001Z"), ["wrong-value"]],
  ["an unmatched row has a cost of zero", (d) => (rowOf(d, "s4", null).costBasis = "0"), ["wrong-value"]],
  ["an unmatched row has a profit", (d) => (rowOf(d, "s4", null).pnl = "22"), ["wrong-value"]],
  ["a match is called a short", (d) => (rowOf(d, "s1", "b1").short = true), ["wrong-value"]],
];

const FIELDS = ["quantity", "costBasis", "proceeds", "netProceeds", "pnl", "buyFee", "sellFee", "buyPrice", "sellPrice"] as const;
const amounts = FIELDS.map((field): Fault => {
  const found: readonly ViolationCode[] = field === "quantity" ? ["sell-not-conserved", "wrong-value"] : ["wrong-value"];
  return [
    `${field} is off by one unit in the 18th place`,
    (d) => (rowOf(d, "s2", "b2")[field] = nudged(rowOf(d, "s2", "b2")[field])),
    found,
  ];
});

describe("the checker finds every planted fault", () => {
  test("and nothing in the correct result, read as objects or as JSON", () => {
    expect([codesOf(correct()), checkInvariants(TRADES, allocate(TRADES, OPTIONS))]).toEqual([[], []]);
  });

  test("and nothing where decimals are only spelt differently", () => {
    const draft = correct();
    for (const row of draft.allocations) row.quantity = `${row.quantity}e0`;
    expect(codesOf(draft)).toEqual([]);
  });

  const faults = [...rows, ...lots, ...shares, ...amounts];
  test.each(faults)("%s", (_, plant, found) => {
    const draft = correct();
    plant(draft);
    expect(codesOf(draft)).toEqual(found);
  });

  test("a violation says which trade, field and values it means", () => {
    const draft = correct();
    rowOf(draft, "s1", "b1").sellFee = "2";
    const { allocations } = draft;
    expect(checkInvariants(TRADES, { allocations }, OPTIONS)).toEqual([
      { code: "wrong-value", symbol: "BTC-USD", tradeId: "s1", buyId: "b1", field: "sellFee", expected: "1", actual: "2" },
    ]);
  });

  test("a result that was computed under other rules is wrong under these", () => {
    const { allocations, openLots } = correct();
    for (const options of [{ fees: "excluded" }, { scope: "account" }, { dust: "5" }, { method: "lifo" }] as const)
      expect(checkInvariants(TRADES, { allocations, openLots }, options)).not.toEqual([]);
  });

  test("a result as of a moment is checked up to that moment", () => {
    const [asOf = ""] = TRADES.map(({ executedAt }) => String(executedAt))
      .sort()
      .slice(3);
    const result = allocate(TRADES, { ...OPTIONS, asOf });
    expect([
      checkInvariants(TRADES, result),
      checkInvariants(TRADES, { allocations: result.allocations, rules: result.rules, asOf }),
    ]).toEqual([[], []]);
    expect(checkInvariants(TRADES, { allocations: result.allocations, rules: result.rules })).not.toEqual([]);
    expect(() => checkInvariants(TRADES, { allocations: [], asOf: "yesterday" })).toThrow(/asOf/);
  });

  test("trades that allocate refuses are refused, never taken for nothing", () => {
    const [first, second] = TRADES;
    if (first === undefined || second === undefined) throw new Error("two trades");
    for (const change of [{ quantity: "x" }, { price: "" }, { fee: "1e999" }, { executedAt: "yesterday" }, { id: second.id }])
      expect(() => checkInvariants([{ ...first, ...change }, ...TRADES.slice(1)], { allocations: [] })).toThrow(FifoError);
  });

  test("without lots to look at, only the rows are checked", () => {
    expect(checkInvariants(TRADES, { allocations: correct().allocations }, OPTIONS)).toEqual([]);
  });
});

/** What LIFO computes, whole and consistent in itself. */
function takeNewest(draft: Draft): void {
  Object.assign(draft, JSON.parse(JSON.stringify(allocate(TRADES, { ...OPTIONS, method: "lifo" }))));
}

function swapLots(draft: Draft): void {
  const [first, second] = [rowOf(draft, "s1", "b1"), rowOf(draft, "s3", "b2")];
  [first.buyId, second.buyId] = [second.buyId, first.buyId];
}

function borrowLater(draft: Draft): void {
  const later = lotOf(draft, "b3");
  const row = rowOf(draft, "s4", null);
  Object.assign(row, {
    kind: "matched",
    buyId: "b3",
    buyPrice: "13",
    buyTime: later.executedAt,
    costBasis: "13",
    buyFee: "0",
    pnl: "9",
    reason: null,
  });
  Object.assign(later, { quantity: "0.5", cost: "6.5" });
}

function inventLot(draft: Draft): void {
  const row = rowOf(draft, "s4", null);
  Object.assign(row, { kind: "matched", costBasis: "0", buyFee: "0", pnl: row.netProceeds, reason: null });
}

function roundFeeUp(draft: Draft): void {
  const row = rowOf(draft, "s2", "b1");
  row.sellFee = nudged(row.sellFee);
}

function moveResidual(draft: Draft): void {
  const [first, last] = [rowOf(draft, "s1", "b1"), rowOf(draft, "s2", "b1")];
  [first.buyFee, last.buyFee] = [nudged(first.buyFee), shortText(unitsOf(last.buyFee, 18) - 1n, 18)];
}

function wholeFeeFirst(draft: Draft): void {
  [rowOf(draft, "s2", "b1").sellFee, rowOf(draft, "s2", "b2").sellFee] = ["1", "0"];
}

function moveUnit(draft: Draft): void {
  [rowOf(draft, "s2", "b1").quantity, rowOf(draft, "s2", "b2").quantity] = ["1.9", "1.1"];
}
