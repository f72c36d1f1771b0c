// Going on from the current version gives what a computation from the first fill gives, whatever arrives when; and is not done when it would not.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fifoComputationLog, fifoSymbolVersions, fifoVersionTotals } from "../src/index.ts";
import type { LedgerRules, Scope } from "../src/index.ts";
import { bookArbitrary, collect, compute, DEPTH, fill, fills, importFills, LEDGER_KINDS, newUser, openLedgerOn } from "./ledger-support.ts";

const BOOK = fills("b1 buy 10 @ 2 fee 0.1", "b2 buy 10 @ 3 fee 0.7", "s1 sell 15 @ 4 fee 0.3");
const RULES: readonly LedgerRules[] = [{}, { scope: "account" }, { fees: "excluded" }, { dust: "0.5" }, { method: "hifo" }];

/** What of a version's facts says which version it is, of whom, and when. */
const NAMES_A_VERSION = new Set("userId allocationVersion baseVersion mode firstSeq fingerprint throughSeq switchedAt".split(" "));

/** Everything that is stored of the current versions, except which version each one is and when. */
async function stored(me: Scope): Promise<unknown> {
  const rows = await collect(me.ledger.allocations());
  const versions = await me.ledger.current();
  const facts = [];
  for (const { symbol, version } of versions) facts.push(await me.table(fifoSymbolVersions).get({ symbol, allocationVersion: version }));
  const [totals] = (await me.table(fifoVersionTotals).page({ direction: "desc", limit: 1 })).rows;
  return {
    rows: rows.map(({ baseVersion: _base, allocationVersion: _version, userId: _user, ...row }) => JSON.stringify(row)),
    lots: await me.ledger.openLots(),
    digest: await me.ledger.digest(),
    pnl: (await me.ledger.pnlBySymbol()).map(({ version: _version, ...row }) => JSON.stringify(row)),
    facts: facts.map((row) => {
      if (row === null) throw new Error("a current version without facts");
      return JSON.stringify(row, (name, value: unknown) => (NAMES_A_VERSION.has(name) ? undefined : value));
    }),
    totals: totals?.totalPnl.toFixed(),
    stats: JSON.stringify(await me.stats.winRate({ over: "ledger" })),
    open: (await me.ledger.reviewQueue({ status: "pending" })).map(({ orderId, description }) => [orderId, description]),
  };
}

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  const shared = openLedgerOn(kind);

  test("any order of arrival and any split into computations give what one computation from the first fill gives", async () => {
    let extended = 0;
    await fc.assert(
      fc.asyncProperty(
        bookArbitrary(40),
        fc.constantFrom(...RULES),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
        fc.nat(3),
        async (book, options, sizes, late) => {
          const { storage } = await shared;
          const [parts, whole] = [newUser(storage), newUser(storage)];
          // Most in the order of their times, some late.
          const byTime = book.toSorted((a, b) => String(a.executedAt).localeCompare(String(b.executedAt)));
          const arriving = [...byTime.filter((_, at) => at % 7 >= late), ...byTime.filter((_, at) => at % 7 < late)];
          for (let from = 0, turn = 0; from < arriving.length; turn++) {
            const to = from + (sizes[turn % sizes.length] ?? 1);
            await importFills(parts, arriving.slice(from, to));
            extended += (await compute(parts, { options })).extended.length;
            from = to;
          }
          await importFills(whole, book);
          await compute(whole, { options });
          expect(await stored(parts)).toEqual(await stored(whole));
          expect(await parts.ledger.validate()).toMatchObject({ sound: true });
        },
      ),
      { numRuns: (kind === "postgres" ? 4 : 25) * DEPTH },
    );
    expect(extended).toBeGreaterThanOrEqual(kind === "postgres" ? 0 : 1); // few runs there
  });

  test("reads and writes only what is new, and says so", async () => {
    const me = newUser((await shared).storage);
    await importFills(me, BOOK);
    expect(await compute(me)).toMatchObject({ extended: [], read: 3, written: 2 });
    const before = await me.ledger.digest();
    await importFills(me, fills("s2 sell 4 @ 5 at 3", "s3 sell 3 @ 6 at 4"));
    expect(await compute(me)).toMatchObject({
      version: 2,
      extended: ["AAA-USD"],
      read: 2,
      written: 3,
      trades: 5,
      allocations: 5,
      matched: 4,
      unmatched: 1,
      review: { opened: 1, reopened: 0, closed: 0 },
    });
    expect(await me.ledger.digest(1)).toBe(before);
    expect((await collect(me.ledger.allocations())).map((row) => [row.seq, row.baseVersion, row.allocationVersion])).toEqual([
      [0, 1, 1],
      [1, 1, 1],
      [2, 1, 2],
      [3, 1, 2],
      [4, 1, 2],
    ]);
    expect((await me.ledger.versions()).map((run) => [run.computationMode, run.tradesProcessed, run.allocationsCreated])).toEqual([
      ["incremental", 2, 3],
      ["full", 3, 2],
    ]);
    expect((await me.ledger.compareVersions(1, 2)).map(({ sellId }) => sellId)).toEqual(["s2", "s3"]);
  });

  test.each([
    ["a fill that is earlier", async (me: Scope) => importFills(me, [fill("old buy 1 @ 1 at -5"), fill("new buy 1 @ 1 at 9")])],
    ["a fill at the last instant that belongs before the last fill", async (me: Scope) => importFills(me, [fill("s0 buy 1 @ 1 at 2")])],
    ["a fill that was changed", async (me: Scope) => me.fills.update({ id: "b1" }, { price: "2.5" })],
    [
      "a fill that was deleted",
      async (me: Scope) => {
        await me.fills.delete({ id: "b1" });
        await importFills(me, [fill("new buy 1 @ 1 at 9")]);
      },
    ],
  ])("computes from the first fill for %s", async (_, change) => {
    const me = newUser((await shared).storage);
    await importFills(me, BOOK);
    await compute(me);
    await change(me);
    expect(await compute(me)).toMatchObject({ status: "completed", extended: [] });
    expect(await me.ledger.validate()).toMatchObject({ sound: true });
  });

  test("computes from the first fill under other rules, when forced, and when the kept state was changed", async () => {
    const { storage, raw } = await shared;
    const me = newUser(storage);
    await importFills(me, BOOK);
    await compute(me);
    await importFills(me, [fill("n1 buy 1 @ 1 at 9")]);
    expect(await compute(me, { options: { fees: "excluded" } })).toMatchObject({ extended: [] });
    await importFills(me, [fill("n2 buy 1 @ 1 at 10")]);
    expect(await compute(me, { options: { fees: "excluded" }, force: true })).toMatchObject({ extended: [] });
    await importFills(me, [fill("n3 buy 1 @ 1 at 11")]);
    const state =
      kind === "sqlite"
        ? 'replace(state, \'"used":"5"\', \'"used":"4"\')'
        : 'replace(state::text, \'"used": "5"\', \'"used": "4"\')::jsonb';
    expect(await raw.run(`update fifo_current_version set state = ${state} where user_id = '${me.userId}'`)).toBe(1);
    expect(await compute(me, { options: { fees: "excluded" } })).toMatchObject({ extended: [] });
    await importFills(me, [fill("n4 buy 1 @ 1 at 12")]);
    expect(await compute(me, { options: { fees: "excluded" } })).toMatchObject({ extended: ["AAA-USD"] });
  });

  test("added rows that do not add up are an error, and are taken back", async () => {
    const { storage, raw } = await shared;
    const me = newUser(storage);
    await importFills(me, BOOK);
    await compute(me);
    const before = await stored(me);
    await importFills(me, fills("s2 sell 4 @ 5 fee 0.1 at 3", "s3 sell 3 @ 6 at 4"));
    for (const damage of [
      `allocated_size = ${raw.size("3")} where part = 0`,
      `sell_fee = ${raw.size("9")} where sell_order_id = 's2'`,
      `pnl = proceeds where sell_order_id = 's2'`,
    ]) {
      const run = compute(me, {
        onProgress: async ({ phase }) => {
          if (phase === "checking") await raw.run(`update fifo_allocations set ${damage} and user_id = '${me.userId}' and seq >= 2`);
        },
      });
      await expect(run).rejects.toMatchObject({ code: "not-balanced" });
      expect(await stored(me)).toEqual(before);
    }
    expect(await raw.one(`select count(*) from fifo_allocations where user_id = '${me.userId}'`)).toBe(2);
    expect(await compute(me)).toMatchObject({ status: "completed", extended: ["AAA-USD"] });
    expect((await me.table(fifoComputationLog).page({ where: { status: "failed" } })).rows).toHaveLength(3);
  });
});
