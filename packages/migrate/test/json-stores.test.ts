// What a JSON text keeps when records in it change, and what is refused.
import { readFileSync, renameSync, statSync, symlinkSync, lstatSync, writeFileSync, chmodSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { jsonColumnStore, jsonFileStore } from "@td/migrate";
import Driver from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { file, folder } from "./workbench.ts";
import { scanned } from "./store-conformance.ts";

const BOOK = `{
  "last_run": "2025-11-20T09:15:00",
  "trades": [
    {
      "id": "t1",
      "price": 101.50,
      "qty": 1e2
    },
    {"id": "t2",   "price": 9007199254740993, "tags": ["a", {"b": "]}"}]}
  ],
  "failed_orders": [ ]
}
`;

describe("a change of one record", () => {
  test("leaves every other byte: other fields, digits, layout", async () => {
    const path = file(BOOK);
    const store = jsonFileStore(path, { at: "trades", key: "id", numbers: ["price"] });
    await store.put([{ key: "t1", value: { id: "t1", price: "101.75", qty: "100" } }]);
    expect(readFileSync(path, "utf8")).toBe(BOOK.replace(/\{\n {6}"id": "t1"[^}]*\}/, '{"id":"t1","price":101.75,"qty":"100"}'));
    expect(await store.get("t2")).toEqual({ id: "t2", price: "9007199254740993", tags: ["a", { b: "]}" }] });
  });

  test("writes new records the way the last one is written", async () => {
    const path = file('[\n  {\n    "id": "a"\n  }\n]\n');
    await jsonFileStore(path, { key: "id" }).put([{ key: "b", value: { id: "b", list: ["1"] } }]);
    expect(readFileSync(path, "utf8")).toBe('[\n  {\n    "id": "a"\n  },\n  {\n    "id": "b",\n    "list": [\n      "1"\n    ]\n  }\n]\n');
  });

  test("keeps a byte order mark, the mode of the file, and a link", async () => {
    const path = file('\uFEFF{"symbols": {"AAA": {"n": 1.0}}}');
    chmodSync(path, 0o640);
    const link = join(dirname(path), "link.json");
    symlinkSync(path, link);
    await jsonFileStore(link, { at: "symbols" }).put([{ key: "BBB", value: { n: 2 } }]);
    expect(readFileSync(path, "utf8")).toBe('\uFEFF{"symbols": {"AAA": {"n": 1.0},"BBB":{"n":2}}}');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith(".td-new"))).toEqual([]);
  });

  test("reaches a list of one of many, by place or by field", async () => {
    const path = file('{"bots":[{"id":"a","orders":[]},{"id":"b","orders":[{"id":"1"}]}]}');
    await jsonFileStore(path, { at: "bots[id=b].orders", key: "id" }).put([{ key: "2", value: { id: "2" } }]);
    await jsonFileStore(path, { at: "bots[0].orders", key: "id" }).put([{ key: "9", value: { id: "9" } }]);
    expect(readFileSync(path, "utf8")).toBe('{"bots":[{"id":"a","orders":[{"id":"9"}]},{"id":"b","orders":[{"id":"1"},{"id":"2"}]}]}');
  });

  test("makes a list that its object does not have yet, and nothing further up", async () => {
    const path = file('{"bots":[{"id":"a"},{"id":"b","name":"B"}]}');
    const store = jsonFileStore(path, { at: "bots[id=b].orders", key: "id" });
    expect(await store.get("1")).toBeUndefined();
    expect(await scanned(store)).toEqual([]);
    await store.put([{ key: "1", value: { id: "1" } }]);
    expect(readFileSync(path, "utf8")).toBe('{"bots":[{"id":"a"},{"id":"b","name":"B","orders":[{"id":"1"}]}]}');
    await expect(jsonFileStore(path, { at: "bots[id=c].orders", key: "id" }).get("1")).rejects.toMatchObject({ code: "store-malformed" });
    await expect(jsonFileStore(path, { at: "bots[id=a].deep.orders", key: "id" }).get("1")).rejects.toMatchObject({
      code: "store-malformed",
    });
  });

  test("puts new records in front of a list whose newest is first", async () => {
    const path = file('{"orders": [\n  {"id":"2"},\n  {"id":"1"}\n]}');
    const store = jsonFileStore(path, { at: "orders", key: "id", insert: "first" });
    await store.put(["1", "3", "4"].map((id) => ({ key: id, value: { id, new: true } })));
    expect(readFileSync(path, "utf8")).toBe(
      '{"orders": [\n  {"id":"4","new":true},\n  {"id":"3","new":true},\n  {"id":"2"},\n  {"id":"1","new":true}\n]}',
    );
  });

  test("writes what JSON.rawJSON made with its digits", async () => {
    const path = file("[]");
    const raw = (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON("1.50");
    await jsonFileStore<object>(path, { key: "id" }).put([{ key: "a", value: { id: "a", list: [{ size: raw }] } }]);
    expect(readFileSync(path, "utf8")).toBe('[{"id":"a","list":[{"size":1.50}]}]');
  });

  test("sees what another program has written since", async () => {
    const path = file("[]");
    const store = jsonFileStore(path, { key: "id" });
    await store.put([{ key: "a", value: { id: "a" } }]);
    writeFileSync(path, '[{"id":"x"},{"id":"y"}]');
    await store.put([{ key: "b", value: { id: "b" } }]);
    expect((await scanned(store)).map(({ key }) => key)).toEqual(["b", "x", "y"]);
  });

  test("sees what another connection has written to the column since, and what it has written itself", async () => {
    const path = join(folder(), "state.db");
    const other = new Driver(path);
    other.exec(`pragma journal_mode = wal; create table s (id integer primary key, state text); insert into s values (1, '[{"id":"a"}]')`);
    const store = jsonColumnStore<object>({ file: path, table: "s", column: "state", where: { id: 1 }, key: "id" });
    expect(await store.get("a")).toEqual({ id: "a" });
    for (const n of ["1", "2"]) {
      other.prepare("update s set state = ?").run(`[{"id":"a","n":"${n}"}]`);
      expect(await store.get("a")).toEqual({ id: "a", n });
    }
    await store.put([{ key: "b", value: { id: "b" } }]);
    expect(await store.get("b")).toEqual({ id: "b" });
    other.prepare("update s set state = ?").run('[{"id":"c"}]');
    await store.put([{ key: "d", value: { id: "d" } }]);
    expect((await scanned(store)).map(({ key }) => key)).toEqual(["c", "d"]);
    other.close();
  });

  test("makes records from values and values from records, as it is told", async () => {
    const path = file('[{"order":"7","px":1.10}]');
    const store = jsonFileStore(path, {
      key: "order",
      numbers: ["px"],
      read: ({ order, px }) => ({ id: String(order), price: String(px) }),
      write: ({ id, price }) => ({ order: id, px: price }),
    });
    expect(await store.get("7")).toEqual({ id: "7", price: "1.10" });
    await store.put([{ key: "8", value: { id: "8", price: "0.10000000000000000001" } }]);
    expect(readFileSync(path, "utf8")).toBe('[{"order":"7","px":1.10},{"order":"8","px":0.10000000000000000001}]');
  });

  test("counts the record that it is told to of two with one key, and deletes both", async () => {
    const twice = '[{"id":"a","n":"1"},{"id":"b"},{"id":"a","n":"2"}]';
    await expect(jsonFileStore(file(twice), { key: "id" }).get("b")).rejects.toMatchObject({ code: "duplicate-key" });
    const path = file(twice);
    const store = jsonFileStore(path, { key: "id", duplicates: "last" });
    expect(await store.get("a")).toEqual({ id: "a", n: "2" });
    expect(await jsonFileStore(path, { key: "id", duplicates: "first" }).get("a")).toEqual({ id: "a", n: "1" });
    await store.delete(["a"]);
    expect(readFileSync(path, "utf8")).toBe('[{"id":"b"}]');
  });
});

