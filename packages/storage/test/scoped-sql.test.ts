// Raw SQL in a user's scope: it sees that user's rows alone on both engines, and a write of another user's row is stopped by the database.
import Database from "better-sqlite3";
import { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import type { Scope, Storage } from "../src/index.ts";
import { run } from "../src/internal.ts";
import { atEnd } from "./at-end.ts";
import { describeStorage, failure, fill, openTemp, samples } from "./support.ts";

async function twoUsers(storage: Storage): Promise<{ readonly ann: Scope; readonly bob: Scope }> {
  const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
  await ann.fills.importMany([fill("1", { price: "9.5" }), fill("2", { price: "100" })]);
  await bob.fills.importMany([fill("1"), fill("secret")]);
  await ann.table(samples).insert({ id: "a", extra: { b: 1 }, live: false });
  return { ann, bob };
}

describeStorage("me.sql", (kind) => {
  const place = kind === "postgres" ? "$1" : "?";

  it("sees and counts the user's rows alone, in tables, joins, subqueries and views", async () => {
    const { ann, bob } = await twoUsers(await openTemp(kind));
    const ids = async (me: Scope): Promise<unknown> => (await me.sql("select id from fills order by id")).map(({ id }) => id);
    expect([await ids(ann), await ids(bob)]).toEqual([
      ["1", "2"],
      ["1", "secret"],
    ]);
    expect(await ann.sql(`select count(*) as n from fills where user_id = ${place}`, ["bob"])).toEqual([{ n: 0 }]);
    expect(await ann.sql("select count(*) as n from fills a join fills b on a.user_id <> b.user_id")).toEqual([{ n: 0 }]);
    expect(await ann.sql("with f as (select * from fills) select (select count(*) from f) as n")).toEqual([{ n: 2 }]);
    expect(await ann.sql("select distinct user_id from v_allocation_discrepancies")).toEqual([]);
    expect(await ann.sql("select count(*) as n from users")).toEqual([{ n: 0 }]);
  });

  it("reads decimals, instants, flags and JSON as a repository does, and sorts decimals as numbers", async () => {
    const { ann } = await twoUsers(await openTemp(kind));
    const rows = await ann.sql("select price as p, executed_at, quantity from fills order by price desc");
    const at = "2025-03-01T10:00:00.123456Z";
    expect(JSON.parse(JSON.stringify(rows))).toEqual([
      { p: "100", executed_at: at, quantity: "1.5" },
      { p: "9.5", executed_at: at, quantity: "1.5" },
    ]);
    expect(rows[0]?.["p"]).toBeInstanceOf(Decimal);
    expect(await ann.sql("select live, extra, stop from samples")).toEqual([{ live: false, extra: { b: 1 }, stop: null }]);
  });

  it("inside a transaction sees what that has written, and the transaction goes on, after a refused one too", async () => {
    const { ann, bob } = await twoUsers(await openTemp(kind));
    await ann.transaction(async (tx) => {
      await tx.fills.insert(fill("3"));
      expect(await tx.sql("select count(*) as n from fills")).toEqual([{ n: 3 }]);
      await tx.sql("select nothing from nowhere").catch(() => undefined);
      expect(await ann.sql("select count(*) as n from fills")).toEqual([{ n: 3 }]);
      await tx.fills.insert(fill("4"));
    });
    expect(await ann.fills.count()).toBe(4);
    expect(await bob.sql("select count(*) as n from fills")).toEqual([{ n: 2 }]);
  });

  it.each([
    "delete from fills",
    "update fills set price = price",
    "with x as (select 1) insert into fills select * from fills",
    "with x as (delete from fills returning 1) select * from x",
    "create table x (a text)",
    "drop view fills",
    "pragma table_info(fills)",
    "attach 'td.db' as x",
    "explain select 1",
    "",
    "begin",
    "select 1; delete from fills",
  ])("runs nothing but one statement that reads: %s", async (statement) => {
    const { ann } = await twoUsers(await openTemp(kind));
    const before = await ann.digest();
    await expect(ann.sql(statement)).rejects.toMatchObject({ name: expect.stringMatching(/StorageError|RangeError/) });
    expect(await ann.digest()).toEqual(before);
    expect(await ann.fills.count()).toBe(2);
  });
});

describe("SQL that would reach around", () => {
  it.each([
    "select * from main.fills",
    "select * from MAIN . fills",
    'select * from "main".fills',
    "select * from [main].fills",
    "select * from `main`.fills",
    "select * from 'main'.fills",
    "select * from /* x */ main -- y\n . fills",
    "select * from temp.fills",
    "select * from sqlite_schema",
    "select * from 'sqlite_temp_schema'",
    "select * from sqlite_stat4",
    "select * from pragma_table_info('fills')",
    "select * from dbstat",
  ])("is refused on SQLite: %s", async (statement) => {
    const { ann } = await twoUsers(await openTemp("file"));
    await failure(ann.sql(statement), "not-allowed");
  });

  it("finds nothing in tables that td does not know, also when they come later", async () => {
    const storage = await openTemp("file");
    const { ann } = await twoUsers(storage);
    expect(await ann.sql("select name from td_schema")).toEqual([]);
    const raw = new Database(storage.path);
    atEnd(() => void raw.close());
    raw.exec("create table late (user_id text, note text); insert into late values ('ann', 'mine'), ('bob', 'theirs')");
    raw.exec("create table secrets (note text); insert into secrets values ('of all')");
    expect(await ann.sql("select note from late")).toEqual([{ note: "mine" }]);
    expect(await ann.sql("select note from secrets")).toEqual([]);
  });
});

describe.each(["file", "memory"] as const)("a write of another user's row on SQLite (%s)", (kind) => {
  it.each([
    "insert into fills select 'bob', 'new', account, order_id, symbol, side, quantity, price, gross, fee, fee_currency, fee_in_quote, executed_at, sequence, source, attributes, 9 from fills limit 1",
    "update fills set user_id = 'bob' where id = '2'",
    "update fills set source = 'x'",
    "delete from fills",
    "delete from fills where user_id = 'bob'",
    "update td_counters set value = 0",
  ])("aborts in the database, and nothing of it is kept: %s", async (statement) => {
    const storage = await openTemp(kind);
    const { ann } = await twoUsers(storage);
    const before = await storage.digest();
    const error = await failure(run(ann, statement), "not-allowed");
    expect(error.retryable).toBe(false);
    expect(await storage.digest()).toEqual(before);
    expect(await run(ann, "delete from fills where user_id = 'ann' and id = '2'")).toBe(1);
  });
});
