// Are amounts exact where numbers end? Every text against integers, across all borders between the ways to hold an amount.
import { test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { allocate, createAllocator, type Allocation, type AllocationField } from "../src/index.ts";
import { checkInvariants } from "../src/audit.ts";
import { depth } from "./arbitraries.ts";
import { shortText } from "./exact-text.ts";
import { expectedTexts, longHistory } from "./long-amounts.ts";

const FIELDS = [
  "quantity",
  "costBasis",
  "proceeds",
  "netProceeds",
  "pnl",
  "buyFee",
  "sellFee",
  "buyPrice",
  "sellPrice",
] as const satisfies readonly AllocationField[];

const textsOf = (read: (field: AllocationField) => string | null): Readonly<Record<string, string | null>> =>
  Object.fromEntries(FIELDS.map((field) => [field, read(field)]));

/** Each way to read a row; all must say the same. */
const WAYS: readonly ((row: Allocation) => Readonly<Record<string, string | null>>)[] = [
  (row) => textsOf((field) => row.text(field)),
  (row) => textsOf((field) => row[field]?.toFixed() ?? null),
  (row) => textsOf((field) => row.toJSON()[field]),
  (row) => {
    const amounts = row.amounts();
    return textsOf((field) => {
      const value = amounts[field];
      return value === null ? null : shortText(value.units, value.scale);
    });
  },
];

describe("with 15 to 20 places in every amount, and with amounts at every border of what a number holds", () => {
  test.prop([longHistory], depth(250, 10_000))("each way to read a row gives what integers give", (trades) => {
    const { allocations, openLots } = allocate(trades);
    const { rows, lots } = expectedTexts(trades);
    for (const way of WAYS) expect(allocations.map(way)).toEqual(rows);
    expect(openLots.map((lot) => [lot.id, lot.text("quantity"), lot.text("cost")])).toEqual(lots);
  });

  test.prop([longHistory], depth(100, 3000))("the independent checker finds nothing, and a stream gives the same rows", (trades) => {
    const result = allocate(trades);
    expect(checkInvariants(trades, result)).toEqual([]);
    const stream = createAllocator();
    const rows = trades.flatMap((trade) => stream.push(trade).map((row) => row.toJSON()));
    expect([rows, stream.totals().toJSON()]).toEqual([result.toJSON().allocations, result.totals.toJSON()]);
  });
});
