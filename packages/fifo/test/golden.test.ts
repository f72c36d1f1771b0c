// Worked cases with published numbers, retyped from public sources: whoever doubts a rule finds here who else computes so.
import { describe, expect, it } from "vitest";
import { allocate, createAllocator, sortTrades, type LedgerInput } from "../src/index.ts";
import { checkInvariants } from "../src/audit.ts";
import type { GoldenCase } from "./golden/case.ts";
import { differencesOf, entriesOf, type Computed } from "./golden/check.ts";
import { fifoCases } from "./golden/fifo.ts";
import { goStock } from "./golden/go-stock.ts";
import { methodCases } from "./golden/methods.ts";
import { misprints } from "./golden/misprints.ts";

const allCases = [...fifoCases, ...methodCases];
const title = ({ source, name }: GoldenCase): string => `${source.publisher}: ${name}`;
const titled = allCases.map((golden) => [title(golden), golden] as const);

/** Pushed one by one, with a stop in the middle: the first allocator writes a snapshot, a second one goes on from its JSON text. */
function streamed(entries: readonly LedgerInput[], options: GoldenCase["options"]): Computed {
  const sorted = sortTrades(entries);
  const half = Math.ceil(sorted.length / 2);
  const first = createAllocator(options);
  const before = sorted.slice(0, half).flatMap((entry) => first.push(entry));
  const second = createAllocator(options, JSON.parse(JSON.stringify(first.snapshot())));
  const after = sorted.slice(half).flatMap((entry) => second.push(entry));
  return { allocations: [...before, ...after], openLots: second.openLots() };
}

describe.each(titled)("%s", (_, golden) => {
  const entries = entriesOf(golden);

  it("allocate finds the published figures", () => {
    expect(differencesOf(golden, allocate(entries, golden.options))).toEqual([]);
  });

  it("an allocator that is stopped and resumed finds them too", () => {
    expect(differencesOf(golden, streamed(entries, golden.options))).toEqual([]);
  });

  it("the order in which the trades arrive changes nothing", () => {
    expect(allocate(entries.toReversed(), golden.options).toJSON()).toEqual(allocate(entries, golden.options).toJSON());
  });

  it("the independent check agrees", () => {
    expect(checkInvariants(entries, allocate(entries, golden.options))).toEqual([]);
  });

  it("a figure that were printed one unit off in its last place would be noticed", () => {
    const result = allocate(entries, golden.options);
    expect(misprints(golden).filter((misprint) => differencesOf(misprint, result).length === 0)).toEqual([]);
  });
});

describe.each(["half-up", "half-even"] as const)("go-stock's cents with a money scale of cents, %s", (rounding) => {
  it.each(goStock.map((golden) => [golden.name, golden] as const))("%s, to the last digit", (_, golden) => {
    const options = { money: { scale: 2, rounding } };
    expect(differencesOf({ ...golden, places: 18 }, allocate(entriesOf(golden), options))).toEqual([]);
  });
});

describe("the collection of worked cases", () => {
  it("has more than twenty publishers of plain FIFO, and an address for each case", () => {
    expect(new Set(fifoCases.map(({ source }) => source.publisher)).size).toBeGreaterThan(20);
    expect(allCases.filter(({ source }) => !/^https?:\/\/\S+$|^[\w.-]+\/[\w.-]+ \S+$/.test(source.address))).toEqual([]);
  });

  it("names each case once", () => {
    const titles = allCases.map(title);
    expect(titles).toEqual([...new Set(titles)]);
  });
});
