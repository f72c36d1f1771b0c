import { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import { c, defineTable, openStorage } from "../src/index.ts";
import type { WhereOf } from "../src/index.ts";
import { all } from "../src/internal.ts";
import { describeStorage, failure, fill, openTemp, samples } from "./support.ts";

describeStorage("a repository", (kind) => {
  it("inserts a row, returns it as stored, and finds it by key", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    const stored = await me.fills.insert(fill("a", { fee: "-0.5", attributes: { z: 1, a: "x" } }));
    expect(stored).toEqual({
      userId: "ann",
      id: "a",
      account: "",
      orderId: null,
      symbol: "BTC-USD",
      side: "buy",
      quantity: new Decimal("1.5"),
      price: new Decimal("100.25"),
      gross: null,
      fee: new Decimal("-0.5"),
      feeCurrency: null,
      feeInQuote: null,
      executedAt: "2025-03-01T10:00:00.123456Z",
      sequence: null,
      source: "test",
      attributes: { a: "x", z: 1 },
      ingestSeq: 1,
    });
    expect(await me.fills.get({ id: "a" })).toEqual(stored);
    expect(await me.fills.get({ id: "b" })).toBeNull();
  });

  it("refuses a second row under the same key and keeps the first", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.fills.insert(fill("a"));
    await failure(me.fills.insert(fill("a", { price: "7" })), "already-exists");
    expect((await me.fills.get({ id: "a" }))?.price.toFixed()).toBe("100.25");
  });

  it("names the condition that a row breaks", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    const error = await failure(me.fills.insert(fill("a", { quantity: "0" })), "constraint-failed");
    expect(error.facts["constraint"]).toBe("fills_quantity_positive");
    expect(await me.fills.count()).toBe(0);
  });

  it("reaches the rows of its own user only", async () => {
    const storage = await openTemp(kind);
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    await ann.fills.insert(fill("1"));
    await bob.fills.insert(fill("1", { price: "7" }));
    expect((await ann.fills.get({ id: "1" }))?.price.toFixed()).toBe("100.25");
    expect(await ann.fills.update({ id: "1" }, { price: "8" })).toMatchObject({ userId: "ann" });
    expect((await bob.fills.get({ id: "1" }))?.price.toFixed()).toBe("7");
    expect(await ann.fills.delete({ id: "1" })).toBe(true);
    expect([await ann.fills.count(), await bob.fills.count()]).toEqual([0, 1]);
    expect((await ann.fills.page()).rows).toEqual([]);
    expect(await ann.fills.delete({ id: "1" })).toBe(false);
  });

  it("deletes rows of its own user by their keys, all or none, and says which were there", async () => {
    const key = { userId: c.text(), id: c.text(), at: c.instant(), amount: c.decimal(20, 4) };
    const places = defineTable("places", key, { primaryKey: ["userId", "id", "at", "amount"] });
    const storage = await openTemp(kind, { tables: [places] });
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    const row = (id: string, amount = "1.5") => ({ id, at: "2025-03-01T10:00:00.123456Z", amount });
    for (const me of [ann, bob]) await me.table(places).importMany([row("a"), row('"}, {'), row("a", "2"), row("stays")]);
    expect(await ann.table(places).deleteMany([row("a", "1.5000"), row("nowhere"), row('"}, {'), row("a", "3")])).toEqual([
      row("a", "1.5000"),
      row('"}, {'),
    ]);
    expect([await ann.table(places).count(), await bob.table(places).count()]).toEqual([2, 4]);
    expect(await ann.table(places).deleteMany([])).toEqual([]);
    await failure(ann.table(places).deleteMany([row("stays"), row("a", "none")]), "value-rejected");
    expect(await ann.table(places).count()).toBe(2);
  });

  it("updates the named columns, counts the revision up and refuses a stale one", async () => {
    const rows = (await openTemp(kind)).forUser("ann").table(samples);
    await rows.insert({ id: "a", price: "1", label: "x" });
    expect(await rows.update({ id: "a" }, { price: "2.50", label: null }, { ifRevision: 1 })).toMatchObject({
      label: null,
      revision: 2,
      count: 0,
    });
    const error = await failure(rows.update({ id: "a" }, { price: "3" }, { ifRevision: 1 }), "revision-conflict");
    expect(error.facts).toMatchObject({ expected: 1, actual: 2 });
    expect((await rows.get({ id: "a" }))?.price.toFixed()).toBe("2.5");
    expect(await rows.update({ id: "gone" }, { price: "3" })).toBeNull();
  });

  it("refuses changes to the key, the user, the revision, the sequence and unknown columns, and a revision where there is none", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    const rows = me.table(samples);
    await rows.insert({ id: "a" });
    for (const change of [
      { id: "b" },
      { userId: "bob" },
      { revision: 9 },
      { seq: 9 },
      { nothing: 1 },
      { price: undefined },
      { price: 1.5 },
      { count: null },
    ]) {
      await failure(rows.update({ id: "a" }, change as unknown as { readonly count: number }), "value-rejected");
    }
    await me.fills.insert(fill("a"));
    await failure(me.fills.update({ id: "a" }, {}, { ifRevision: 1 }), "bad-request");
  });

  it("gives a changed row a new number of its sequence and never gives a number twice, not even after deletes", async () => {
    const storage = await openTemp(kind);
    const me = storage.forUser("ann");
    await me.fills.importMany([fill("a"), fill("b"), fill("a"), fill("c", { quantity: "0" }), fill("d")]);
    const numbers = async (): Promise<readonly number[]> => (await me.fills.page()).rows.map(({ ingestSeq }) => ingestSeq);
    expect(await numbers()).toEqual([1, 2, 3]);
    await me.fills.update({ id: "a" }, { price: "3" });
    expect(await numbers()).toEqual([4, 2, 3]);
    for (const id of ["a", "b", "d"]) await me.fills.delete({ id });
    await me.fills.insert(fill("e"));
    expect(await numbers()).toEqual([5]);
    expect((await storage.forUser("bob").fills.insert(fill("e"))).ingestSeq).toBe(1);
  });

  it("counts and finds by every operator", async () => {
    const rows = (await openTemp(kind)).forUser("ann").table(samples);
    const prices = ["0", "0.00000001", "9.5", "10", "100.0"];
    await rows.importMany(
      prices.map((price, at) => ({
        id: `${at}`,
        price,
        label: at === 0 ? null : `l${at}`,
        count: at,
        live: at % 2 === 0,
        until: at === 4 ? new Date("2026-01-01T00:00:00Z") : null,
      })),
    );
    const ids = async (where: WhereOf<typeof samples>): Promise<string> => (await rows.page({ where })).rows.map(({ id }) => id).join("");
    expect(await ids({ price: { gt: "9.5" } })).toBe("34");
    expect(await ids({ price: { gte: new Decimal("9.50"), lt: "100" } })).toBe("23");
    expect(await ids({ price: "10.00" })).toBe("3");
    expect(await ids({ price: { lte: "0.00000001", ne: "0" } })).toBe("1");
    expect(await ids({ label: null })).toBe("0");
    expect(await ids({ label: { ne: null } })).toBe("1234");
    expect(await ids({ label: { ne: "l1" } })).toBe("0234");
    expect(await ids({ id: { in: ["4", "1", "9"] } })).toBe("14");
    expect(await ids({ price: { in: ["10.0", new Decimal(0)] } })).toBe("03");
    expect(await ids({ count: { in: [] } })).toBe("");
    expect(await ids({ live: true, count: { gt: 0 } })).toBe("24");
    expect(await ids({ until: { gt: "2025-12-31T23:59:59.999999Z" } })).toBe("4");
    expect(await ids({ until: new Date("2026-01-01T00:00:00Z"), side: "buy" })).toBe("4");
    expect(await rows.count({ price: { gt: "0" } })).toBe(4);
    expect(await rows.count()).toBe(5);
  });

  it("keeps a megabyte of JSON exactly, inserted, imported and changed", async () => {
    const rows = (await openTemp(kind)).forUser("ann").table(samples);
    const item = (n: number) => ({
      id: `n°${n} 𝄞 "\\\n\u2028`,
      n: n / 7,
      long: "ß€😀 ".repeat(100),
      deep: [null, n % 2 === 0, -n - 1, {}],
      "": "",
    });
    const extra = Array.from({ length: 1000 }, (_, n) => item(n));
    expect(Buffer.byteLength(JSON.stringify(extra))).toBeGreaterThan(1024 * 1024);
    await rows.insert({ id: "1", extra });
    expect(await rows.importMany([{ id: "2", extra }])).toMatchObject({ written: 1 });
    await rows.insert({ id: "3" });
    await rows.update({ id: "3" }, { extra });
    for (const row of (await rows.page()).rows) expect(row.extra).toEqual(extra);
    expect(await rows.importMany([{ id: "2", extra }])).toMatchObject({ identical: 1 });
  });

  it.each([
    [undefined, "undefined-filter"],
    [null, "bad-filter"],
    [[], "bad-filter"],
    [new Date(), "bad-filter"],
    [Promise.resolve({ id: "a" }), "bad-filter"],
    ["a", "bad-filter"],
    [{ label: undefined }, "undefined-filter"],
    [{ price: { gt: undefined } }, "undefined-filter"],
    [{ id: { in: ["a", undefined] } }, "undefined-filter"],
    [{ id: { in: [null] } }, "undefined-filter"],
    [{ nothing: 1 }, "bad-filter"],
    [{ userId: "bob" }, "bad-filter"],
    [{ extra: "x" }, "bad-filter"],
    [{ price: {} }, "bad-filter"],
    [{ price: { like: "1" } }, "bad-filter"],
    [{ price: { gt: null } }, "bad-filter"],
    [{ price: { in: "1" } }, "bad-filter"],
    [{ price: 1.5 }, "value-rejected"],
    [{ at: "yesterday" }, "value-rejected"],
  ] as const)("refuses the filter %o", async (where, code) => {
    const rows = (await openTemp(kind)).forUser("ann").table(samples);
    await rows.insert({ id: "a" });
    const given = where as unknown as WhereOf<typeof samples>;
    await failure(rows.count(given), code);
    await failure(rows.page({ where: given }), code);
    await failure(
      (async () => {
        for await (const chunk of rows.stream({ where: given })) expect.fail(String(chunk.length));
      })(),
      code,
    );
  });
});

