import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectDigest } from "../src/index.ts";
import type { AnyTable, Scope } from "../src/index.ts";
import { layoutOf } from "../src/internal.ts";
import type { LayoutColumn } from "../src/internal.ts";
import { userTables } from "../src/tables/user-tables.ts";
import { decimalTexts, describeStorage, failure, openTemp, runs } from "./support.ts";

type Row = Readonly<Record<string, unknown>>;

const DAYS = fc.date({ min: new Date("1990-01-01"), max: new Date("2090-01-01"), noInvalidDate: true }).map((date) => date.toISOString());

/** A value that a column takes. References point at the one bot there is; keys have few values, so that rows meet. */
function valueOf(table: AnyTable, { property, definition }: LayoutColumn): fc.Arbitrary<unknown> {
  if (property === "botId") return definition.nullable ? fc.constantFrom("b1", null) : fc.constant("b1");
  if (property === "day") return DAYS.map((date) => date.slice(0, 10));
  const values = kindOf(table, property, definition);
  return definition.nullable ? fc.option(values) : values;
}

function kindOf(table: AnyTable, property: string, definition: LayoutColumn["definition"]): fc.Arbitrary<unknown> {
  switch (definition.kind) {
    case "text":
      return table.primaryKey.includes(property)
        ? fc.string({ minLength: 1, maxLength: 3 })
        : fc.string({ unit: "grapheme", maxLength: 20 });
    case "oneOf":
      return fc.constantFrom(...definition.values);
    case "decimal":
      return decimalTexts(definition.precision - definition.scale, definition.scale);
    case "instant":
      return DAYS.map((date) => date.replace("Z", "123Z"));
    case "int":
      return fc.integer({ min: 0 });
    case "bool":
      return fc.boolean();
    case "json":
      return fc.jsonValue();
  }
}

function rowOf(table: AnyTable): fc.Arbitrary<Row> {
  return fc.record(Object.fromEntries(layoutOf(table).given.map((column) => [column.property, valueOf(table, column)])));
}

async function scopeWithBot(storage: Promise<{ forUser(id: string): Scope }>, user: string): Promise<Scope> {
  const me = (await storage).forUser(user);
  await me.bots.importMany([{ id: "b1", name: "one" }]);
  return me;
}

describe("the tables of the stories", () => {
  it.each(["sqlite", "postgres"] as const)("have the SQL that is on record for %s", async (engine) => {
    const sql = userTables.flatMap((table) => table.ddl(engine)).join(";\n\n");
    await expect(`${sql};\n`).toMatchFileSnapshot(`golden/story-tables.${engine}.sql`);
  });

  it("begin every key, index and reference with the user", () => {
    for (const table of userTables as readonly AnyTable[]) {
      const keys = [table.primaryKey, ...Object.values(table.indexes), ...Object.values(table.unique)];
      for (const key of [...keys, ...table.foreignKeys.flatMap(({ columns, to }) => [columns, to])]) expect(key[0]).toBe("userId");
    }
  });

  it("are created after those they refer to", () => {
    const names: readonly string[] = userTables.map(({ name }) => name);
    for (const { name, foreignKeys } of userTables as readonly AnyTable[]) {
      for (const { references } of foreignKeys) expect(names.indexOf(references)).toBeLessThan(names.indexOf(name));
    }
  });
});

describeStorage("the tables of the stories", (kind) => {
  const shared = openTemp(kind, { tables: [] });
  let users = 0;

  for (const table of userTables as readonly AnyTable[]) {
    test.prop([fc.array(rowOf(table), { minLength: 1, maxLength: 6 })], runs(4))(
      `keep every row of ${table.name} to the last digit, or refuse it by a named condition`,
      async (given) => {
        const user = `user ${users++}`;
        const me = await scopeWithBot(shared, user);
        const rows = me.table(table);
        const { conflicts, rejected } = await rows.importMany(given);
        for (const { issues } of rejected) {
          expect(issues).toMatchObject([{ issue: "constraint-failed" }]);
          expect(issues[0]?.constraint).toMatch(kind === "postgres" ? new RegExp(`^${table.name}_`) : /./);
        }
        const kept = new Map<string, Row>();
        const refused = new Set<unknown>(rejected.map(({ row }) => row));
        if (table.name === "bots") kept.set(JSON.stringify(["b1"]), { id: "b1", name: "one" });
        for (const row of given) {
          const key = JSON.stringify(table.primaryKey.slice(1).map((property) => row[property]));
          if (!refused.has(row) && !kept.has(key)) kept.set(key, row);
        }
        expect(conflicts.length).toBeLessThan(given.length);
        const collector = collectDigest(table.name);
        for (const row of kept.values()) collector.add(table.canonical({ ...row, userId: user }));
        const { tables } = await me.digest();
        expect(tables.find((digest) => digest.table === table.name)).toEqual(collector.result());
      },
    );
  }
});

