// The views that people read: equal to the program's numbers and to `allocate`, in the driver and in the stock `sqlite3` shell.
import { spawnSync } from "node:child_process";
import { allocate } from "@td/fifo";
import type { Allocation, FifoResult } from "@td/fifo";
import { writeDecimal } from "@td/fifo/values";
import fc from "fast-check";
import postgres from "postgres";
import { describe, expect, test } from "vitest";
import type { FillInput } from "../src/index.ts";
import {
  bookArbitrary,
  clock,
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
import type { RawDatabase } from "./ledger-support.ts";
import { proofOf } from "./postgres-support.ts";

const BOOK = fills(
  "b1 buy 10 @ 2 fee 0.1",
  "b2 buy 10 @ 3",
  "s1 sell 15 @ 4 fee 0.3",
  "s2 sell 7 @ 5",
  "x buy 1 @ 5 of BBB-USD",
  "y sell 3 @ 1 fee 9 of CCC-USD",
);

const VIEWS = ["v_pnl_by_symbol", "v_unmatched_sells", "v_allocation_health", "v_allocation_discrepancies"] as const;

/** The sum of canonical decimal texts, with BigInt alone. */
function sum(texts: readonly (string | null)[], scale = 36): string {
  const units = texts.map((text) => {
    const [whole = "0", fraction = ""] = (text ?? "0").replace("-", "").split(".");
    const value = BigInt(whole + fraction.padEnd(scale, "0"));
    return text?.startsWith("-") ? -value : value;
  });
  return writeDecimal(
    units.reduce((total, one) => total + one, 0n),
    scale,
  );
}

/** `total / count` to 18 places, half-even, with BigInt alone. */
function average(total: string, count: number): string {
  const [whole = "0", fraction = ""] = total.replace("-", "").split(".");
  const units = BigInt(whole + fraction.padEnd(36, "0"));
  const unit = BigInt(count) * 10n ** 18n;
  const floor = units / unit;
  const twice = (units % unit) * 2n;
  const rounded = twice > unit || (twice === unit && floor % 2n === 1n) ? floor + 1n : floor;
  return writeDecimal(total.startsWith("-") ? -rounded : rounded, 18);
}

const distinct = (values: readonly (string | null)[]) => new Set(values).size;

/** `v_pnl_by_symbol` as `allocate` has it, version and user aside. */
function expectedPnl(result: FifoResult, symbol: string): readonly unknown[] {
  const rows = result.allocations.filter((row) => row.symbol === symbol);
  const matched = rows.filter(({ kind }) => kind === "matched");
  const unmatched = rows.filter(({ kind }) => kind === "unmatched");
  const pnl = sum(matched.map((row) => row.text("pnl")));
  const times = matched.map((row) => row.sellTime).toSorted();
  const of = (list: readonly Allocation[], field: "quantity" | "netProceeds") => sum(list.map((row) => row.text(field)));
  return [
    symbol,
    distinct(matched.map(({ sellId }) => sellId)),
    distinct(matched.map(({ buyId }) => buyId)),
    of(matched, "quantity"),
    pnl,
    matched.length === 0 ? null : average(pnl, matched.length),
    times[0] ?? null,
    times.at(-1) ?? null,
    of(unmatched, "quantity"),
    of(unmatched, "netProceeds"),
  ];
}

const symbolsWithRows = (result: FifoResult) => [...new Set(result.allocations.map(({ symbol }) => symbol))];

/** The rows of a view by column name. */
async function objects(raw: RawDatabase, view: string): Promise<readonly object[]> {
  const names = await raw.columns(`select * from ${view}`);
  const rows = await raw.all(`select * from ${view}`);
  return rows.map((row) => Object.fromEntries(row.map((value, at) => [names[at], value])));
}

describe.each(LEDGER_KINDS)("on %s", (engine) => {
  const openLedger = () => openLedgerOn(engine);
  const shared = openLedger();

  test("show what `allocate` gives and what the program gives, for random books", async () => {
    await fc.assert(
      fc.asyncProperty(bookArbitrary(), bookArbitrary(20), async (book, others) => {
        const { storage, raw } = await shared;
        const [ann, bob] = [newUser(storage), newUser(storage)];
        const of = (select: string) => raw.all(`${select} where user_id = '${ann.userId}'`);
        await importFills(ann, book);
        await importFills(bob, others);
        await compute(bob);
        await compute(ann);
        const result = allocate(book.map(tradeOf));
        const expected = symbolsWithRows(result).map((symbol) => expectedPnl(result, symbol));
        expect(await of("select * from v_pnl_by_symbol")).toEqual(expected.map((row) => [ann.userId, ...row, 1]));
        const pnl = (await ann.ledger.pnlBySymbol()).map((row) => [
          row.symbol,
          row.numSells,
          row.numBuys,
          row.totalSize.toFixed(),
          row.totalPnl.toFixed(),
          row.avgPnlPerAllocation?.toFixed() ?? null,
          row.firstSell,
          row.lastSell,
          row.unmatchedSize.toFixed(),
          row.unmatchedProceeds.toFixed(),
        ]);
        expect(pnl).toEqual(expected);
        expect(await of("select sell_order_id, unmatched_size, sell_price, sell_time from v_unmatched_sells")).toEqual(
          result.unmatched.map((row) => [row.sellId, row.text("quantity"), row.text("sellPrice"), row.sellTime]),
        );
        const matched = result.allocations.filter(({ kind }) => kind === "matched");
        const health = [
          result.allocations.length,
          distinct(matched.map(({ sellId }) => sellId)),
          distinct(matched.map(({ buyId }) => buyId)),
          result.unmatched.length,
          sum(matched.map((row) => row.text("pnl"))),
        ];
        const shown = await of("select total_allocations, sells_matched, buys_used, unmatched_sells, total_pnl from v_allocation_health");
        expect(shown).toEqual(book.length === 0 ? [] : [health]);
        expect(await of("select * from v_allocation_discrepancies")).toEqual([]);
      }),
      { numRuns: (engine === "postgres" ? 10 : 30) * DEPTH },
    );
  });

  describe("v_allocation_health", () => {
    test("shows the whole ledger as it stood after each version, newest first, and the program the same", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await importFills(me, [fill("late buy 2 @ 1 at -1")]);
      await compute(me, { now: clock("2025-07-01T00:00:00Z") });
      await me.fills.delete({ id: "y" });
      await compute(me, { now: clock("2025-08-01T00:00:00Z") });
      await expect(compute(me, { onProgress: () => Promise.reject(new Error("no")), force: true })).rejects.toThrow("no");
      expect(await raw.all("select * from v_allocation_health")).toEqual([
        ["ann", 3, 4, 2, 3, 0, "42.6", "2025-06-01T00:00:02.000000Z", "2025-08-01T00:00:02.000000Z"],
        ["ann", 2, 5, 2, 3, 1, "42.6", "2025-06-01T00:00:02.000000Z", "2025-07-01T00:00:02.000000Z"],
        ["ann", 1, 5, 2, 2, 2, "34.6", "2025-06-01T00:00:02.000000Z", "2025-06-01T00:00:02.000000Z"],
      ]);
      expect(
        (await me.ledger.health()).map(({ version, totalAllocations, unmatchedSells, totalPnl }) => [
          version,
          totalAllocations,
          unmatchedSells,
          totalPnl.toFixed(),
        ]),
      ).toEqual([
        [3, 4, 0, "42.6"],
        [2, 5, 1, "42.6"],
        [1, 5, 2, "34.6"],
      ]);
    });
  });

  describe("v_unmatched_sells", () => {
    test("lists the current versions only, with the story's column names", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await importFills(me, [fill("late buy 2 @ 1 at -1")]);
      await compute(me);
      expect(await objects(raw, "v_unmatched_sells")).toEqual([
        {
          user_id: "ann",
          allocation_id: "1:CCC-USD:0",
          sell_order_id: "y",
          symbol: "CCC-USD",
          unmatched_size: "3",
          sell_time: "2025-01-01T00:05:00.000000Z",
          sell_price: "1",
          allocation_version: 1,
          notes: "UNMATCHED: no open lot when it was sold",
          status: "NEEDS INVESTIGATION",
        },
      ]);
    });
  });

  describe("v_allocation_discrepancies", () => {
    const columns = "sell_order_id, symbol, sell_size, allocated_total, discrepancy, status";

    test("is empty for a sound ledger, fees in the base asset and dust included", async () => {
      const { me, raw } = await openLedger();
      await importFills(
        me,
        fills("b buy 2 @ 1 fee 0.01 in AAA", "s sell 1 @ 1 fee 0.5 in AAA", "t sell 0.48 @ 1", "u sell 1 @ 1 fee -0.25 in AAA"),
      );
      await compute(me, { options: { dust: "0.02" } });
      expect(await raw.all("select * from v_allocation_discrepancies")).toEqual([]);
    });

    test("shows a sell whose rows were changed behind td's back, to the last digit", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await raw.run(
        `update fifo_allocations set allocated_size = ${raw.size("9.999999999999999999")} where sell_order_id = 's1' and part = 0`,
      );
      await raw.run(`update fifo_allocations set allocated_size = ${raw.size("9")} where sell_order_id = 's2' and part = 1`);
      await raw.run("delete from fifo_allocations where sell_order_id = 'y'");
      expect(await raw.all(`select ${columns} from v_allocation_discrepancies`)).toEqual([
        ["s1", "AAA-USD", "15", "14.999999999999999999", "0.000000000000000001", "UNDER_ALLOCATED"],
        ["s2", "AAA-USD", "7", "14", "-7", "OVER_ALLOCATED"],
        ["y", "CCC-USD", "3", "0", "3", "UNDER_ALLOCATED"],
      ]);
    });

    test("tells sells that are newer than the ledger from sells that are wrong", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await importFills(me, fills("n sell 2 @ 1 at 90", "m sell 1 @ 1 of NEW-USD"));
      expect(await raw.all(`select ${columns} from v_allocation_discrepancies`)).toEqual([
        ["n", "AAA-USD", "2", "0", "2", "NOT_COMPUTED_YET"],
        ["m", "NEW-USD", "1", "0", "1", "NOT_COMPUTED_YET"],
      ]);
    });

    test("shows rows whose sell is gone", async () => {
      const { me, raw } = await openLedger();
      await importFills(me, BOOK);
      await compute(me);
      await me.fills.delete({ id: "s2" });
      expect(await raw.all(`select ${columns} from v_allocation_discrepancies`)).toEqual([
        ["s2", "AAA-USD", "0", "7", "-7", "OVER_ALLOCATED"],
      ]);
    });
  });

  test("cover all users, each by itself, with the user first", async () => {
    const { storage, me, raw } = await openLedger();
    const bob = storage.forUser("bob");
    await importFills(me, BOOK);
    await importFills(bob, fills("s1 sell 1 @ 1", "b1 buy 4 @ 2"));
    await compute(me);
    await compute(bob);
    for (const view of VIEWS) {
      expect((await raw.columns(`select * from ${view}`))[0]).toBe("user_id");
    }
    expect(await raw.all("select user_id, symbol, total_pnl, unmatched_size from v_pnl_by_symbol")).toEqual([
      ["ann", "AAA-USD", "34.6", "2"],
      ["ann", "CCC-USD", "0", "3"],
      ["bob", "AAA-USD", "0", "1"],
    ]);
    expect(await raw.all("select user_id, sell_order_id from v_unmatched_sells")).toEqual([
      ["ann", "s2"],
      ["ann", "y"],
      ["bob", "s1"],
    ]);
  });
});

