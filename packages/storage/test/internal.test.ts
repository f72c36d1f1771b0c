// What td's own packages use: statements and stored rows inside a scope, the same on every engine.
import { describe, expect, test } from "vitest";
import { all, read, run, streamStored, write } from "../src/internal.ts";
import { describeStorage, failure, fill, openTemp, samples } from "./support.ts";

describeStorage("statements in a scope", (kind) => {
  test("change rows and read them, inside a transaction and outside", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.fills.importMany([fill("a"), fill("b")]);
    expect(await run(me, "update fills set source = ? where user_id = ? and id = ?", ["by hand", "ann", "a"])).toBe(1);
    expect(await all(me, "select id, source from fills where user_id = ? order by id", ["ann"])).toEqual([
      ["a", "by hand"],
      ["b", "test"],
    ]);
    const undone = me.transaction(async (tx) => {
      expect(await run(tx, "delete from fills where user_id = ?", ["ann"])).toBe(2);
      expect(await all(tx, "select id from fills where user_id = ?", ["ann"])).toEqual([]);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await me.fills.count()).toBe(2);
  });

  test("give rows in one stored form, in arrays", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.table(samples).importMany([
      { id: "a", price: "1.5", at: "2025-03-01T10:00:00.123456Z", extra: { b: 1, a: [true] } },
      { id: "b", live: false },
    ]);
    const rows: unknown[] = [];
    for await (const chunk of streamStored(me, samples, { chunk: 1 })) rows.push(...chunk.map((row) => row.slice(0, 14)));
    expect(rows).toMatchObject([
      [
        "ann",
        "a",
        null,
        "buy",
        "100000000000150000000",
        null,
        null,
        1740823200123456,
        null,
        0,
        1,
        '{"a":[true],"b":1}',
        1735689600000000,
        1,
      ],
      ["ann", "b", null, "buy", "100000000000000000000", null, null, 1735689600000000, null, 0, 0, null, 1735689600000000, 1],
    ]);
  });
});

describe("synchronous work", () => {
  test("runs on SQLite", async () => {
    const me = (await openTemp("memory")).forUser("ann");
    expect(await write(me, (connection) => connection.run("delete from fills where user_id = 'ann'"))).toBe(0);
    expect(await read(me, (connection) => connection.all("select 1"))).toEqual([[1]]);
  });

  test("is refused on PostgreSQL, where nothing is", async () => {
    const me = (await openTemp("postgres")).forUser("ann");
    await failure((async () => write(me, () => 1))(), "engine-not-available");
    await failure((async () => read(me, () => 1))(), "engine-not-available");
  });
});
