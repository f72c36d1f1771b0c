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

/** The result, or nothing where a split is not exact: that is a refusal, not a result. */
function allocated(entries: readonly LedgerInput[], options: FifoOptions & { asOf?: string }): ReturnType<typeof allocate> | undefined {
  try {
    return allocate(entries, options);
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
    const result = allocated(entries, options);
    const prefixes = cuts.map((minute) => [minuteAt(minute), allocated(entries, { ...options, asOf: minuteAt(minute) })] as const);
    if (result === undefined || prefixes.some(([, prefix]) => prefix === undefined)) return;
    const history = createHistory(options, { snapshotEvery });
    const size = Math.ceil(entries.length / cuts.length) || 1;
    for (let at = 0; at < entries.length; at += size) {
      history.add(entries.slice(at, at + size));
      if (!isRefused(() => history.recompute())) continue;
      return; // an earlier batch alone had a split that is not exact
    }
    expect(JSON.stringify([history.allocations(), history.openLots(), history.totals()])).toBe(
      JSON.stringify([result.allocations, result.openLots, result.totals]),
    );
    for (const [instant, prefix] of prefixes) {
      const { openLots, totals } = history.asOf(instant);
      expect(JSON.stringify([openLots, totals])).toBe(JSON.stringify([prefix?.openLots, prefix?.totals]));
    }
  });
});

function isRefused(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof FifoError && error.code === "split-not-exact") return true;
    throw error;
  }
}