const shell = spawnSync("sqlite3", ["--version"], { encoding: "utf8" });
const installed = shell.status === 0;
if (!installed) console.log("no sqlite3 shell on this machine: the case that reads the views in it is skipped");

test.runIf(installed)("read the same in the stock sqlite3 shell", async () => {
  const { me, url, raw } = await openLedgerOn("sqlite");
  const odd: FillInput[] = [
    {
      ...fill("o sell 0.000000000000000001 @ 0.000000000000000003 fee 12345678901234567890.123456789012345678 of ODD-USD"),
      executedAt: "1969-12-31T23:59:59.999999Z",
    },
  ];
  await importFills(me, [...BOOK, ...odd]);
  await compute(me);
  for (const view of VIEWS) {
    const read = spawnSync("sqlite3", ["-json", "-readonly", url.slice(7), `select * from ${view}`], { encoding: "utf8" });
    expect(read.stderr).toBe("");
    expect(JSON.parse(read.stdout || "[]")).toEqual(await objects(raw, view));
  }
  expect(await raw.one("select unmatched_proceeds from v_pnl_by_symbol where symbol = 'ODD-USD'")).toBe(
    "-12345678901234567890.123456789012345677999999999999999997",
  );
});

test("on PostgreSQL the views hold the application's role to the rows of the user it is bound to", async () => {
  const { storage, me, url } = await openLedgerOn("postgres");
  await importFills(me, [...BOOK, fill("n sell 2 @ 1 of NEW-USD at 90")]);
  await compute(me, { symbols: ["AAA-USD", "BBB-USD", "CCC-USD"] });
  await importFills(storage.forUser("bob"), fills("s1 sell 1 @ 1"));
  const app = postgres(url, { max: 1, onnotice: () => undefined, fetch_types: false });
  const rowsSeenBy = (user: string | undefined) =>
    app.begin(async (sql) => {
      if (user !== undefined)
        await sql`select set_config('app.user_id', ${user}, true), set_config('app.user_proof', ${await proofOf(url, user)}, true)`;
      const seen: number[] = [];
      for (const view of VIEWS) seen.push((await sql.unsafe(`select * from ${view}`)).count);
      return seen;
    });
  expect(await rowsSeenBy("ann")).toEqual([2, 2, 1, 1]);
  expect(await rowsSeenBy("bob")).toEqual([0, 0, 0, 1]); // his own sell, not computed yet
  expect(await rowsSeenBy("eve")).toEqual([0, 0, 0, 0]);
  expect(await rowsSeenBy(undefined)).toEqual([0, 0, 0, 0]);
  await app.end();
});
