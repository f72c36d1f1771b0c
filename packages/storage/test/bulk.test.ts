// Many rows at once, the same on both engines: digests that are made in the database, and rows as they are stored.
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import postgres from "postgres";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { canonicalJson } from "../src/table/json-codec.ts";
import { jsonbText } from "../src/bulk/jsonb-text.ts";
import { bulkOf, bulkOfScope, canJoin, openJoined, type Bulk, type StoredKey } from "../src/internal.ts";
import { c, defineTable, fills, openStorage, type InputOf, type Storage } from "../src/index.ts";
import { postgresDatabase, systemUrl, urlOf } from "./postgres-support.ts";
import { describeStorage, fill, openTemp, runs, samples } from "./support.ts";

type Sample = InputOf<typeof samples>;

async function onPostgres(): Promise<Storage> {
  const url = await postgresDatabase([samples]);
  const storage = await openStorage(url, { tables: [samples], systemUrl: systemUrl(url), durability: "normal" });
  onTestFinished(() => storage.close());
  return storage;
}

const both = async (): Promise<readonly [Storage, Storage]> => [await openTemp("file", { tables: [samples] }), await onPostgres()];

/** Rows with everything that the engines spell differently. */
const ROWS: readonly Sample[] = [
  {
    id: "a",
    price: "1.5",
    at: "2025-03-01T10:00:00.123456Z",
    extra: { b: 1, aa: [true, null, -1.5e-7, 1.5e21, 'é\u{1F600}\n\u0001"\\/\u007f'] },
  },
  { id: "b", price: "1", wide: "-0.00000001", at: "1969-12-31T23:59:59.999999Z", live: false },
  { id: "c,n", price: "0" },
  { id: "é\u{1F600}", at: "1700-01-01T00:00:00Z" },
  { id: "" },
];

describe("the digest of a range of rows", () => {
  it("is the same on SQLite and PostgreSQL, for one user and for all, of the content and of all columns", async () => {
    const digests: unknown[][] = [];
    for (const storage of await both()) {
      expect(await storage.forUser("ann").table(samples).importMany(ROWS)).toMatchObject({ written: 5, rejected: [] });
      await storage.forUser("bob").fills.importMany([fill("1"), fill("2", { fee: "-1.25" })]);
      const all: unknown[] = [];
      for (const bulk of [bulkOf(storage), bulkOfScope(storage.forUser("ann")), bulkOfScope(storage.forUser("bob"))])
        for (const table of [samples, fills])
          for (const extent of ["content", "all"] as const) all.push(await bulk.digest(table, {}, extent, "text"));
      digests.push(all);
    }
    expect(digests[0]).toEqual(digests[1]);
    expect(new Set(digests[0]?.map((digest) => JSON.stringify(digest))).size).toBeGreaterThanOrEqual(5);
  });

  it.each(["text", "hash"] as const)("made as %s, sees a flipped sign, a moved column, a digit and a null", async (form) => {
    const storage = await onPostgres();
    const me = storage.forUser("ann");
    const bulk = bulkOfScope(me);
    await me.fills.insert(fill("1", { fee: "1.5", gross: "7", attributes: { pnl: 1.5 } }));
    const seen = new Set([(await bulk.digest(fills, {}, "content", form)).digest]);
    const changes = [
      { fee: "-1.5" },
      { fee: "1.500000000000000001" },
      { fee: "1.5", attributes: { pnl: -1.5 } },
      { attributes: { pnl: 1.5 }, gross: null },
      { gross: "7", feeCurrency: "n" },
      { feeCurrency: null, orderId: "n" },
    ];
    for (const change of changes) {
      await me.fills.update({ id: "1" }, change);
      seen.add((await bulk.digest(fills, {}, "content", form)).digest);
    }
    expect(seen.size).toBe(changes.length + 1);
    await me.fills.update({ id: "1" }, { orderId: null, source: "not content" });
    expect(seen.has((await bulk.digest(fills, {}, "content", form)).digest)).toBe(true);
  });

  test.prop(
    [fc.array(fc.record({ id: fc.string({ unit: "binary" }), price: fc.integer(), extra: fc.jsonValue() }), { maxLength: 20 })],
    runs(10),
  )("is the same for any rows", async (given) => {
    const rows = [...new Map(given.map((row) => [row.id, { ...row, price: `${row.price}` }])).values()].filter(
      ({ id, extra }) => id.isWellFormed() && !id.includes("\0") && canonicalJson(extra) !== undefined,
    );
    const [one, other] = await propertyStorages();
    const user = `u${users++}`;
    const digests: unknown[] = [];
    for (const storage of [one, other]) {
      const scope = storage.forUser(user);
      const { written } = await scope.table(samples).importMany(rows);
      digests.push([written, await bulkOfScope(scope).digest(samples, {}, "content", "text")]);
    }
    expect(digests[0]).toEqual(digests[1]);
  });
});

afterAll(async () => {
  for (const storage of (await opened) ?? []) await storage.close();
  await client?.end();
});

let users = 0;
let opened: Promise<readonly [Storage, Storage]> | undefined;
function propertyStorages(): Promise<readonly [Storage, Storage]> {
  return (opened ??= (async () => {
    const url = await postgresDatabase([samples]);
    return [
      await openStorage("sqlite::memory:", { tables: [samples] }),
      await openStorage(url, { tables: [samples], durability: "normal" }),
    ];
  })());
}

