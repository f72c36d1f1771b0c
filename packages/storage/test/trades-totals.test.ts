// What closes come to is kept in sums: those that are there equal their rows, whatever became of these and whoever wrote them.
import { test } from "@fast-check/vitest";
import Database from "better-sqlite3";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openStorage } from "../src/index.ts";
import type { Scope, Storage, TradeInput, TradeRow } from "../src/index.ts";
import { systemEngineOf } from "../src/bulk/bulk-of.ts";
import { sumCloses } from "../src/stats/sum-closes.ts";
import { tradesTotals } from "../src/tables/trades-totals.ts";
import { atEnd } from "./at-end.ts";
import { execute, ownerUrl, postgresDatabase, systemUrl } from "./postgres-support.ts";
import { describeStorage, openTemp, runs, tempFolder } from "./support.ts";

const Exact = Decimal.clone({ precision: 150, defaults: true });
const START = Date.parse("2025-03-01T00:00:00Z");
const OPENING = { actor: "test", action: "leaderboard", reason: "test" };
const atOf = (minute: number): string => new Date(START + minute * 60_000).toISOString().replace("Z", "123Z");

const moments = fc.nat(30).map(atOf);
const pnls = fc.constantFrom("0", "1.5", "-1.5", "0.000000000000000000000000000000000001", `-${"9".repeat(40)}`, "12");
const trade = fc.record({
  id: fc.nat(40).map(String),
  symbol: fc.constantFrom("X", "Y"),
  action: fc.constantFrom("CLOSE" as const, "CLOSE" as const, "OPEN" as const),
  pnl: pnls,
  executedAt: moments,
});
const user = fc.constantFrom("ann", "bob");
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant("import" as const), user, rows: fc.array(trade, { minLength: 1, maxLength: 15 }) }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("sum" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant("update" as const), user, id: fc.nat(40).map(String), pnl: pnls, executedAt: moments }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant("delete" as const), user, ids: fc.array(fc.nat(40).map(String), { maxLength: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("undone" as const), user, row: trade }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("reassign" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const inputOf = ({ action, ...row }: Omit<TradeInput, "tradeType" | "entryPrice" | "size">): TradeInput => ({
  ...row,
  action,
  tradeType: "LONG",
  entryPrice: "1",
  size: "1",
  ...(action === "CLOSE" ? { exitPrice: "1" } : {}),
});

async function closesOf(me: Scope): Promise<readonly TradeRow[]> {
  const rows: TradeRow[] = [];
  for await (const chunk of me.trades.stream()) rows.push(...chunk.filter(({ action }) => action === "CLOSE"));
  return rows;
}

function sumOf(closes: readonly TradeRow[]): readonly unknown[] {
  const pnl = closes.reduce((total, row) => total.plus(row.pnl), new Exact(0));
  return [closes.length, closes.filter((row) => row.pnl.gt(0)).length, closes.filter((row) => row.pnl.lt(0)).length, pnl.toFixed()];
}

/** The totals that are there, each against its rows; how many there are. */
async function checkTotals(storage: Storage, names: readonly string[]): Promise<number> {
  let count = 0;
  for (const name of names) {
    const me = storage.forUser(name);
    const closes = await closesOf(me);
    let before = "";
    for await (const rows of me.table(tradesTotals).stream()) {
      for (const { firstAt, lastAt, closes: within, wins, losses, pnl } of rows) {
        expect([firstAt > before, firstAt <= lastAt]).toEqual([true, true]);
        const own = closes.filter(({ executedAt }) => executedAt >= firstAt && executedAt <= lastAt);
        expect([within, wins, losses, pnl.toFixed()]).toEqual(sumOf(own));
        before = lastAt;
        count++;
      }
    }
  }
  return count;
}

async function checkLeaderboard(
  storage: Storage,
  names: readonly string[],
  request: { symbol?: string; since?: string; until?: string },
): Promise<void> {
  const system = await storage.system.open(OPENING);
  const wanted: [string, readonly unknown[]][] = [];
  for (const name of names) {
    const closes = (await closesOf(storage.forUser(name))).filter(
      ({ symbol, executedAt }) =>
        (request.symbol ?? symbol) === symbol && executedAt >= (request.since ?? "") && executedAt < (request.until ?? "9"),
    );
    if (closes.length > 0) wanted.push([name, sumOf(closes)]);
  }
  const found = await system.leaderboard({ ...request, limit: 1000 });
  const board = new Map(found.map((row) => [row.userId, [row.closes, row.wins, row.losses, row.pnl.toFixed()]]));
  for (const [name, sum] of wanted) expect([name, board.get(name)]).toEqual([name, sum]);
  expect(found.filter(({ userId }) => names.includes(userId))).toHaveLength(wanted.length);
}

describeStorage("the totals of trades", (kind) => {
  const shared = openTemp(kind, { tables: [] });
  let histories = 0;

  test.prop(
    [fc.array(trade, { minLength: 12, maxLength: 15 }), fc.array(step, { minLength: 8, maxLength: 12 }), moments, moments],
    runs(kind === "postgres" ? 6 : 12),
  )("equal their rows after any history, and so does the leaderboard", async (rows, steps, one, other) => {
    const storage = await shared;
    const history = histories++;
    const nameOf = (name: string): string => `${name} ${history}`;
    const names = [nameOf("ann"), nameOf("bob")];
    for (const name of names) await storage.forUser(name).trades.importMany(rows.map(inputOf));
    for (const each of [{ what: "sum" } as const, ...steps]) {
      await take(storage, each, nameOf);
      await checkTotals(storage, names);
    }
    await sumCloses(systemEngineOf(storage), 3);
    await checkTotals(storage, names);
    const [since = one, until = other] = [one, other].toSorted();
    for (const request of [{}, { since }, { until }, { since, until }, { symbol: "X", since }])
      await checkLeaderboard(storage, names, request);
  });

  it("are many for many closes, those of one moment in one, and are made once", async () => {
    const storage = await openTemp(kind, { tables: [] });
    const me = storage.forUser("ann");
    const rows = Array.from({ length: 1500 }, (_, at) => ({
      id: `${at}`,
      symbol: "X",
      action: "CLOSE" as const,
      pnl: `${at % 7}`,
      executedAt: atOf(at < 700 ? 5 : at),
    }));
    await me.trades.importMany(rows.map(inputOf));
    expect(await storage.maintain()).toMatchObject({ closes: 1500 });
    expect(await checkTotals(storage, ["ann"])).toBe(5);
    expect(await storage.maintain()).toMatchObject({ closes: 0 });
    expect(await sumCloses(systemEngineOf(storage), 4)).toBe(0);
    expect(await checkTotals(storage, ["ann"])).toBe(5);
    await me.trades.update({ id: "1200" }, { pnl: "-1" });
    await me.trades.update({ id: "1200" }, { reason: "said later" });
    expect(await checkTotals(storage, ["ann"])).toBe(4);
    await checkLeaderboard(storage, ["ann"], {});
    // Moved from one stretch to another, both of which go.
    await me.trades.update({ id: "900" }, { executedAt: atOf(1490) });
    expect(await checkTotals(storage, ["ann"])).toBe(2);
    await sumCloses(systemEngineOf(storage), 2);
    expect(await checkTotals(storage, ["ann"])).toBeGreaterThan(64);
    await checkLeaderboard(storage, ["ann"], { since: atOf(800), until: atOf(1300) });
    // More than one transaction's, in the place of all.
    await me.trades.deleteMany(rows.slice(0, 1400).map(({ id }) => ({ id })));
    await me.trades.importMany(rows.map(inputOf));
    expect(await sumCloses(systemEngineOf(storage), 2)).toBeGreaterThanOrEqual(1400);
    await checkTotals(storage, ["ann"]);
    await checkLeaderboard(storage, ["ann"], {});
  });
});

async function take(storage: Storage, each: Step, nameOf: (name: string) => string): Promise<void> {
  if (each.what === "sum") await sumCloses(systemEngineOf(storage), 3);
  else if (each.what === "reassign") await (await storage.system.open(OPENING)).reassign({ from: nameOf("ann"), to: nameOf("bob") });
  else {
    const me = storage.forUser(nameOf(each.user));
    const { trades } = me;
    if (each.what === "import") await trades.importMany(each.rows.map(inputOf));
    else if (each.what === "update") await trades.update({ id: each.id }, { pnl: each.pnl, executedAt: each.executedAt });
    else if (each.what === "delete") await trades.deleteMany(each.ids.map((id) => ({ id })));
    else
      await me
        .transaction(async (tx) => {
          await tx.trades.importMany([inputOf({ ...each.row, id: `undone ${each.row.id}` })]);
          throw new Error("undone");
        })
        .catch((error: unknown) => expect(String(error)).toContain("undone"));
  }
}

const CLOSES = [1, 2, 3].map((minute) =>
  inputOf({ id: `${minute}`, symbol: "X", action: "CLOSE", pnl: `${minute}`, executedAt: atOf(minute) }),
);

describe("totals of trades that others write", () => {
  it("on SQLite go with what any tool changes or deletes, and with what it inserts when they are next made", async () => {
    const file = `${tempFolder()}/td.db`;
    const storage = await openStorage(`sqlite:${file}`, { durability: "normal" });
    atEnd(() => storage.close());
    await storage.forUser("ann").trades.importMany(CLOSES);
    for (const sql of ["update trades set pnl = '1' || substr(pnl, 2) where id = '2'", "delete from trades where id = '1'"]) {
      await storage.maintain();
      expect(await checkTotals(storage, ["ann"])).toBe(1);
      const other = new Database(file);
      other.exec(sql);
      other.close();
      expect(await checkTotals(storage, ["ann"])).toBe(0);
    }
    await storage.maintain();
    const other = new Database(file);
    other.exec(
      "create temp table one as select * from trades where id = '3'; update one set id = '9'; insert into trades select * from one",
    );
    await storage.maintain();
    expect(await checkTotals(storage, ["ann"])).toBe(1);
    await checkLeaderboard(storage, ["ann"], {});
    other.exec("drop trigger trades_totals_update");
    other.close();
    expect(await storage.maintain()).toMatchObject({ closes: 0 });
  });

  it("on PostgreSQL go with the owner's change, also one of many users and one under way while they are made", async () => {
    const url = await postgresDatabase([]);
    const storage = await openStorage(url, { systemUrl: systemUrl(url) });
    atEnd(() => storage.close());
    const owner = ownerUrl(url);
    const users = Array.from({ length: 102 }, (_, at) => `u${at}`);
    for (const name of users) await storage.forUser(name).trades.importMany(CLOSES);
    expect(await sumCloses(systemEngineOf(storage))).toBe(306);
    await execute(owner, "update trades set pnl = 4 where id = '2' and user_id = 'u1'");
    expect(await checkTotals(storage, users)).toBe(101);
    await execute(owner, "begin", "update trades set pnl = 5 where id = '3'", "select pg_sleep(0)", "commit");
    expect(await checkTotals(storage, users)).toBe(0);
    await sumCloses(systemEngineOf(storage));
    await execute(owner, "truncate trades");
    expect(await checkTotals(storage, ["u1"])).toBe(0);
    await storage.forUser("u1").trades.importMany(CLOSES);
    // The owner's change is not committed when adding up begins: it waits for it.
    const [changed] = await Promise.all([
      execute(owner, "begin", "update trades set pnl = 6", "select pg_sleep(0.3)", "commit", "select 1"),
      execute(owner, "select pg_sleep(0.1)").then(() => sumCloses(systemEngineOf(storage))),
    ]);
    expect(changed).toHaveLength(1);
    await checkTotals(storage, ["u1"]);
    await checkLeaderboard(storage, ["u1"], {});
  });
});