describe("refuses, and changes nothing:", () => {
  test.each([
    ["broken JSON", '[{"id":"a"}', { key: "id" }, "store-malformed"],
    ["text behind the end", '[{"id":"a"}] x', { key: "id" }, "store-malformed"],
    ["a broken record", '[{"id":"a",}]', { key: "id" }, "store-malformed"],
    ["a place that is not there", '{"a":1}', { key: "id", at: "b.c" }, "store-malformed"],
    ["a place that holds no records", '{"a":1}', { key: "id", at: "a" }, "store-malformed"],
    ["a record that is no object", "[1]", { key: "id" }, "store-malformed"],
    ["a record without a key", '[{"id":""}]', { key: "id" }, "store-malformed"],
    ["a list without a way to its keys", "[{}]", {}, "store-malformed"],
  ] as const)("%s", async (_what, text, options, code) => {
    const path = file(text);
    const store = jsonFileStore(path, options);
    await expect(store.get("a")).rejects.toMatchObject({ code });
    await expect(store.put([{ key: "b", value: { id: "b" } }])).rejects.toMatchObject({ code, facts: { store: path } });
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("a number that JSON does not have, a value that is no object, bytes that are no text, a path that is none", async () => {
    const path = file("[]");
    const store = jsonFileStore<object>(path, { key: "id" });
    await expect(store.put([{ key: "a", value: { id: "a", price: Number.NaN } }])).rejects.toMatchObject({ code: "record-refused" });
    await expect(store.put([{ key: "a", value: ["a"] }])).rejects.toMatchObject({ code: "record-refused" });
    await expect(jsonFileStore(file(new Uint8Array([0x5b, 0xff, 0x5d])), { key: "id" }).get("a")).rejects.toMatchObject({
      code: "store-malformed",
    });
    expect(() => jsonFileStore(path, { at: "a[" })).toThrow(/is no path/);
    expect(readFileSync(path, "utf8")).toBe("[]");
  });

  test("a column that is not there or holds no text", async () => {
    const path = join(folder(), "arena.db");
    const database = new Driver(path);
    database.exec("create table s (id integer primary key, state text, at text); insert into s values (1, null, ''), (2, '[]', '')");
    const at = (id: number) =>
      jsonColumnStore({ file: path, table: "s", column: "state", where: { id }, key: "id", set: () => ({ at: "now" }) });
    await expect(at(1).get("a")).rejects.toMatchObject({ code: "store-malformed" });
    await expect(at(3).put([{ key: "a", value: { id: "a" } }])).rejects.toMatchObject({ code: "store-malformed" });
    await at(2).put([{ key: "a", value: { id: "a" } }]);
    expect(database.prepare("select state, at from s where id = 2").get()).toEqual({ state: '[{"id":"a"}]', at: "now" });
    database.exec("begin immediate");
    const hurried = jsonColumnStore({ file: path, table: "s", column: "state", where: { id: 2 }, key: "id", lockTimeoutMs: 30 });
    await expect(hurried.put([{ key: "b", value: { id: "b" } }])).rejects.toMatchObject({ code: "store-busy", retryable: true });
    database.close();
    await expect(
      jsonColumnStore({ file: join(folder(), "none.db"), table: "s", column: "state", where: { id: 1 } }).get("a"),
    ).rejects.toMatchObject({
      code: "store-unreadable",
    });
  });
});

test("stores over one column see each other's records at once, and another file under the same name as another one", async () => {
  const made = (name: string, state: object): string => {
    const path = join(folder(), name);
    const database = new Driver(path);
    database.exec("create table s (id integer primary key, state text)");
    database.prepare("insert into s values (1, ?)").run(JSON.stringify(state));
    database.close();
    return path;
  };
  const path = made("arena.db", { a: [], b: [{ id: "1" }] });
  const list = (at: string) => jsonColumnStore({ file: path, table: "s", column: "state", where: { id: 1 }, key: "id", at });
  const [first, again, other] = [list("a"), list("a"), list("b")];
  await Promise.all(["x", "y", "z"].map((id, at) => (at === 1 ? again : first).put([{ key: id, value: { id } }])));
  await other.delete(["1"]);
  expect((await scanned(again)).map(({ key }) => key)).toEqual(["x", "y", "z"]);
  expect([await scanned(other), await first.get("y")]).toEqual([[], { id: "y" }]);
  renameSync(made("restored.db", { a: [{ id: "restored" }], b: [] }), path);
  expect((await scanned(list("a"))).map(({ key }) => key)).toEqual(["restored"]);
});
