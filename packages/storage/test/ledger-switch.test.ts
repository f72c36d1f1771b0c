// What readers, rivals, crashes and damage see of a version before, while and after it becomes current.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { fifoComputationLog, openStorage } from "../src/index.ts";
import type { ComputeProgress, FillInput, Scope } from "../src/index.ts";
import { literals, clock, collect, compute, deferred, fill, fills, importFills, LEDGER_KINDS, openLedgerOn } from "./ledger-support.ts";
import type { RawDatabase } from "./ledger-support.ts";

const BOOK: readonly FillInput[] = ["AAA-USD", "BBB-USD", "CCC-USD"].flatMap((symbol, nth) =>
  fills(
    `${nth}b1 buy 10 @ 2 fee 0.1 of ${symbol}`,
    `${nth}b2 buy 10 @ 3 fee 0.7 of ${symbol}`,
    `${nth}s1 sell 6 @ 4 fee 0.3 of ${symbol}`,
    `${nth}s2 sell 7 @ 5 fee 0.01 of ${symbol}`,
    `${nth}s3 sell 9 @ 6 of ${symbol}`,
  ),
);
const LATE = ["AAA-USD", "BBB-USD", "CCC-USD"].map((symbol, nth) => fill(`late${nth} buy 3 @ 1 of ${symbol} at -1`));

const log = async (scope: Scope) => {
  const { rows } = await scope.table(fifoComputationLog).page({ orderBy: "by_start", limit: 1000 });
  return rows.map(({ status, errorCode, allocationVersion }) => ({ status, errorCode, allocationVersion }));
};

/** Everything another program can see of the current ledger, through the pointer, the views and the queue. */
const seen = async (raw: RawDatabase) => {
  const all: unknown[] = [];
  for (const name of [
    "fifo_current_version",
    "v_pnl_by_symbol",
    "v_unmatched_sells",
    "v_allocation_health",
    "v_allocation_discrepancies",
    "manual_review_queue",
  ])
    all.push(await raw.all(`select * from ${name}`));
  return JSON.stringify(all);
};

