import { allocate } from "@td/fifo";
import type { AllocationJson } from "@td/fifo";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fifoComputationLog } from "../src/index.ts";
import type { AllocationRow, FillInput, LedgerRules } from "../src/index.ts";
import {
  bookArbitrary,
  collect,
  compute,
  DEPTH,
  fill,
  fills,
  importFills,
  LEDGER_KINDS,
  newUser,
  openLedgerOn,
  tradeOf,
} from "./ledger-support.ts";

const BOOK = fills("b1 buy 10 @ 2 fee 0.1", "b2 buy 10 @ 3", "s1 sell 15 @ 4 fee 0.3", "s2 sell 7 @ 5");
const OTHER = fills("c1 buy 1 @ 100 of BBB-USD", "d1 sell 1 @ 150 of BBB-USD");

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  const openLedger = () => openLedgerOn(kind);

  describe("a first computation", () => {
    test("makes version 1 with every row, the open lots and the exact totals", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      const report = await compute(me);
      expect(report).toMatchObject({
        status: "completed",
        version: 1,
        symbols: ["AAA-USD"],
        trades: 4,
        buys: 2,
        sells: 2,
        allocations: 4,
        matched: 3,
        unmatched: 1,
        dust: 0,
        openLots: 0,
        totals: { realizedPnl: "34.6", unmatchedQuantity: "2", unmatchedProceeds: "10", openQuantity: "0", openCost: "0" },
        byReason: { "more was sold than the open lots held": 1 },
        review: { opened: 1, reopened: 0, closed: 0 },
      });
      const rows = await collect(me.ledger.allocations());
      expect(
        rows.map((row) => [
          row.sellOrderId,
          row.part,
          row.buyOrderId,
          row.kind,
          row.allocatedSize.toFixed(),
          row.pnl?.toFixed() ?? null,
          row.notes,
        ]),
      ).toEqual([
        ["s1", 0, "b1", "matched", "10", "19.7", null],
        ["s1", 1, "b2", "matched", "5", "4.9", null],
        ["s2", 0, "b2", "matched", "5", "10", null],
        ["s2", 1, null, "unmatched", "2", null, "UNMATCHED: more was sold than the open lots held"],
      ]);
    });

    test("keeps what is left of each buy, by account and oldest first", async () => {
      const { me } = await openLedger();
      await importFills(me, fills("z buy 1 @ 1 by y", "b buy 4 @ 1 fee 0.4 by x at 5", "a buy 2 @ 1 by x at 9", "s sell 1 @ 1 by x at 10"));
      await compute(me, { options: { scope: "account" } });
      const lots = await me.ledger.openLots();
      expect(lots.map(({ account, id, quantity, original, cost }) => [account, id, quantity, original, cost])).toEqual([
        ["x", "b", "3", "4", "3.3"],
        ["x", "a", "2", "2", "2"],
        ["y", "z", "1", "1", "1"],
      ]);
      expect(await me.ledger.openLots({ symbol: "BBB-USD" })).toEqual([]);
    });

    test("of a user without fills makes no version", async () => {
      const { me } = await openLedger();
      expect(await compute(me)).toMatchObject({ status: "unchanged", version: 0, symbols: [], trades: 0, totals: { realizedPnl: "0" } });
      expect(await me.ledger.current()).toEqual([]);
    });

    test("logs who asked, the rules, the counts and the time it took", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await compute(me, { runId: "run-1", triggeredBy: "scheduled", options: { dust: { "AAA-USD": "0.01" } } });
      const [version] = await me.ledger.versions();
      expect(version).toMatchObject({
        runId: "run-1",
        allocationVersion: 1,
        status: "completed",
        triggeredBy: "scheduled",
        computationMode: "full",
        symbolsProcessed: ["AAA-USD"],
        tradesProcessed: 4,
        buysProcessed: 2,
        sellsProcessed: 2,
        allocationsCreated: 4,
        errorCode: null,
        startedAt: "2025-06-01T00:00:01.000000Z",
        finishedAt: "2025-06-01T00:00:03.000000Z",
        durationMs: 2000,
        rules: { dust: { "AAA-USD": "0.01" }, fees: "included", scope: "symbol", method: "fifo" },
      });
      expect(version?.totalPnlComputed?.toFixed()).toBe("34.6");
    });
  });

  describe("a second computation", () => {
    test("changes nothing when nothing has changed, and says so in the log", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      const digest = await me.ledger.digest();
      expect(await compute(me)).toMatchObject({
        status: "unchanged",
        version: 1,
        symbols: [],
        allocations: 0,
        review: { opened: 0, reopened: 0, closed: 0 },
      });
      expect(await me.ledger.versions()).toHaveLength(1);
      expect(await me.ledger.digest()).toBe(digest);
      const log = await me.table(fifoComputationLog).page();
      expect(log.rows.map(({ status }) => status).toSorted()).toEqual(["completed", "unchanged"]);
    });

    test("computes only the symbols whose fills have changed; the others keep their version", async () => {
      const { me } = await openLedger();
      await importFills(me, [...BOOK, ...OTHER]);
      await compute(me);
      await importFills(me, [fill("b0 buy 2 @ 1 at -5")]);
      expect(await compute(me)).toMatchObject({ version: 2, symbols: ["AAA-USD"], trades: 5, unmatched: 0 });
      expect((await me.ledger.current()).map(({ symbol, version }) => [symbol, version])).toEqual([
        ["AAA-USD", 2],
        ["BBB-USD", 1],
      ]);
      expect((await collect(me.ledger.allocations())).map((row) => [row.symbol, row.allocationVersion])).toEqual([
        ...Array.from({ length: 4 }, () => ["AAA-USD", 2]),
        ["BBB-USD", 1],
      ]);
    });

    test("notices an old fill that arrives late, a fill that is changed and a fill that is deleted", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await importFills(me, [fill("old buy 1 @ 1 at -100")]);
      expect(await compute(me)).toMatchObject({ status: "completed", version: 2 });
      await me.fills.update({ id: "old" }, { price: "1.5" });
      expect(await compute(me)).toMatchObject({ status: "completed", version: 3 });
      await me.fills.delete({ id: "old" });
      expect(await compute(me)).toMatchObject({ status: "completed", version: 4 });
      expect(await me.ledger.digest(4)).toBe(await me.ledger.digest(1));
      expect(await compute(me)).toMatchObject({ status: "unchanged", version: 4 });
      await me.fills.delete({ id: "b1" });
      expect(await compute(me)).toMatchObject({ status: "completed", version: 5 });
    });

    test("empties a symbol whose fills are all gone, once", async () => {
      const { me } = await openLedger();
      await importFills(me, [...BOOK, ...OTHER]);
      await compute(me);
      for (const { id } of OTHER) await me.fills.delete({ id });
      expect(await compute(me)).toMatchObject({ version: 2, symbols: ["BBB-USD"], trades: 0, allocations: 0 });
      expect(await collect(me.ledger.allocations({ symbol: "BBB-USD" }))).toEqual([]);
      expect(await collect(me.ledger.allocations({ symbol: "BBB-USD", version: 1 }))).toHaveLength(1);
      expect(await compute(me)).toMatchObject({ status: "unchanged", version: 2 });
    });

    test("computes anew under other rules, for the symbols that they touch", async () => {
      const { me } = await openLedger();
      await importFills(me, [...BOOK, ...OTHER]);
      await compute(me);
      expect(await compute(me, { options: { dust: { "BBB-USD": "0.5" } } })).toMatchObject({ version: 2, symbols: ["BBB-USD"] });
      expect(await compute(me, { options: { fees: "excluded" } })).toMatchObject({
        version: 3,
        symbols: ["AAA-USD", "BBB-USD"],
        totals: { realizedPnl: "85" },
      });
      expect(await compute(me, { options: { fees: "excluded" }, force: true })).toMatchObject({
        version: 4,
        symbols: ["AAA-USD", "BBB-USD"],
      });
    });

    test("takes the symbols it is given, and refuses one that nobody knows", async () => {
      const { me } = await openLedger();
      await importFills(me, [...BOOK, ...OTHER]);
      expect(await compute(me, { symbols: ["BBB-USD"] })).toMatchObject({ version: 1, symbols: ["BBB-USD"] });
      expect((await me.ledger.versions())[0]?.computationMode).toBe("symbol");
      await expect(compute(me, { symbols: ["BBBUSD"] })).rejects.toMatchObject({ code: "not-found", facts: { symbol: "BBBUSD" } });
      expect(await compute(me)).toMatchObject({ version: 2, symbols: ["AAA-USD"] });
    });
  });

  describe("an old version", () => {
    test("stays readable: the whole ledger as it stood then", async () => {
      const { me } = await openLedger();
      await importFills(me, [...BOOK, ...OTHER]);
      await compute(me);
      const before = { rows: await collect(me.ledger.allocations()), lots: await me.ledger.openLots(), digest: await me.ledger.digest() };
      await importFills(me, fills("b0 buy 3 @ 1 at -5", "d2 buy 1 @ 1 of BBB-USD at 50"));
      await compute(me, { symbols: ["AAA-USD"] });
      await compute(me);
      expect(await collect(me.ledger.allocations({ version: 1 }))).toEqual(before.rows);
      expect(await me.ledger.openLots({ version: 1 })).toEqual(before.lots);
      expect(await me.ledger.digest(1)).toBe(before.digest);
      expect((await me.ledger.openLots({ version: 2 })).map(({ id }) => id)).toEqual(["b2"]);
      expect((await me.ledger.openLots({ version: 3 })).map(({ id }) => id)).toEqual(["b2", "d2"]);
    });

    test("that never became current is not found", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      for (const version of [0, 2]) {
        await expect(collect(me.ledger.allocations({ version }))).rejects.toMatchObject({ code: "not-found", facts: { version } });
        await expect(me.ledger.digest(version)).rejects.toMatchObject({ code: "not-found" });
        await expect(me.ledger.compareVersions(1, version)).rejects.toMatchObject({ code: "not-found" });
      }
    });

    test("can be compared with another: each sell that differs, and why", async () => {
      const { me } = await openLedger();
      await importFills(me, [...BOOK, ...OTHER]);
      await compute(me);
      await importFills(me, [fill("late buy 2 @ 1 at 0")]);
      await compute(me);
      const differences = await me.ledger.compareVersions(1, 2);
      expect(
        differences.map(({ sellId, pnlBefore, pnlAfter, unmatchedAfter }) => [
          sellId,
          pnlBefore.toFixed(),
          pnlAfter.toFixed(),
          unmatchedAfter.toFixed(),
        ]),
      ).toEqual([
        ["s1", "24.6", "28.6", "0"],
        ["s2", "10", "14", "0"],
      ]);
      expect(differences.map(({ causes }) => causes)).toEqual([["late"], ["late"]]);
      expect(await me.ledger.compareVersions(2, 2)).toEqual([]);
    });
  });

  test("explains a sell by the rules of its version, and does not know a sell that was not computed", async () => {
    const { me } = await openLedger();
    await importFills(me, BOOK);
    await compute(me, { options: { fees: "excluded" } });
    const explanation = await me.ledger.explain("s2");
    expect(explanation).toMatchObject({
      sellId: "s2",
      quantity: "7",
      lots: [{ buyId: "b2", quantity: "5", share: "5/7" }],
      unmatched: { quantity: "2" },
      pnl: "10",
    });
    expect(explanation.rule).toContain("fees left out");
    await expect(me.ledger.explain("b1")).rejects.toMatchObject({ code: "not-found", facts: { sellId: "b1" } });
  });

  test("refuses to run inside a transaction, where its log could not outlive it", async () => {
    const { me } = await openLedger();
    await expect(me.transaction((tx) => tx.ledger.compute())).rejects.toMatchObject({ code: "bad-request" });
    await expect(me.transaction(() => me.ledger.compute())).rejects.toMatchObject({ code: "bad-request" });
  });

  test("needs no options: its own id, the system's clock, asked by hand", async () => {
    const { me } = await openLedger();
    await importFills(me, BOOK);
    const { runId } = await me.ledger.compute();
    expect(await me.ledger.versions()).toMatchObject([{ runId, triggeredBy: "manual", computationMode: "full" }]);
    expect(runId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("refuses a run id that was used, a clock out of range and a text that cannot be stored, and begins no run", async () => {
    const { me } = await openLedger();
    await importFills(me, BOOK);
    await compute(me, { runId: "once" });
    await expect(compute(me, { runId: "once" })).rejects.toMatchObject({ code: "already-exists" });
    await expect(compute(me, { now: () => new Date(Number.NaN) })).rejects.toMatchObject({ code: "bad-request" });
    await expect(compute(me, { triggeredBy: "a\0b" })).rejects.toMatchObject({ code: "value-rejected" });
    expect(await me.table(fifoComputationLog).count()).toBe(1);
  });

  test("refuses rules that its tables cannot hold", async () => {
    const { me } = await openLedger();
    for (const options of [{ shorts: "open" }, { money: { scale: 2, rounding: "half-even" } }, { method: "specific" }]) {
      await expect(compute(me, { options: options as LedgerRules })).rejects.toMatchObject({ code: "bad-request" });
    }
    await expect(compute(me, { options: { scope: "wallet" } as unknown as LedgerRules })).rejects.toMatchObject({ code: "invalid-option" });
  });

  test("stores the largest product of a quantity and a price, and names the fill whose amount does not fit", async () => {
    const { me } = await openLedger();
    const largest = "99999999999999999999.999999999999999999";
    await importFills(me, fills(`b buy ${largest} @ ${largest}`, `s sell ${largest} @ ${largest}`));
    expect(await compute(me)).toMatchObject({ matched: 1, totals: { realizedPnl: "0" } });
    await importFills(me, [fill(`huge sell ${largest} @ 1 fee 1 in AAA at 9`)]);
    await expect(compute(me)).rejects.toMatchObject({ code: "value-rejected", facts: { fill: "huge" } });
  });

  const RULES: readonly LedgerRules[] = [
    {},
    { scope: "account" },
    { fees: "excluded" },
    { dust: "0.5" },
    { method: "lifo" },
    { method: "hifo", scope: "account", dust: { "AAA-USD": "2", "C-C/EUR": "0.001" } },
  ];

  const shared = openLedger();
  test("gives exactly what `allocate` gives, whatever the order of arrival, the batches and the rules", async () => {
    await fc.assert(
      fc.asyncProperty(bookArbitrary(), fc.constantFrom(...RULES), fc.integer({ min: 1, max: 20 }), async (book, options, size) => {
        const me = newUser((await shared).storage);
        for (let from = 0; from < book.length; from += size) {
          await importFills(me, book.slice(from, from + size));
          if (from % 3 === 0) await compute(me, { options });
        }
        await compute(me, { options });
        const expected = allocate(book.map(tradeOf), options);
        expect((await collect(me.ledger.allocations())).map(jsonOf)).toEqual(
          expected.allocations.map((row) => row.toJSON()).map(expectedOf),
        );
        expect(await me.ledger.openLots()).toEqual(expected.openLots.map((lot) => lot.toJSON()));
        expect(await me.ledger.validate()).toMatchObject({ sound: true, trades: book.length });
      }),
      { numRuns: (kind === "postgres" ? 12 : 40) * DEPTH },
    );
  });

  /** A stored row and an allocation, reduced to what both say. */
  function jsonOf(row: AllocationRow): unknown {
    return {
      kind: row.kind,
      symbol: row.symbol,
      account: row.account,
      sellId: row.sellOrderId,
      buyId: row.buyOrderId,
      part: row.part,
      notes: row.notes,
      quantity: row.allocatedSize.toFixed(),
      costBasis: row.costBasis?.toFixed() ?? null,
      proceeds: row.proceeds.toFixed(),
      netProceeds: row.netProceeds.toFixed(),
      pnl: row.pnl?.toFixed() ?? null,
      buyFee: row.buyFee?.toFixed() ?? null,
      sellFee: row.sellFee.toFixed(),
      buyPrice: row.buyPrice?.toFixed() ?? null,
      sellPrice: row.sellPrice.toFixed(),
      sellTime: row.sellTime,
      buyTime: row.buyTime,
    };
  }

  function expectedOf({ reason, short, ...row }: AllocationJson): unknown {
    if (short) throw new Error("the ledger's rules open no shorts");
    const notes = reason === null ? null : `${row.kind === "dust" ? "DUST" : "UNMATCHED"}: ${reason}`;
    return { ...row, notes };
  }

  test("reads books that are larger than a chunk, with a whole chunk at one instant", async () => {
    const { me } = await openLedger();
    const book: FillInput[] = Array.from({ length: 6500 }, (_, i) => ({
      ...fill(`${i} ${i % 3 === 2 ? "sell" : "buy"} ${1 + (i % 7)} @ ${1 + (i % 11)} fee 0.01`),
      executedAt: new Date(Date.UTC(2025, 0, 1) + (i < 500 ? i : i < 5500 ? 500 : i)),
    }));
    await importFills(me, book);
    const report = await compute(me);
    const expected = allocate(book.map(tradeOf));
    expect(report).toMatchObject({
      trades: 6500,
      allocations: expected.allocations.length,
      totals: { realizedPnl: expected.totals.realizedPnl.toFixed() },
    });
    expect((await collect(me.ledger.allocations())).map(jsonOf)).toEqual(expected.allocations.map((row) => expectedOf(row.toJSON())));
  });
});
