// The stores of td, each held to the same cases.
import { join } from "node:path";
import { csvStore, jsonColumnStore, jsonFileStore, memoryStore, repositoryStore, type CsvRecord, type RecordStore } from "@td/migrate";
import { c, defineTable, type Scope, type WhereOf } from "@td/storage";
import Driver from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { describeStore, quote, scanned, type Quote } from "./store-conformance.ts";
import { folder, KINDS, userOn, type Kind } from "./workbench.ts";

const quotes = defineTable(
  "test_quotes",
  { userId: c.text(), id: c.text(), symbol: c.text(), price: c.decimal(40, 20), note: c.text().nullable() },
  { primaryKey: ["userId", "id"] },
);

function rowStore(me: Scope, where?: WhereOf<typeof quotes>): RecordStore<Quote> {
  return repositoryStore(me, quotes, {
    ...(where === undefined ? {} : { where }),
    toRow: (value: Quote) => value,
    fromRow: ({ id, symbol, price, note }): Quote => ({ id, symbol, price: price.toFixed(), note }),
  });
}

describe("memoryStore", () => {
  describeStore("beside the record", async () => ({ store: memoryStore<Quote>() }));
});

describe.each([
  ["a list", "in the record", { key: "id" }],
  ["an object", "beside the record", { empty: "object" }],
  ["a wrapped list", "in the record", { key: "id", at: "quotes" }],
  ["a wrapped object", "beside the record", { at: "quotes", empty: "object" }],
] as const)("jsonFileStore over %s", (_what, keyLies, options) => {
  describeStore(keyLies, async () => {
    const path = join(folder(), "quotes.json");
    const open = (): RecordStore<Quote> => jsonFileStore<Quote>(path, options);
    return { store: open(), again: async () => open() };
  });
});

describe("jsonColumnStore", () => {
  describeStore("in the record", async () => {
    const file = join(folder(), "arena.db");
    const database = new Driver(file);
    database.exec(
      `create table arena_state (id integer primary key, state text not null); insert into arena_state values (1, '{"bots": []}')`,
    );
    database.close();
    const open = (): RecordStore<Quote> =>
      jsonColumnStore<Quote>({ file, table: "arena_state", column: "state", where: { id: 1 }, at: "quotes", key: "id" });
    return { store: open(), again: async () => open() };
  });
});

describe("csvStore", () => {
  describeStore("in the record", async () => {
    const path = join(folder(), "quotes.csv");
    const open = (): RecordStore<Quote> =>
      csvStore(path, { key: "id", columns: ["id", "symbol", "price", "note"] }) as unknown as RecordStore<Quote & CsvRecord>;
    return { store: open(), again: async () => open() };
  });
});

describe.each(KINDS)("repositoryStore on %s", (kind) => {
  describeStore("in the record", async () => {
    const me = await userOn(kind, [quotes]);
    return { store: rowStore(me), again: async () => rowStore(me) };
  });
});

/** A scope whose table holds rows of another store, between and around the keys of the cases. */
async function amongOthers(kind: Kind): Promise<Scope> {
  const me = await userOn(kind, [quotes]);
  await me.table(quotes).importMany(OTHERS.map((id) => ({ id, symbol: "ETH-USD", price: "7", note: "theirs" })));
  return me;
}

const OTHERS = ["0", "aa", "k100", "zz", "\u{1F601}"];

describe.each(KINDS)("repositoryStore of a part of a table on %s", (kind) => {
  describeStore("in the record", async () => {
    const me = await amongOthers(kind);
    const open = (): RecordStore<Quote> => rowStore(me, { symbol: "BTC-USD" });
    return { store: open(), again: async () => open() };
  });

  test("a row that is not the store's is not read, not replaced and not deleted", async () => {
    const me = await amongOthers(kind);
    const store = rowStore(me, { symbol: "BTC-USD" });
    await store.put([quote("a")]);
    expect(await store.get("aa")).toBeUndefined();
    const refused = { name: "MigrateError", code: "record-refused" };
    await expect(store.put([quote("b"), quote("a", "9"), quote("aa")])).rejects.toMatchObject(refused);
    await store.delete(["aa", "a", "zz"]);
    expect(await scanned(store)).toEqual([]);
    expect((await scanned(rowStore(me))).map(({ key, value }) => [key, value.price])).toEqual(OTHERS.map((key) => [key, "7"]));
  });

  test("a record that would not be the store's is refused, new or in the place of one that is", async () => {
    const me = await amongOthers(kind);
    const store = rowStore(me, { symbol: "BTC-USD" });
    await store.put([quote("a")]);
    for (const key of ["a", "b", "aa"]) {
      const foreign = { key, value: { id: key, symbol: "ETH-USD", price: "7", note: "theirs" } };
      await expect(store.put([quote("c"), foreign])).rejects.toMatchObject({ code: "record-refused" });
    }
    expect(await scanned(store)).toEqual([quote("a")]);
    expect(await me.table(quotes).count()).toBe(OTHERS.length + 1);
  });

  test("a part that is chosen by the key keeps its bounds in every call", async () => {
    const me = await userOn(kind, [quotes]);
    const whole = rowStore(me);
    await whole.put(["a", "b", "c", "d", "e"].map((key) => quote(key)));
    for (const id of [{ gt: "a", lte: "d", ne: "c" }, { in: ["b", "d"] }]) {
      const store = rowStore(me, { id });
      const keys = async (range = {}): Promise<readonly string[]> => (await scanned(store, range)).map(({ key }) => key);
      expect(await keys()).toEqual(["b", "d"]);
      expect(await keys({ after: "", through: "z" })).toEqual(["b", "d"]);
      expect(await keys({ after: "b", through: "c" })).toEqual([]);
      expect(await Promise.all(["a", "b", "c", "d"].map(async (key) => (await store.get(key))?.id))).toEqual([
        undefined,
        "b",
        undefined,
        "d",
      ]);
      await expect(store.put([quote("e", "9")])).rejects.toMatchObject({ code: "record-refused" });
      await store.delete(["a", "c", "e"]);
    }
    expect(await scanned(whole)).toHaveLength(5);
    expect(await rowStore(me, { id: "b" }).get("a")).toBeUndefined();
    expect(await scanned(rowStore(me, { id: "b" }), { after: "a" })).toEqual([quote("b")]);
  });
});
