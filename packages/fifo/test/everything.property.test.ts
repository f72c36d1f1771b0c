// Every rule and event together: the engine, the checker, the stream and the history must say the same.
import { describe, expect } from "vitest";
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import {
  allocate,
  createAllocator,
  FifoError,
  sortTrades,
  type AllocatorSnapshot,
  type FifoOptions,
  type LedgerInput,
} from "../src/index.ts";
import { checkInvariants } from "../src/audit.ts";
import { createHistory } from "../src/history.ts";
import { depth } from "./arbitraries.ts";
import { minuteAt } from "./book.ts";
import { anyLedger, anyRules } from "./event-arbitraries.ts";

const ledgerAndRules = anyLedger.chain((entries) => fc.tuple(fc.constant(entries), anyRules(entries)));

/** The options for some of the trades: `allocate` refuses names of trades that are not there, a history and a stream wait for them. */
function optionsFor<T extends FifoOptions>(entries: readonly LedgerInput[], options: T): T {
  if (options.lots === undefined) return options;
  const known = new Set(entries.map(({ id }) => id));
  const named = Object.entries(options.lots).filter(([sell]) => known.has(sell));
  return { ...options, lots: Object.fromEntries(named.map(([sell, buys]) => [sell, buys.filter((buy) => known.has(buy))])) };
}

/** The result, or nothing where a split is not exact: that is a refusal, not a result. */
function allocated(entries: readonly LedgerInput[], options: FifoOptions & { asOf?: string }): ReturnType<typeof allocate> | undefined {
  try {
    return allocate(entries, optionsFor(entries, options));
  } catch (error) {
    if (error instanceof FifoError && error.code === "split-not-exact") return undefined;
    throw error;
  }
}

describe("with every rule and event", () => {
  test.prop([ledgerAndRules], depth(200, 3000))("the checker finds nothing", ([entries, options]) => {
    const result = allocated(entries, options);
    if (result !== undefined) expect(checkInvariants(entries, result)).toEqual([]);
  });

  test.prop([ledgerAndRules, fc.infiniteStream(fc.nat())], depth(150, 2000))(
    "the order of arrival changes no byte",
    ([entries, options], keys) => {
      const shuffled = entries.map((entry) => ({ entry, key: keys.next().value ?? 0 })).sort((a, b) => a.key - b.key);
      const result = allocated(entries, options);
      expect(
        JSON.stringify(
          allocated(
            shuffled.map(({ entry }) => entry),
            options,
          ),
        ),
      ).toBe(JSON.stringify(result));
    },
  );

  test.prop([ledgerAndRules, fc.nat({ max: 40 })], depth(150, 2000))(
    "stopping at any point and resuming from the snapshot changes nothing",
    ([entries, options], stop) => {
      const result = allocated(entries, options);
      if (result === undefined) return;
      let allocator = createAllocator(options);
      const rows = sortTrades(entries).flatMap((entry, i) => {
        if (i === stop) allocator = createAllocator(undefined, JSON.parse(JSON.stringify(allocator.snapshot())) as AllocatorSnapshot);
        return allocator.push(entry).map((row) => JSON.stringify(row));
      });
      expect(rows.sort()).toEqual(result.allocations.map((row) => JSON.stringify(row)).sort());
      expect(JSON.stringify([allocator.totals(), allocator.openLots()])).toBe(JSON.stringify([result.totals, result.openLots]));
    },
  );

  test.prop(
    [ledgerAndRules, fc.integer({ min: 1, max: 9 }), fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 5 })],
    depth(150, 2000),
  )("late trades in any batches give what one full run gives, and as-of is the prefix", ([entries, options], snapshotEvery, cuts) => {
    const history = createHistory(options, { snapshotEvery });
    const size = Math.ceil(entries.length / cuts.length) || 1;
    let held: readonly LedgerInput[] = [];
    for (let at = 0; at < entries.length; at += size) {
      const batch = entries.slice(at, at + size);
      const isTaken = allocated([...held, ...batch], options) !== undefined; // else a split is not exact with it: nothing of it is added
      expect(isRefused(() => history.add(batch))).toBe(!isTaken);
      if (isTaken) held = [...held, ...batch];
      if (at % 2 === 0) history.recompute();
    }
    const result = allocate(held, optionsFor(held, options));
    expect(JSON.stringify([history.allocations(), history.openLots(), history.totals()])).toBe(
      JSON.stringify([result.allocations, result.openLots, result.totals]),
    );
    for (const minute of cuts) {
      const prefix = allocate(held, { ...optionsFor(held, options), asOf: minuteAt(minute) });
      const { openLots, totals } = history.asOf(minuteAt(minute));
      expect(JSON.stringify([openLots, totals])).toBe(JSON.stringify([prefix.openLots, prefix.totals]));
    }
  });

  test.prop([ledgerAndRules, fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 3 })], depth(100, 2000))(
    "what the stream refuses leaves it as it was, and it goes on",
    ([entries, options], again) => {
      const ordered = sortTrades(entries);
      const late = new Set(ordered.filter((entry, i) => again.includes(i) && entry.type !== "split"));
      const allocator = createAllocator(options);
      const state = (): string => JSON.stringify([allocator.snapshot(), allocator.totals(), allocator.openLots()]);
      const refused = (entry: LedgerInput): boolean => {
        if (entry.type !== "split" && !late.has(entry)) return isRefused(() => allocator.push(entry)); // never
        const before = state();
        if (!isRefused(() => allocator.push(entry))) return false;
        expect(state()).toBe(before);
        return true;
      };
      const taken = ordered.filter((entry, i) => {
        const before = ordered[i - 1];
        if (before !== undefined && late.has(before)) expect(refused(before)).toBe(true);
        return !refused(entry);
      });
      const result = allocate(taken, optionsFor(taken, options));
      expect(state()).toContain(JSON.stringify([result.totals, result.openLots]).slice(1, -1));
    },
  );
});

function isRefused(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof FifoError && REFUSALS.has(error.code)) return true;
    throw error;
  }
}

const REFUSALS: ReadonlySet<string> = new Set(["split-not-exact", "duplicate-id", "out-of-order"]);
