// Back to an earlier version by a confirmed plan, and the profits of an older system, which no rollback touches.
import { describe, expect, test } from "vitest";
import { fifoComputationLog, fifoVersionTotals, historicalPnlSnapshot } from "../src/index.ts";
import type { Scope } from "../src/index.ts";
import { clock, collect, compute, fill, fills, importFills, LEDGER_KINDS, newUser, openLedgerOn } from "./ledger-support.ts";

const BOOK = fills("b1 buy 10 @ 2 fee 0.1", "s1 sell 15 @ 4 fee 0.3", "x buy 1 @ 5 of BBB-USD", "y sell 1 @ 6 of BBB-USD");

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  const shared = openLedgerOn(kind);

  /** Version 1; version 2 covers s1 with a late buy; version 3 goes on with BBB-USD and adds CCC-USD. */
  async function threeVersions(): Promise<Scope> {
    const me = newUser((await shared).storage);
    await importFills(me, BOOK);
    await compute(me);
    await importFills(me, [fill("late buy 5 @ 1 at -1")]);
    await compute(me);
    await importFills(me, fills("z1 buy 1 @ 1 of CCC-USD", "z2 sell 2 @ 1 of BBB-USD at 9"));
    expect(await compute(me)).toMatchObject({ symbols: ["BBB-USD", "CCC-USD"], extended: ["BBB-USD"] });
    return me;
  }

  const state = async (me: Scope) => ({
    digest: await me.ledger.digest(),
    lots: await me.ledger.openLots(),
    pnl: (await me.ledger.pnlBySymbol()).map(({ symbol, totalPnl }) => [symbol, totalPnl.toFixed()]),
    health: (await me.ledger.health()).map(({ version, totalPnl, totalAllocations }) => [version, totalPnl.toFixed(), totalAllocations]),
    queue: (await me.ledger.reviewQueue({ status: "pending" })).map(({ orderId }) => orderId),
  });

  describe("a rollback", () => {
    test("says first what it would remove, then takes the ledger back whole", async () => {
      const me = newUser((await shared).storage);
      await importFills(me, BOOK);
      await compute(me);
      const before = await state(me);
      await importFills(me, [fill("late buy 5 @ 1 at -1"), ...fills("z1 buy 1 @ 1 of CCC-USD", "z2 sell 2 @ 1 of BBB-USD at 9")]);
      await compute(me);
      const plan = await me.ledger.planRollback({ toVersion: 1 });
      expect(plan).toEqual({
        toVersion: 1,
        fromVersion: 2,
        versions: [2],
        symbols: [
          { symbol: "AAA-USD", from: 2, to: 1 },
          { symbol: "BBB-USD", from: 2, to: 1 },
          { symbol: "CCC-USD", from: 2, to: null },
        ],
        allocations: 3,
        confirm: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
      const { confirm, ...rest } = plan;
      const report = await me.ledger.rollback({ toVersion: 1, confirm, runId: "back", now: clock() });
      expect(report).toEqual({ ...rest, runId: "back", review: { opened: 0, reopened: 1, closed: 1 } });
      expect(await state(me)).toEqual(before);
      expect(await me.ledger.validate()).toMatchObject({ sound: true });
      await expect(me.ledger.digest(2)).rejects.toMatchObject({ code: "not-found" });
    });

    test("leaves nothing of what it removed but the log, and numbers are not used again", async () => {
      const me = await threeVersions();
      const { raw } = await shared;
      const digest = await me.ledger.digest();
      const { confirm } = await me.ledger.planRollback({ toVersion: 1 });
      await me.ledger.rollback({ toVersion: 1, confirm, now: clock("2025-07-01T00:00:00Z") });
      for (const table of ["fifo_allocations", "fifo_inventory_snapshot", "fifo_symbol_versions", "fifo_version_totals"]) {
        expect(await raw.one(`select count(*) from ${table} where user_id = '${me.userId}' and allocation_version > 1`)).toBe(0);
      }
      const { rows } = await me.table(fifoComputationLog).page({ orderBy: "by_version" });
      expect(rows.map(({ allocationVersion, status }) => `${allocationVersion} ${status}`).toSorted()).toEqual([
        "1 completed",
        "1 rollback",
        "2 rolled_back",
        "3 rolled_back",
      ]);
      expect(await compute(me)).toMatchObject({ version: 4, extended: [], symbols: ["AAA-USD", "BBB-USD", "CCC-USD"] });
      expect(await me.ledger.digest()).toBe(digest);
      expect((await me.ledger.versions()).map(({ allocationVersion }) => allocationVersion)).toEqual([4, 1]);
      expect(await me.table(fifoVersionTotals).count()).toBe(2);
    });

    test("to a version in the middle keeps the rows that the later one had gone on with", async () => {
      const me = await threeVersions();
      const second = await me.ledger.digest(2);
      await me.ledger.rollback({ toVersion: 2, confirm: (await me.ledger.planRollback({ toVersion: 2 })).confirm });
      expect(await me.ledger.digest()).toBe(second);
      expect(await me.ledger.validate()).toMatchObject({ sound: true, symbols: 2 });
    });

    test("to nothing empties the ledger, and a computation brings it back", async () => {
      const me = await threeVersions();
      const before = await me.ledger.digest();
      await me.ledger.rollback({ toVersion: 0, confirm: (await me.ledger.planRollback({ toVersion: 0 })).confirm });
      expect(await me.ledger.current()).toEqual([]);
      expect(await collect(me.ledger.allocations())).toEqual([]);
      expect(await me.ledger.reviewQueue({ status: "pending" })).toEqual([]);
      expect(await compute(me)).toMatchObject({ version: 4 });
      expect(await me.ledger.digest()).toBe(before);
    });

    test("is refused without the plan's token, when the ledger has changed since, inside a transaction and to where it is", async () => {
      const me = await threeVersions();
      const { confirm } = await me.ledger.planRollback({ toVersion: 1 });
      const before = await state(me);
      await expect(me.ledger.rollback({ toVersion: 1, confirm: "yes" })).rejects.toMatchObject({
        code: "not-confirmed",
        facts: { toVersion: 1 },
      });
      await expect(me.ledger.rollback({ toVersion: 2, confirm })).rejects.toMatchObject({ code: "not-confirmed" });
      await expect(me.transaction((tx) => tx.ledger.rollback({ toVersion: 1, confirm }))).rejects.toMatchObject({ code: "bad-request" });
      await expect(me.ledger.planRollback({ toVersion: 3 })).rejects.toMatchObject({ code: "bad-request" });
      await expect(me.ledger.planRollback({ toVersion: 9 })).rejects.toMatchObject({ code: "not-found" });
      expect(await state(me)).toEqual(before);
      await compute(me, { force: true });
      await expect(me.ledger.rollback({ toVersion: 1, confirm })).rejects.toMatchObject({ code: "not-confirmed" });
    });

    test("stops a run that is under way", async () => {
      const me = await threeVersions();
      const run = compute(me, {
        force: true,
        onProgress: async ({ phase }) => {
          if (phase !== "checking") return;
          const { confirm } = await me.ledger.planRollback({ toVersion: 1 });
          await me.ledger.rollback({ toVersion: 1, confirm });
        },
      });
      await expect(run).rejects.toMatchObject({ code: "superseded" });
      expect(await me.ledger.validate()).toMatchObject({ sound: true });
      expect((await me.ledger.current()).map(({ version }) => version)).toEqual([1, 1]);
    });
  });

  describe("the profits of an older system", () => {
    const OLD = [
      { orderId: "s1", oldPnlUsd: "19.600000000000001", oldParentIds: ["b1"] },
      { orderId: "y", oldPnlUsd: null, oldRealizedProfit: "1" },
      { orderId: "gone", oldPnlUsd: "-1000", oldCostBasis: "1e3" },
    ].map((row) => ({ ...row, snapshotTime: "2025-11-20T00:00:00Z" }));

    test("are compared sell by sell, with counts and sums", async () => {
      const me = newUser((await shared).storage);
      await importFills(me, [...BOOK, ...fills("n1 buy 1 @ 1 of NEW-USD", "n2 sell 1 @ 3 of NEW-USD")]);
      await compute(me);
      expect((await me.table(historicalPnlSnapshot).importMany(OLD)).written).toBe(3);
      expect(await me.ledger.compareWithLegacyPnl()).toEqual({
        sells: 3,
        equal: 1,
        differences: [
          { sellId: "gone", legacy: "-1000", exact: null, difference: "1000" },
          { sellId: "n2", legacy: null, exact: "2", difference: "2" },
          { sellId: "s1", legacy: "19.600000000000001", exact: "19.7", difference: "0.099999999999999" },
        ],
        onlyInLedger: 1,
        onlyInLegacy: 1,
        legacyTotal: "-979.399999999999999",
        exactTotal: "22.7",
        difference: "1002.099999999999999",
      });
    });

    test("survive a rollback", async () => {
      const me = await threeVersions();
      await me.table(historicalPnlSnapshot).importMany(OLD);
      await me.ledger.rollback({ toVersion: 0, confirm: (await me.ledger.planRollback({ toVersion: 0 })).confirm });
      expect(await me.table(historicalPnlSnapshot).count()).toBe(3);
      expect(await me.ledger.compareWithLegacyPnl()).toMatchObject({ sells: 3, equal: 0, onlyInLegacy: 3, exactTotal: "0" });
    });
  });
});