describe("a scope", () => {
  it("needs a user id", async () => {
    const storage = await openTemp("memory");
    for (const id of ["", "a\0", "x".repeat(201), undefined, null, 5]) {
      expect(() => storage.forUser(id as string)).toThrow(expect.objectContaining({ code: "bad-user" }));
    }
  });

  it("has only the tables that the storage was opened with", async () => {
    const storage = await openStorage("sqlite::memory:");
    expect(() => storage.forUser("ann").table(samples)).toThrow(expect.objectContaining({ code: "unknown-table" }));
    await storage.close();
  });

  it("holds references between the rows of one user, and removes what hangs on a row", async () => {
    const parents = defineTable("parents", { userId: c.text(), id: c.text() }, { primaryKey: ["userId", "id"] });
    const children = defineTable(
      "children",
      { userId: c.text(), id: c.text(), parent: c.text() },
      {
        primaryKey: ["userId", "id"],
        indexes: { by_parent: ["userId", "parent", "id"] },
        foreignKeys: [{ columns: ["userId", "parent"], references: "parents", to: ["userId", "id"], onDelete: "cascade" }],
      },
    );
    const storage = await openTemp("memory", { tables: [parents, children] });
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    await bob.table(parents).insert({ id: "p" });
    await failure(ann.table(children).insert({ id: "c", parent: "p" }), "constraint-failed");
    expect(await ann.table(children).importMany([{ id: "c", parent: "p" }])).toMatchObject({
      written: 0,
      rejected: [{ issues: [{ issue: "constraint-failed" }] }],
    });
    await ann.table(parents).insert({ id: "p" });
    await ann.table(children).insert({ id: "c", parent: "p" });
    await ann.table(parents).delete({ id: "p" });
    expect(await ann.table(children).count()).toBe(0);
  });

  it("orders its decimals in SQL of any program", async () => {
    const me = (await openTemp("memory")).forUser("ann");
    await me.table(samples).importMany(["10", "9.5", "0.1", "100"].map((price) => ({ id: price, price })));
    expect(await all(me, `select id from samples where user_id = ? order by price`, ["ann"])).toEqual([["0.1"], ["9.5"], ["10"], ["100"]]);
    expect(await all(me, `select id, max(price) from samples where user_id = ?`, ["ann"])).toEqual([["100", "100000000010000000000"]]);
  });
});