test.prop([fc.jsonValue()], runs(50))("the text of a jsonb value is what PostgreSQL writes", async (value) => {
  const canonical = canonicalJson(value);
  if (canonical === undefined) return;
  const sql = (client ??= postgres(urlOf("postgres"), { max: 1, fetch_types: false, onnotice: () => undefined }));
  const [row] = await sql.unsafe("select $1::text::jsonb::text", [canonical]).values();
  expect(jsonbText(canonical)).toBe(row?.[0]);
});
let client: ReturnType<typeof postgres> | undefined;

describeStorage("many rows", (kind) => {
  it("are found by key, from one to another, of one user or of all", async () => {
    const storage = await openTemp(kind, { tables: [samples] });
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    for (const me of [ann, bob]) await me.table(samples).importMany(["d", "a", "c", "b"].map((id) => ({ id })));
    const keys = async (bulk: Bulk, range: { after?: StoredKey; through?: StoredKey }, limit = 10): Promise<string> =>
      (await bulk.rows(samples, range, limit)).map(([user, id]) => `${user}.${id}`).join(" ");
    const own = bulkOfScope(ann);
    expect(await keys(own, {})).toBe("ann.a ann.b ann.c ann.d");
    expect(await keys(own, { after: ["ann", "a"], through: ["ann", "c"] })).toBe("ann.b ann.c");
    expect(await keys(own, { after: ["ann", "b"] }, 1)).toBe("ann.c");
    expect(await own.keyAt(samples, { after: ["ann", "a"] }, 1)).toEqual(["ann", "c"]);
    expect(await own.keyAt(samples, {}, 4)).toBeUndefined();
    expect(await own.lastKey(samples)).toEqual(["ann", "d"]);
    expect(await own.lastKey(fills)).toBeUndefined();
    expect((await own.digest(samples, { through: ["ann", "c"] }, "all", "text")).rows).toBe(3);
    await expect(own.load(samples, [])).rejects.toThrow("for all users");
    const seen = await ann.transaction(async (tx) => {
      await tx.table(samples).insert({ id: "e" });
      return bulkOfScope(tx).lastKey(samples);
    });
    expect(seen).toEqual(["ann", "e"]);
  });
});

describe("rows of any user", () => {
  it("are written as they are stored, on each engine from the other, all or none", async () => {
    const [from, to] = await both();
    await from.forUser("ann").table(samples).importMany(ROWS);
    await from.forUser("bob").table(samples).importMany(ROWS);
    const rows = await bulkOf(from).rows(samples, {}, 100);
    await bulkOf(to).load(samples, rows);
    expect(await bulkOf(to).rows(samples, { after: ["ann", "b"] }, 100)).toEqual(
      await bulkOf(from).rows(samples, { after: ["ann", "b"] }, 100),
    );
    expect(await bulkOf(to).digest(samples, {}, "all", "text")).toEqual(await bulkOf(from).digest(samples, {}, "all", "text"));
    const third = await openTemp("file", { tables: [samples] });
    await bulkOf(third).load(samples, rows);
    await expect(bulkOf(third).load(samples, [...rows.slice(0, 1).map((row) => row.with(1, "new")), ...rows])).rejects.toMatchObject({
      code: "already-exists",
    });
    expect((await bulkOf(third).digest(samples, {}, "all", "text")).rows).toBe(rows.length);
    expect((await third.digest()).digest).toBe((await to.digest()).digest);
  });

  it("are compared by SQLite itself when both are in files", async () => {
    const [one, other] = [await openTemp("file", { tables: [samples] }), await openTemp("file", { tables: [samples] })];
    for (const storage of [one, other]) await storage.forUser("ann").table(samples).importMany(ROWS);
    await other.forUser("ann").table(samples).update({ id: "b" }, { price: "7" });
    await other.forUser("ann").table(samples).delete({ id: "a" });
    await other.forUser("bob").table(samples).importMany(ROWS.slice(0, 2));
    expect(canJoin(bulkOf(one), bulkOf(other))).toBe(true);
    expect(canJoin(bulkOf(one), bulkOf(await openTemp("memory", { tables: [samples] })))).toBe(false);
    const joined = await openJoined(bulkOf(one), bulkOf(other));
    expect(joined.count(samples, {}, "content")).toEqual({ a: 5, b: 6, same: 3 });
    expect(joined.count(samples, { after: ["ann", "b"] }, "all")).toEqual({ a: 2, b: 4, same: 2 });
    joined.close();
    const pair = await openJoined(bulkOfScope(one.forUser("ann")), bulkOfScope(other.forUser("bob")));
    expect(pair.count(samples, {}, "content")).toEqual({ a: 5, b: 2, same: 2 });
    pair.close();
  });
});

describeStorage("a table whose columns are named like what td's own SQL uses", (kind) => {
  const odd = defineTable(
    "odd",
    { userId: c.text(), n: c.int(), u: c.text(), t: c.text().nullable(), seq: c.sequence() },
    { primaryKey: ["userId", "n"] },
  );

  it("takes rows, keeps them and finds them again", async () => {
    const me = (await openTemp(kind, { tables: [odd] })).forUser("ann").table(odd);
    expect(
      await me.importMany([
        { n: 2, u: "a" },
        { n: 1, u: "b" },
      ]),
    ).toMatchObject({ written: 2 });
    expect(
      await me.importMany([
        { n: 2, u: "a" },
        { n: 1, u: "c" },
      ]),
    ).toMatchObject({ identical: 1, conflicts: [{ row: { n: 1 } }] });
    expect((await me.page()).rows.map(({ n, seq }) => [n, seq])).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });
});
