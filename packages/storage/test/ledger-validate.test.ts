import { describe, expect, test } from "vitest";
import { compute, fills, importFills, literals, LEDGER_KINDS, openLedgerOn } from "./ledger-support.ts";

const BOOK = fills(
  "b1 buy 10 @ 2 fee 0.1",
  "b2 buy 10 @ 3 fee 0.2",
  "s1 sell 12 @ 4 fee 0.3",
  "x1 buy 5 @ 3 of BBB-USD",
  "x2 sell 9 @ 4 fee 0.1 of BBB-USD",
);

/** Exchanges the places of the two rows of a sell. */
const SWAP = [
  "update fifo_allocations set seq = seq + 100 where @ and sell_order_id = 's1'",
  "update fifo_allocations set seq = 101 - seq where @ and sell_order_id = 's1'",
];

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  const openLedger = () => openLedgerOn(kind);

  describe("validate", () => {
    test("finds a ledger sound that is as it was computed, under the rules it was computed with", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await compute(me, { options: { fees: "excluded", dust: "0.1" } });
      expect(await me.ledger.validate()).toEqual({ sound: true, symbols: 2, trades: 5, allocations: 4, damage: [], totals: [] });
      expect(await me.ledger.validate({ symbol: "BBB-USD" })).toMatchObject({ sound: true, symbols: 1, trades: 2 });
    });

    test("does not hold newer fills against a version that is older than they are", async () => {
      const { me } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await importFills(me, fills("n buy 1 @ 1 at -9"));
      expect(await me.ledger.validate()).toMatchObject({ sound: true, trades: 5 });
    });

    const DAMAGE: readonly (readonly [what: string, sql: string, finding: object])[] = [
      [
        "a quantity",
        `allocated_size = $size(9) where sell_order_id = 's1' and part = 0`,
        { field: "quantity", expected: "10", actual: "9" },
      ],
      ["a cost", `cost_basis = $money(19) where sell_order_id = 's1' and part = 0`, { field: "costBasis", expected: "20.1", actual: "19" }],
      ["a profit", `pnl = $money(19) where sell_order_id = 's1' and part = 0`, { field: "pnl", expected: "19.65", actual: "19" }],
      ["proceeds", `proceeds = $money(19) where sell_order_id = 's1' and part = 0`, { field: "proceeds", expected: "40", actual: "19" }],
      [
        "a fee of an open lot",
        `buy_fee = $size(0) where sell_order_id = 's1' and part = 1`,
        { field: "buyFee", expected: "0.04", actual: "0" },
      ],
      ["a price", `sell_price = $size(5) where sell_order_id = 's1' and part = 0`, { field: "sellPrice", expected: "4", actual: "5" }],
      ["a time", "$later where sell_order_id = 's1' and part = 0", { field: "sellTime", actual: "2025-01-01T00:02:00.000001Z" }],
      [
        "the buy of a row",
        "buy_order_id = 'zz' where sell_order_id = 's1' and part = 0",
        { code: "missing-row", tradeId: "s1", buyId: "b1" },
      ],
    ];

    test.each(DAMAGE)("finds damage to %s and names the row", async (_, sql, finding) => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      expect(await raw.run(literals(raw, `update fifo_allocations set ${sql}`))).toBe(1);
      const { sound, damage } = await me.ledger.validate();
      expect(sound).toBe(false);
      expect(damage.map(({ symbol, version }) => [symbol, version])).toEqual([["AAA-USD", 1]]);
      expect(damage[0]?.violations).toContainEqual(expect.objectContaining(finding));
      expect(await me.ledger.validate({ symbol: "BBB-USD" })).toMatchObject({ sound: true });
    });

    test("finds rows that are gone, rows too many, rows in another order and damaged lots", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      const codes = async () =>
        (await me.ledger.validate()).damage.flatMap(({ violations, imbalances }) => [
          ...violations.map(({ code }) => code),
          ...imbalances.map(({ orderId }) => orderId),
        ]);
      const damaged = async (...statements: readonly string[]) => {
        await compute(me, { force: true });
        expect(await codes()).toEqual([]);
        for (const sql of statements)
          await raw.run(
            literals(raw, sql).replaceAll("@", "allocation_version = (select max(allocation_version) from fifo_current_version)"),
          );
        return codes();
      };
      expect(await damaged("delete from fifo_allocations where @ and sell_order_id = 's1' and part = 1")).toEqual([
        "missing-row",
        "sell-not-conserved",
        "b2",
        "s1",
      ]);
      expect(await damaged(...SWAP, "update fifo_allocations set part = 9 - part where @ and sell_order_id = 's1'")).toContain(
        "wrong-value",
      );
      expect(await damaged(...SWAP)).toEqual(["wrong-order"]);
      expect(await damaged(`update fifo_inventory_snapshot set remaining_cost = $money(1) where @`)).toEqual(["wrong-lot"]);
      expect(await damaged("delete from fifo_inventory_snapshot where @")).toEqual(["missing-lot", "b2"]);
      expect(
        await damaged(
          "insert into fifo_inventory_snapshot select user_id, allocation_version, symbol, 'ghost', 5, account, original_size, remaining_size, remaining_cost, buy_time, snapshot_time from fifo_inventory_snapshot where @",
        ),
      ).toEqual(["extra-lot", "ghost"]);
    });

    test("finds a kept sum that is not the one of the rows", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      const total = raw.total("1");
      expect(await raw.run(`update fifo_symbol_versions set realized_pnl = ${total}, buys_used = 9 where symbol = 'BBB-USD'`)).toBe(1);
      const { sound, damage } = await me.ledger.validate();
      expect(sound).toBe(false);
      expect(damage).toEqual([{ symbol: "BBB-USD", version: 1, imbalances: [], violations: [], sums: ["realizedPnl", "buysUsed"] }]);
    });

    test("finds a sum of a version that is not the one of its symbols, of an old version too, and one that is missing", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await importFills(me, fills("x3 buy 1 @ 1 of BBB-USD at 9"));
      await compute(me);
      await importFills(me, fills("z buy 1 @ 1 of CCC-USD at 10"));
      await compute(me);
      expect(await me.ledger.validate()).toMatchObject({ sound: true, totals: [] });
      await raw.run(`update fifo_version_totals set total_pnl = ${raw.total("1")}, unmatched_sells = 7 where allocation_version = 1`);
      await raw.run("update fifo_version_totals set sells_matched = sells_matched + 1 where allocation_version = 3");
      expect((await me.ledger.health()).map(({ version, unmatchedSells }) => [version, unmatchedSells])).toContainEqual([1, 7]);
      const planted = [
        { version: 1, sums: ["unmatchedSells", "totalPnl"] },
        { version: 3, sums: ["sellsMatched"] },
      ];
      expect(await me.ledger.validate()).toMatchObject({ sound: false, damage: [], totals: planted });
      expect(await me.ledger.validate({ symbol: "BBB-USD" })).toMatchObject({ sound: true, totals: [] });
      await raw.run("delete from fifo_version_totals where allocation_version = 2");
      expect((await me.ledger.validate()).totals).toContainEqual({ version: 2, sums: ["version"] });
    });

    test("finds a fill that was changed behind td's back", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await raw.run(`update fills set quantity = ${raw.size("11")} where id = 'b1'`);
      const { damage } = await me.ledger.validate();
      expect(damage[0]?.imbalances).toEqual([{ orderId: "b1", quantity: "1", fee: "0" }]);
      expect(damage[0]?.violations.length).toBeGreaterThan(0);
    });
  });
});