const counts = async (raw: RawDatabase) => ({
  rows: await raw.one("select count(*) from fifo_allocations"),
  lots: await raw.one("select count(*) from fifo_inventory_snapshot"),
});

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  const openLedger = () => openLedgerOn(kind);

  describe("readers", () => {
    test("in another program never see a part of a version, at any step of a run", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await importFills(me, LATE);
      const before = await seen(raw);
      const steps: ComputeProgress["phase"][] = [];
      let staged = 0;
      await compute(me, {
        onProgress: async (progress) => {
          steps.push(progress.phase);
          staged = Math.max(staged, Number((await counts(raw)).rows));
          expect(await seen(raw)).toBe(before);
        },
      });
      expect(staged).toBeGreaterThan(Number((await counts(raw)).rows) / 2);
      expect(new Set(steps)).toEqual(new Set(["allocating", "checking", "switching"]));
      expect(await raw.all("select distinct allocation_version from fifo_current_version")).toEqual([[2]]);
    });

    test("of the same scope see the old version whole until the switch, then the new one whole", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      const old = await me.ledger.digest();
      await importFills(me, LATE);
      await compute(me, {
        onProgress: async () => {
          expect(await me.ledger.digest()).toBe(old);
          await expect(me.ledger.digest(2)).rejects.toMatchObject({ code: "not-found" });
        },
      });
      expect(await me.ledger.digest()).toBe(await me.ledger.digest(2));
      expect(await me.ledger.digest()).not.toBe(old);
    });

    test("that began a listing keep to the version they began with", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      const listing = me.ledger.allocations()[Symbol.asyncIterator]();
      const first = await listing.next();
      await importFills(me, LATE);
      await compute(me);
      const rest = await collect({ [Symbol.asyncIterator]: () => listing });
      expect(new Set([first.value, ...rest].map((row) => row.allocationVersion))).toEqual(new Set([1]));
    });
  });

  describe("of two runs at once", () => {
    test("the later one wins and the earlier one, if it does not wait, gets a retryable error", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      let second: Promise<unknown> | undefined;
      const first = compute(me, {
        waitMs: 0,
        onProgress: async () => {
          second ??= compute(me, { now: clock("2025-07-01T00:00:00Z") });
          await second;
        },
      });
      await expect(first).rejects.toMatchObject({ code: "superseded", retryable: true });
      await expect(second).resolves.toMatchObject({ status: "completed", version: 1 });
      expect(await log(me)).toEqual([
        { status: "failed", errorCode: "superseded", allocationVersion: 1 },
        { status: "completed", errorCode: null, allocationVersion: 1 },
      ]);
      expect(await me.ledger.validate()).toMatchObject({ sound: true });
      expect(await counts(raw)).toEqual({ rows: 15, lots: 0 });
    });

    test.each(["allocating", "checking", "switching"] as const)(
      "the earlier one stops at its next step while the later is still %s, and computes what that left",
      async (phase) => {
        const { storage, me, url } = await openLedger();
        await importFills(me, BOOK);
        const rival = (await openStorage(url)).forUser("ann");
        const gate = deferred<void>();
        const reached = deferred<void>();
        const later = deferred<unknown>();
        let steps = 0;
        const earlier = compute(me, {
          onProgress: async (progress) => {
            steps++;
            if (progress.phase !== "allocating" || progress.symbol !== "BBB-USD") return;
            later.resolve(
              compute(rival, {
                now: clock("2025-07-01T00:00:00Z"),
                onProgress: async (other) => {
                  if (other.phase !== phase) return;
                  reached.resolve();
                  await gate.promise;
                },
              }),
            );
            await reached.promise;
          },
        });
        await reached.promise;
        const stood = steps;
        expect(await Promise.race([earlier, sleep(100, "waiting")])).toBe("waiting");
        gate.resolve();
        expect(await later.promise).toMatchObject({ status: "completed", allocations: 15 });
        expect(await earlier).toMatchObject({ status: "unchanged", version: 1 });
        expect(steps).toBe(stood);
        expect(await storage.forUser("ann").ledger.validate()).toMatchObject({ sound: true, allocations: 15 });
      },
    );
  });

  describe("of many at once", () => {
    test("in one storage each waits for its turn: one computes, nobody is overtaken, and each has the version", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      const reports = await Promise.all([1, 2, 3].map(() => compute(me)));
      expect(reports.map(({ status, version }) => [status, version])).toEqual([
        ["completed", 1],
        ["unchanged", 1],
        ["unchanged", 1],
      ]);
      expect((await log(me)).map(({ status }) => status).toSorted()).toEqual(["completed", "unchanged", "unchanged"]);
    });

    test("in three storages, as in three processes, all end well with one version", async () => {
      const { storage, me, url } = await openLedger();
      await importFills(me, BOOK);
      const rivals = await Promise.all([1, 2].map(() => openStorage(url)));
      const scopes = [storage, ...rivals].map((each) => each.forUser("ann"));
      const reports = await Promise.all([...scopes, ...scopes].map((each) => compute(each)));
      expect(new Set(reports.map(({ version }) => version))).toEqual(new Set([1]));
      expect(reports.filter(({ status }) => status === "completed")).toHaveLength(1);
      expect(await me.ledger.validate()).toMatchObject({ sound: true });
      await Promise.all(rivals.map((each) => each.close()));
    });

    test("who no longer wants to leaves the queue at once, and holds up nobody", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      const gate = deferred<void>();
      const running = compute(me, { onProgress: () => gate.promise });
      const stop = new AbortController();
      const impatient = compute(me, { signal: stop.signal });
      const patient = compute(me);
      stop.abort(new Error("enough"));
      await expect(impatient).rejects.toThrow("enough");
      gate.resolve();
      expect([(await running).status, (await patient).status]).toEqual(["completed", "unchanged"]);
      await expect(compute(me, { waitMs: -1 })).rejects.toMatchObject({ code: "bad-request" });
    });
  });

  describe("a run that ends badly", () => {
    test.each(["allocating", "checking", "switching"])(
      "killed while %s leaves nothing that readers see, and the next run removes the rest",
      async (phase) => {
        const { me, url, raw } = await openLedger();
        await importFills(me, BOOK);
        await compute(me);
        await importFills(me, LATE);
        const before = await seen(raw);
        const child = spawn(process.execPath, [fileURLToPath(new URL("ledger-child.ts", import.meta.url)), url, phase], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        await once(child.stdout, "data");
        child.kill("SIGKILL");
        await once(child, "exit");
        expect((await counts(raw)).rows).toBeGreaterThan(15);
        expect(await seen(raw)).toBe(before);
        expect((await log(me)).at(-1)?.status).toBe("running");
        expect(await compute(me, { now: clock("2030-01-01T00:00:00Z") })).toMatchObject({ status: "completed", version: 2 });
        expect((await log(me)).map(({ status, errorCode }) => [status, errorCode])).toContainEqual(["failed", "superseded"]);
        expect(await raw.all("select allocation_version, count(*) from fifo_allocations group by 1 order by 1")).toEqual([
          [1, 15],
          [2, expect.any(Number)],
        ]);
        expect(await me.ledger.validate()).toMatchObject({ sound: true });
      },
    );

    test("is cleaned up after even when nothing has to be computed any more", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await raw.run(`insert into fifo_allocations select user_id, 2, 2, symbol, seq, sell_order_id, part, buy_order_id, kind, account, allocated_size, buy_price, sell_price,
      cost_basis, proceeds, net_proceeds, pnl, buy_fee, sell_fee, buy_time, sell_time, notes from fifo_allocations`);
      expect(await compute(me)).toMatchObject({ status: "unchanged", version: 1 });
      expect((await counts(raw)).rows).toBe(15);
    });

    test("logs its reason, leaves nothing and keeps the version that stood", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      const before = await counts(raw);
      await importFills(me, [fill("odd buy 1 @ 1 fee 1 in BNB of CCC-USD at 90")]);
      await expect(compute(me, { now: clock("2025-07-01T00:00:00Z"), symbols: ["CCC-USD"], force: true })).rejects.toMatchObject({
        code: "fee-needs-quote-value",
      });
      expect(await log(me)).toEqual([
        { status: "completed", errorCode: null, allocationVersion: 1 },
        { status: "failed", errorCode: "fee-needs-quote-value", allocationVersion: 2 },
      ]);
      const { rows } = await me.table(fifoComputationLog).page({ where: { status: "failed" } });
      expect(rows[0]).toMatchObject({
        errorMessage: expect.stringContaining('"odd"'),
        finishedAt: "2025-07-01T00:00:02.000000Z",
        durationMs: 1000,
        totalPnlComputed: null,
      });
      expect(await counts(raw)).toEqual(before);
      expect((await me.ledger.current()).map(({ version }) => version)).toEqual([1, 1, 1]);
    });

    // More fills than are read at once: rows of the symbol are staged before the odd one is met.
    test.each([true, false])("by a fill of one symbol is that symbol's alone, and tried again (force: %s)", async (force) => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      const sells = Array.from({ length: 2000 }, (_, nth) => fill(`x${nth} sell 1 @ 1 of BBB-USD at ${60 + nth}`));
      await importFills(me, [...LATE.slice(0, 1), ...sells, fill("odd buy 1 @ 1 fee 1 in BNB of BBB-USD at 5000")]);
      const symbols = force ? ["AAA-USD", "CCC-USD"] : ["AAA-USD"];
      const report = await compute(me, { force });
      const message = expect.stringContaining('"odd"');
      expect(report).toMatchObject({ status: "completed", version: 2, symbols });
      expect(report.refused).toEqual([{ symbol: "BBB-USD", code: "fee-needs-quote-value", message, facts: expect.any(Object) }]);
      const { rows } = await me.table(fifoComputationLog).page({ where: { allocationVersion: 2 } });
      expect(rows).toMatchObject([
        { status: "completed", symbolsProcessed: symbols, errorCode: "fee-needs-quote-value", errorMessage: message },
      ]);
      const versions = (await me.ledger.current()).map(({ version }) => version);
      expect(versions).toEqual(force ? [2, 1, 2] : [2, 1, 1]);
      expect(await me.ledger.validate()).toMatchObject({ sound: true });
      expect(await raw.one("select count(*) from fifo_allocations where symbol = 'BBB-USD'").then(Number)).toBe(5);
      const waiting = async () => (await me.ledger.health()).map((row) => row.refused);
      expect(await waiting()).toEqual([["BBB-USD"], []]);
      await expect(compute(me)).rejects.toMatchObject({ code: "fee-needs-quote-value" });
      expect(await waiting()).toEqual([["BBB-USD"], []]);
      await me.fills.update({ id: "odd" }, { feeInQuote: "0.5" });
      expect(await waiting()).toEqual([["BBB-USD"], []]);
      expect(await compute(me)).toMatchObject({ status: "completed", symbols: ["BBB-USD"], refused: [], sells: 2003 });
      expect(await waiting()).toEqual([[], [], []]);
      expect(await me.ledger.validate()).toMatchObject({ sound: true });
    });

    test("shows the symbols that wait in the ledger's health until they are computed, or have no fills any more", async () => {
      const { me } = await openLedger();
      const waiting = async () => (await me.ledger.health()).map((row) => row.refused)[0];
      await importFills(me, BOOK);
      await compute(me);
      const odd = (id: string, symbol: string) => fill(`${id} buy 1 @ 1 fee 1 in BNB of ${symbol} at 5000`);
      await importFills(me, [odd("odd", "BBB-USD"), odd("new", "NEW-USD")]);
      await expect(compute(me)).rejects.toMatchObject({ code: "fee-needs-quote-value" });
      expect(await waiting()).toEqual(["BBB-USD", "NEW-USD"]);
      const stop = AbortSignal.abort(new Error("BBB-USD: not a word of the log"));
      await expect(compute(me, { symbols: ["AAA-USD"], force: true, signal: stop })).rejects.toThrow("not a word");
      await me.fills.delete({ id: "new" });
      expect(await waiting()).toEqual(["BBB-USD"]);
      await compute(me, { symbols: ["AAA-USD"], force: true });
      expect(await waiting()).toEqual(["BBB-USD"]);
      await me.fills.delete({ id: "odd" });
      await compute(me);
      expect(await waiting()).toEqual([]);
    });

    test.each(["allocating", "checking", "switching"])("stopped by its signal while %s is logged and leaves nothing", async (phase) => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      const controller = new AbortController();
      const stopped = compute(me, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === phase) controller.abort();
        },
      });
      await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
      expect(await log(me)).toEqual([{ status: "failed", errorCode: "AbortError", allocationVersion: 1 }]);
      expect(await counts(raw)).toEqual({ rows: 0, lots: 0 });
      expect(await compute(me)).toMatchObject({ status: "completed", version: 1 });
    });

    test("is told by onProgress itself throwing", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await expect(compute(me, { onProgress: () => Promise.reject(new TypeError("the host's own")) })).rejects.toThrow("the host's own");
      expect(await log(me)).toMatchObject([{ status: "failed", errorCode: "TypeError" }]);
      expect(await counts(raw)).toEqual({ rows: 0, lots: 0 });
    });
  });

  describe("fills that change during a run", () => {
    /** Does something once, when the run has read everything. */
    const atTheEnd = (work: () => Promise<unknown>) => {
      let done = false;
      return async ({ phase }: ComputeProgress) => {
        if (phase === "switching" && !done) await ((done = true), work());
      };
    };

    test("when new, wait for the next run, also when their symbol has not been read yet", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      const early = async ({ phase, symbol }: ComputeProgress) => {
        if (phase === "allocating" && symbol === "AAA-USD") await importFills(me, LATE.slice(2));
      };
      expect(await compute(me, { symbols: ["AAA-USD", "CCC-USD"], onProgress: early })).toMatchObject({ version: 1, trades: 10 });
      expect(await compute(me, { symbols: ["CCC-USD"] })).toMatchObject({ version: 2, trades: 6 });
    });

    test("when new after all was read, wait for the next run", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      expect(await compute(me, { onProgress: atTheEnd(() => importFills(me, LATE.slice(0, 1))) })).toMatchObject({
        version: 1,
        trades: 15,
      });
      expect(await compute(me)).toMatchObject({ version: 2, symbols: ["AAA-USD"], trades: 6 });
    });

    test.each([
      ["changed", (me: Scope) => me.fills.update({ id: "0b1" }, { price: "9" })],
      ["deleted", (me: Scope) => me.fills.delete({ id: "2s3" })],
    ] as const)("when %s, make the run fail, to be run again", async (_, change) => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await expect(compute(me, { onProgress: atTheEnd(() => change(me)) })).rejects.toMatchObject({
        code: "fills-changed",
        retryable: true,
      });
      expect(await me.ledger.current()).toEqual([]);
      expect(await compute(me)).toMatchObject({ status: "completed", version: 1 });
    });
  });

  describe("the conservation statement", () => {
    const STAGED = "where allocation_version = 1 and symbol = 'BBB-USD'";
    const DAMAGE: readonly (readonly [what: string, sql: string])[] = [
      ["a quantity", `update fifo_allocations set allocated_size = $size(5) ${STAGED} and seq = 0`],
      [
        "two quantities whose sum is right",
        `update fifo_allocations set allocated_size = case seq when 0 then $size(5) else $size(5) end ${STAGED} and seq in (0, 1)`,
      ],
      ["a sell's fee", `update fifo_allocations set sell_fee = $size(1) ${STAGED} and seq = 0`],
      ["a buy's fee", `update fifo_allocations set buy_fee = $size(1) ${STAGED} and seq = 0`],
      ["a profit", `update fifo_allocations set pnl = proceeds ${STAGED} and seq = 1`],
      ["a cost", `update fifo_allocations set cost_basis = proceeds ${STAGED} and seq = 1`],
      ["net proceeds", `update fifo_allocations set net_proceeds = proceeds ${STAGED} and seq = 0`],
      ["a row that is gone", `delete from fifo_allocations ${STAGED} and seq = 2`],
      [
        "a row that is there twice",
        `insert into fifo_allocations select user_id, base_version, allocation_version, symbol, 99, sell_order_id, 99, buy_order_id, kind, account, allocated_size,
      buy_price, sell_price, cost_basis, proceeds, net_proceeds, pnl, buy_fee, sell_fee, buy_time, sell_time, notes from fifo_allocations ${STAGED} and seq = 2`,
      ],
      ["a sell turned into another", `update fifo_allocations set sell_order_id = '1s3', part = 77 ${STAGED} and seq = 0`],
      ["a row's kind", `update fifo_allocations set kind = 'dust', notes = 'DUST: x' ${STAGED} and kind = 'unmatched'`],
      ["what is left of a buy", `update fifo_inventory_snapshot set remaining_size = $size(4) where symbol = 'OPEN-USD'`],
      ["the cost of what is left", `update fifo_inventory_snapshot set remaining_cost = $money(8) where symbol = 'OPEN-USD'`],
      ["an open lot that is gone", "delete from fifo_inventory_snapshot where symbol = 'OPEN-USD'"],
    ];

    test.each(DAMAGE)("does not hold with damage to %s: the run fails loudly and nothing is switched", async (_, sql) => {
      const { me, raw } = await openLedger();
      await importFills(me, [...BOOK, ...fills("o1 buy 5 @ 3 fee 0.2 of OPEN-USD", "o2 sell 2 @ 4 of OPEN-USD")]);
      let damaged = false;
      const run = compute(me, {
        onProgress: async ({ phase }) => {
          if (phase !== "checking" || damaged) return;
          damaged = true;
          expect(await raw.run(literals(raw, sql))).toBeGreaterThan(0);
        },
      });
      await expect(run).rejects.toMatchObject({
        code: "not-balanced",
        retryable: false,
        facts: { symbol: expect.stringMatching(/^(BBB|OPEN)-USD$/) },
      });
      expect(await log(me)).toMatchObject([{ status: "failed", errorCode: "not-balanced" }]);
      expect(await me.ledger.current()).toEqual([]);
      expect(await counts(raw)).toEqual({ rows: 0, lots: 0 });
      expect(await compute(me)).toMatchObject({ status: "completed", version: 1 });
    });

    test("names the fill and what it misses", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      const run = compute(me, {
        onProgress: async ({ phase }) => {
          if (phase === "checking")
            await raw.run(literals(raw, `update fifo_allocations set allocated_size = $size(5) ${STAGED} and seq = 0`));
        },
      });
      await expect(run).rejects.toMatchObject({
        message: expect.stringContaining("the rows of fill 1b1 miss 1 of its quantity and 0 of its fee"),
        facts: {
          symbol: "BBB-USD",
          version: 1,
          fills: [
            { orderId: "1b1", quantity: "1", fee: "0" },
            { orderId: "1s1", quantity: "1", fee: "0" },
          ],
        },
      });
    });

    test("holds for fees in the base asset, in the quote asset by name, in a third asset, for rebates and for dust of a lot", async () => {
      const { me } = await openLedger();
      await importFills(
        me,
        fills(
          "b1 buy 10 @ 2 fee 0.5 in AAA",
          "b2 buy 10 @ 2 fee 0.5 in USD",
          "b3 buy 10 @ 2 fee 3 in BNB worth 1.5",
          "b4 buy 10 @ 2 fee -0.25",
          "s1 sell 9.4999 @ 3 fee 0.00005 in AAA",
          "s2 sell 20 @ 3 fee 0.3 in BNB worth -0.1",
          "s3 sell 20 @ 3 fee 1 in USD",
          "x1 buy 1 @ 1 fee 0.1 in A-B of A-B-C",
          "x2 sell 0.5 @ 1 fee 0.1 in C of A-B-C",
          "y1 buy 1 @ 1 fee 2 in USD worth 0.5 of AAAUSD",
          "y2 sell 1 @ 1 of AAAUSD",
        ),
      );
      expect(await compute(me, { options: { dust: "0.001" } })).toMatchObject({ status: "completed", dust: 1 });
      expect(await compute(me, { options: { dust: "0.001", fees: "excluded" } })).toMatchObject({ status: "completed" });
      expect(await me.ledger.validate()).toMatchObject({ sound: true });
    });
  });
});