describeStorage("a story's table", (kind) => {
  const shared = openTemp(kind, { tables: [] });
  const at = "2025-03-01T10:00:00.123456Z";
  const trade = {
    id: "t",
    botId: "b1",
    symbol: "BTCUSDT",
    tradeType: "LONG",
    action: "OPEN",
    entryPrice: "100000.1",
    size: "500",
    leverage: "2.5",
    pnl: "-15",
    fee: "15",
    executedAt: at,
  } as const;

  it("takes what a double computes, noise and all", async () => {
    const me = await scopeWithBot(shared, "noise");
    const stored = await me.trades.insert({ ...trade, pnl: "5.551115123125783e-17", size: "66666.73333333334" });
    expect([stored.pnl.toFixed(), stored.size.toFixed()]).toEqual(["0.00000000000000005551115123125783", "66666.73333333334"]);
  });

  it("holds an opening trade without and a closing one with a price of its exit", async () => {
    const me = await scopeWithBot(shared, "exits");
    const opening = await failure(me.trades.insert({ ...trade, exitPrice: "0" }), "constraint-failed");
    expect(opening.facts["constraint"]).toBe("trades_open_without_exit");
    const closing = await failure(me.trades.insert({ ...trade, action: "CLOSE" }), "constraint-failed");
    expect(closing.facts["constraint"]).toBe("trades_close_with_exit");
    expect((await me.trades.insert({ ...trade, action: "CLOSE", exitPrice: "0" })).exitPrice?.toFixed()).toBe("0");
  });

  it("ties trades, positions, decisions and snapshots to a bot of the same user, and keeps a bot that has any", async () => {
    const [me, other] = [await scopeWithBot(shared, "tied"), (await shared).forUser("stranger")];
    const rows = [
      () => other.trades.insert(trade),
      () => other.positions.insert({ id: "p", botId: "b1", symbol: "X", size: "1" }),
      () => other.decisions.insert({ botId: "b1", at, prompt: "", decisions: [], succeeded: true }),
      () => other.snapshots.insert({ botId: "b1", at, totalValue: "1" }),
    ];
    for (const insert of rows) await failure(insert(), "constraint-failed");
    await me.trades.insert(trade);
    await failure(me.bots.delete({ id: "b1" }), "constraint-failed");
    await me.trades.delete({ id: "t" });
    expect(await me.bots.delete({ id: "b1" })).toBe(true);
  });

  it.each([
    ["2025-02-28", true],
    ["2025-2-28", false],
    ["28-02-2025", false],
    ["2025-02-28 ", false],
    ["", false],
  ])("knows whether %o is a day", async (day, good) => {
    const me = (await shared).forUser(`day ${day}`);
    expect(await me.pnlDaily.importMany([{ day }])).toMatchObject({
      written: good ? 1 : 0,
      rejected: good ? [] : [{ issues: [{ constraint: "pnl_daily_day_form" }] }],
    });
  });

  it("needs no row of the user: what is known of one is one row under the empty key", async () => {
    const me = (await shared).forUser("profile");
    expect(await me.profile.get({})).toBeNull();
    expect(await me.profile.insert({ zone: "Asia/Kolkata" })).toMatchObject({
      role: "user",
      mode: "paper",
      zone: "Asia/Kolkata",
      revision: 1,
    });
    await failure(me.profile.insert({}), "already-exists");
    expect(await me.profile.update({}, { mode: "broker" }, { ifRevision: 1 })).toMatchObject({ mode: "broker", revision: 2 });
    expect((await me.profile.page({ limit: 1 })).next).toBeNull();
    const chunks: unknown[] = [];
    for await (const chunk of me.profile.stream({ chunk: 1 })) chunks.push(...chunk);
    expect(chunks).toHaveLength(1);
  });

  it("counts updates in a revision that is no part of the content", async () => {
    const me = (await shared).forUser("revision");
    const order = { id: "o", symbol: "AAA", side: "buy", orderType: "market", quantity: "10", status: "pending", placedAt: at } as const;
    await me.orders.insert(order);
    await me.orders.update({ id: "o" }, { status: "closed" });
    await me.orders.update({ id: "o" }, { status: "pending" });
    expect(await me.orders.get({ id: "o" })).toMatchObject({ revision: 3 });
    expect(await me.orders.importMany([order])).toMatchObject({ identical: 1 });
  });
});
