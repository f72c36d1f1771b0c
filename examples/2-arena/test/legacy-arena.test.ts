import Database from "better-sqlite3";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeLegacyArena } from "../legacy-arena.ts";
import { pairTrades } from "../pairs.ts";
import { orderSchema, tradeOf } from "../orders.ts";
import { survey } from "../survey.ts";
import { tempFolder } from "./workbench.ts";

interface Bot {
  readonly id: string;
  readonly orders?: readonly object[];
}

function stateIn(path: string): { readonly text: string; readonly bots: readonly Bot[] } {
  const database = new Database(path, { readonly: true });
  try {
    const text = database.prepare<[], string>("select state from arena_state").pluck().get() ?? "";
    return { text, bots: (JSON.parse(text) as { readonly bots: readonly Bot[] }).bots };
  } finally {
    database.close();
  }
}

test("a made arena is the same on every machine, 2.7 MB large, and small without its lists", () => {
  const folder = tempFolder();
  const truth = writeLegacyArena(folder, { seed: 1, scale: 1 });
  const { bots } = stateIn(join(folder, "arena.db"));
  expect(truth.bytes).toBeGreaterThan(2_600_000);
  expect(truth.bytes).toBeLessThan(2_800_000);
  const rest = JSON.stringify(bots, (name, value: unknown) => (["orders", "botLogs", "positions"].includes(name) ? [] : value));
  expect(rest.length).toBeLessThan(200_000);
  expect(truth).toMatchSnapshot();
});

test("what was saved last is in the write-ahead log: a copy of the one file lacks it", () => {
  const folder = tempFolder();
  const truth = writeLegacyArena(folder, { seed: 2, scale: 0.05 });
  const path = join(folder, "arena.db");
  copyFileSync(path, join(folder, "copy.db"));
  const orders = (file: string): number => stateIn(join(folder, file)).bots.reduce((sum, bot) => sum + (bot.orders?.length ?? 0), 0);
  expect(orders("copy.db")).toBe(truth.ordersWithoutLog);
  expect(orders("arena.db")).toBe(Object.values(truth.bots).reduce((sum, bot) => sum + bot.ordersInBlob, 0));
  expect(truth.ordersWithoutLog).toBeLessThan(orders("arena.db"));
});

test("its survey finds every owner, or nobody, and the writer of the last save", () => {
  for (const updatedAt of ["milliseconds", "ISO text", "SQL text, UTC"] as const) {
    const folder = tempFolder();
    const truth = writeLegacyArena(folder, { seed: 3, scale: 0.05, updatedAt });
    const found = survey(join(folder, "arena.db"));
    expect(found.updatedAt).toEqual({ at: "2025-12-16T03:33:20.000000Z", form: updatedAt });
    for (const { id, userId, lists } of found.bots) {
      expect(userId).toBe(truth.bots[id]?.userId ?? "arena-unclaimed");
      expect([lists.orders ?? 0, lists.botLogs ?? 0]).toEqual([truth.bots[id]?.ordersInBlob, truth.bots[id]?.logsInBlob]);
    }
    expect(found.bots.filter(({ ownerFrom }) => ownerFrom !== "blob").map(({ id, ownerFrom }) => [id, ownerFrom])).toEqual([
      ["bot_fox", "bots table"],
      ["bot_golf", "nobody"],
    ]);
  }
});

test("pairs of orders are found as they were made, also where the list was cut off", () => {
  const folder = tempFolder();
  const truth = writeLegacyArena(folder, { seed: 4, scale: 0.5 });
  for (const bot of stateIn(join(folder, "arena.db")).bots.filter(({ id }) => id !== "bot_delta")) {
    const texts = (bot.orders ?? []).map(
      (order) => JSON.parse(JSON.stringify(order), (_, value: unknown) => (typeof value === "number" ? String(value) : value)) as object,
    );
    const read = texts.map((order) => orderSchema.safeParse(order)).flatMap(({ data }) => (data === undefined ? [] : [tradeOf(data)]));
    const once = [...new Map(read.toReversed().map((trade) => [trade.id, trade])).values()];
    const { closed, loneCloses } = pairTrades(once, []);
    const known = truth.bots[bot.id];
    expect([bot.id, closed.length, loneCloses.length]).toEqual([
      bot.id,
      known?.closedPositions,
      (known?.closes ?? 0) - (known?.closedPositions ?? 0),
    ]);
  }
});
